"""All routes of administration, for the app to register."""

from backend.web.admin import (
    audit,
    automated_senders,
    connections,
    health,
    loop,
    notices,
    organisation,
    people,
    phone,
    policy,
    senders,
)

APIS = (automated_senders.api,)
PAGES = (
    people.pages,
    policy.pages,
    phone.pages,
    senders.pages,
    health.pages,
    connections.pages,
    loop.pages,
    organisation.pages,
    notices.pages,
    audit.pages,
)
