"""An address book as a whole round of it is told."""


def told(contacts, place=""):
    """All pages of one round: entries, what is gone, what cannot be read, the new place."""
    entries, gone, unreadable, page = [], [], [], None
    while True:
        found = contacts.contacts(place, page)
        entries += found.entries
        gone += found.gone
        unreadable += found.unreadable
        page = found.next_page
        if page is None:
            return entries, gone, unreadable, found.place
