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
    requests,
    senders,
)

APIS = (automated_senders.api, requests.api)
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
    requests.pages,
    audit.pages,
)
