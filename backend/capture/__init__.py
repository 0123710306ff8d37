"""Mailboxes into records: list, fetch, leave out, match, and tell replies from bounces.

provider --list--> sync_item --fetch--> ingest --> email_message, participant, engagement
calendar --changes--> meetings --> calendar_event, calendar_copy, attendee

Its modules, by what they are for:

    whose turn       running opening leases states streams side_streams
    mail             sync items ingest messages participants replies bounces joining reconcile
    meetings         calendar_sync meetings
    address books    contacts_sync address_book book_links
    whose it is      matching unresolved
    left out         leaving_out limits exclusions why
    told of changes  pushes unsubscribing gmail_notices gmail_pulling
    the record       recording verifying sharing
    going again      retention purging erasing
    loop tests       loop loop_mail loop_runs
    letters          warning_letters
"""
