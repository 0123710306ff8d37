"""A local mail host for trying and for tests: write, send, be its readers, see it explained.

Its modules, by what they are for:

    the stage        site pages stage calls asked moves samples
    sending          client outgoing mail_host inboxes letters bodies
    its readers      readers playing mmdb
    what comes back  writing_back answers invitations calendars hastening
    its Gmail        gmail_window gmail_desk gmail_drafts gmail_mail gmail_api
    its Google       demo google google_oauth google_grants google_answers google_trouble
                     gmail_sync_api gmail_box google_calendar google_people
    its Outlook      outlook office_js
"""
