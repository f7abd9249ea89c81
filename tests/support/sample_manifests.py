"""Manifests of a client who can pay, and of an order: ``CLIENT % email``, ``ORDER % pay_from``."""

CLIENT = """
apiVersion: reconciler/v1
kind: Client
metadata: {name: acme}
spec:
  email: %s
  provider: Main provider
  accounts: [{name: acme-eur, provider: Main provider, currency: EUR, creditLimit: 500}]
"""
ORDER = """
---
apiVersion: reconciler/v1
kind: Service
metadata: {name: acme-vm}
spec:
  client: acme
  type: vds
  tariff: Cloud S
  periodMonths: 1
  domain: vm.acme.example
  payFrom: %s
"""
