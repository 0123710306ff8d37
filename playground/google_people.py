"""The part of Google's People API that sync uses: one address book, the same for everybody.

Who brings it in finds somebody there whom the demo does not know yet, and somebody whom it does.
Source: developers.google.com/people/api/rest/v1/people.connections/list (2026).
"""

from typing import Any

from flask import Blueprint, Response, request

from backend.web.permissions import ANYONE, allow
from backend.web.problems import answer
from playground import google_trouble
from playground.google import API
from playground.google_answers import refuse_as_google
from playground.google_grants import account

CONTACTS = "https://www.googleapis.com/auth/contacts.readonly"
BOOK = (
    ("people/c1", "Zoe Winter", "Fjord Shipping", "zoe.winter@fjord.example"),
    ("people/c2", "Carol Castillo", "Northwind Fruit", "carol@northwind.test"),
)
PLACE = "as-it-always-was"

api = Blueprint("playground_google_people", __name__, url_prefix=f"{API}/v1/people/me")
refuse_as_google(api)
google_trouble.befall(api)


@api.get("/connections")
@allow(ANYONE)
def list_connections() -> Response:
    """All of them, or none to who has them already."""
    account(CONTACTS)
    is_known = request.args.get("syncToken") == PLACE
    entries = [] if is_known else [_entry(*each) for each in BOOK]
    return answer({"connections": entries, "totalItems": len(BOOK), "nextSyncToken": PLACE})


def _entry(resource: str, name: str, company: str, address: str) -> dict[str, Any]:
    primary = {"metadata": {"primary": True}}
    return {
        "resourceName": resource,
        "names": [{**primary, "displayName": name}],
        "organizations": [{**primary, "name": company}],
        "emailAddresses": [{**primary, "value": address}],
    }
