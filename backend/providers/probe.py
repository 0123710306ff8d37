"""One real call to a mailbox: whether a grant opens it, and whose address it has."""

from collections.abc import Iterable

from backend.providers.calls import get_json
from backend.providers.openid import Client, Grant

# What is asked for, with the key of the reason that is told (`connections.scope_<key>`).
SIGNIN_SCOPES = ("openid", "email", "profile")
SCOPES = {
    "google": {
        "openid": "openid",
        "email": "email",
        "https://www.googleapis.com/auth/gmail.readonly": "mail",
        "https://www.googleapis.com/auth/calendar.events.readonly": "calendar",
    },
    "microsoft": {
        "User.Read": "profile",
        "Mail.Read": "mail",
        "Calendars.Read": "calendar",
        "offline_access": "offline",
    },
}
# For who brings in her address book; asked for when she does, and by no other way.
BOOK_SCOPES = {
    "google": {"https://www.googleapis.com/auth/contacts.readonly": "contacts"},
    "microsoft": {"Contacts.Read": "contacts"},
}
NEEDED = {
    "google": frozenset({"https://www.googleapis.com/auth/gmail.readonly"}),
    "microsoft": frozenset({"Mail.Read"}),
}
SEND = {"google": "https://www.googleapis.com/auth/gmail.send", "microsoft": "Mail.Send"}
# For one mail that is sent and looked for again; the grant ends with the test.
LOOP_SCOPES = {
    "google": ("openid", "email", *NEEDED["google"], SEND["google"]),
    "microsoft": ("openid", "profile", "User.Read", *NEEDED["microsoft"], SEND["microsoft"]),
}


def shown(provider: str) -> dict[str, str]:
    """Every scope that is ever asked for, with the key of its reason."""
    return SCOPES[provider] | {SEND[provider]: "send"} | BOOK_SCOPES[provider]


def missing(provider: str, grant: Grant, *, sends: bool = False) -> list[str]:
    """The scopes of those we cannot do without that the user has not granted."""
    needed = NEEDED[provider] | ({SEND[provider]} if sends else set())
    return sorted(needed - _named(grant.scopes))


def opens_book(provider: str, scopes: Iterable[str]) -> bool:
    """Whether a grant with these scopes opens the address book."""
    return BOOK_SCOPES[provider].keys() <= _named(scopes)


def address_of(client: Client, base_url: str, access_token: str, mailbox: str = "me") -> str:
    """The address of the mailbox that the token opens. Raises Refused, Away."""
    path = {
        "google": f"/gmail/v1/users/{mailbox}/profile",
        "microsoft": "/v1.0/me" if mailbox == "me" else f"/v1.0/users/{mailbox}",
    }[client.provider]
    bearer = {"Authorization": f"Bearer {access_token}"}
    found = get_json(base_url + path, client.authority, bearer)
    return str(found.get("emailAddress") or found.get("mail") or found.get("userPrincipalName", ""))


def read_one(client: Client, base_url: str, access_token: str, mailbox: str = "me") -> None:
    """Ask for one mail's id: whether the mail API is on and lets this token in. Raises Refused."""
    who = "me" if mailbox == "me" else f"users/{mailbox}"
    path = {
        "google": f"/gmail/v1/users/{mailbox}/messages?maxResults=1",
        "microsoft": f"/v1.0/{who}/messages?$top=1&$select=id",
    }[client.provider]
    get_json(base_url + path, client.authority, {"Authorization": f"Bearer {access_token}"})


def _named(scopes: Iterable[str]) -> set[str]:
    """Scopes as they are asked for: Microsoft may name them with Graph's address in front."""
    return {scope.rpartition("graph.microsoft.com/")[2] for scope in scopes}
