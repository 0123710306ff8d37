"""Requests in, one call, responses out; no SQL and no rules here.

The routes of administration, and those of contacts, leads and accounts, have folders of their own.
Its modules, by what they are for:

    at the door      permissions callers bodies cors payloads problems
    around a page    screens reader times forms files doors error_pages
    mail             stamps stamp_shapes mail_shapes feed console messages search
    getting in       setup signin welcome own_account own_access own_clicks pairing approving
    to a provider    travels oauth mailboxes mailbox_progress exclusions why webhooks
    one's choices    preferences preferences_pages
    Outlook          addin outlook
    for others       docs health recipient_help
"""
