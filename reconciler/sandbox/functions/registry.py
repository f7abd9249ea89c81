"""All functions of the panel, by name.

Invariants: a function that is not here is answered with ``missed``; every list has its filter.
"""

from __future__ import annotations

from reconciler.sandbox import session
from reconciler.sandbox.call import CLIENT
from reconciler.sandbox.functions import (
    account,
    client_terms,
    filters,
    lookups,
    menu,
    messages,
    order_steps,
    orders,
    payment_documents,
    payments,
    queries,
    renewal,
    service,
    subaccount,
    top_up,
    user,
)
from reconciler.sandbox.functions.endpoint import Endpoint

_OWN = {
    **account.FUNCTIONS,
    **client_terms.FUNCTIONS,
    **subaccount.FUNCTIONS,
    **lookups.FUNCTIONS,
    **service.FUNCTIONS,
    **menu.FUNCTIONS,
    **orders.FUNCTIONS,
    **order_steps.FUNCTIONS,
    **renewal.FUNCTIONS,
    **payments.FUNCTIONS,
    **payment_documents.FUNCTIONS,
    **messages.FUNCTIONS,
    **top_up.FUNCTIONS,
    **queries.FUNCTIONS,
    **user.FUNCTIONS,
}
FUNCTIONS: dict[str, Endpoint] = {
    "whoami": Endpoint(session.whoami, CLIENT),
    session.CONFIRMATION: Endpoint(session.confirm, CLIENT),
    "session.newkey": Endpoint(session.new_key),
    "session.delete": Endpoint(session.end, CLIENT),
    **_OWN,
    **filters.filters_of(_OWN),
}
