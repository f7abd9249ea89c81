"""Loading: files to resources, with a finding for each mistake.

Here may live what reads manifests and checks them offline. No panel and no inventory.
"""
