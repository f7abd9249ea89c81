"""A client who can pay, and a service that is paid from his balance, as manifests."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from reconciler.sandbox import Install, keep_install

if TYPE_CHECKING:
    from tests.support.command_line import CommandLineProject

ACCOUNT = """\
apiVersion: reconciler/v1
kind: ClientAccount
metadata: {name: globex-eur}
spec: {client: globex, provider: Main provider, currency: EUR, creditLimit: 1000}
"""
SERVICE = """\
apiVersion: reconciler/v1
kind: Service
metadata: {name: globex-web}
spec:
  client: globex
  type: vds
  tariff: Cloud S
  domain: globex.example
  payFrom: balance
"""
SERVICE_FOR_HALF_A_YEAR = f"{SERVICE}  periodMonths: 6\n"


def open_shop(project: CommandLineProject) -> None:
    """Make a panel that opens services at once, and declare the client's account."""
    project.run("sandbox", "seed", "--clients", "3")
    keep_install(project.database, Install(lag=timedelta(0)))
    project.write("manifests/account.yaml", ACCOUNT)
