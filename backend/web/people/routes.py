"""All routes of people, for the app to register."""

from backend.web.people import (
    api,
    files,
    forms,
    import_pages,
    imports,
    insights,
    merges,
    pages,
    unresolved,
)

APIS = (
    api.api,
    files.api,
    imports.api,
    merges.api,
    insights.api,
    unresolved.api,
)
PAGES = (
    pages.pages,
    forms.pages,
    import_pages.pages,
    unresolved.pages,
)
