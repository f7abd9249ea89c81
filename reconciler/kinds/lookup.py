"""What the panel offers to choose from: read, referred to, never changed.

Doubt: the list functions' names and columns beyond ``pricelist``, which the vendor documents.
"""

from __future__ import annotations

from reconciler.kinds.kind import LookupKind

KINDS = (
    LookupKind("Provider", "A provider: the company that sells.", "project"),
    LookupKind("Tariff", "A tariff plan.", "pricelist"),
    LookupKind("Datacenter", "A data centre.", "datacenter"),
    LookupKind("Country", "A country.", "country", codes=("iso2", "iso")),
    LookupKind("Currency", "A currency.", "currency", codes=("iso",)),
    LookupKind("ClientGroup", "A group of clients.", "accountgroup"),
    LookupKind("StaffMember", "A member of staff.", "employee", labels=("name", "realname")),
    LookupKind("PaymentMethod", "A way to pay.", "paymethod"),
)
