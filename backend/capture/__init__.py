"""Mailboxes into records: list, fetch, leave out, match, and tell replies from bounces.

provider --list--> sync_item --fetch--> ingest --> email_message, participant, engagement
calendar --changes--> meetings --> calendar_event, calendar_copy, attendee
"""
