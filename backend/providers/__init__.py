"""The only room that knows Google's and Microsoft's names, and the vault their secrets lie in.

Its modules, by what they are for:

    what sync asks   mail calendar contacts push places
    Google           google google_calls gmail_mailbox gmail_push pubsub
                     google_calendar google_entries google_contacts
    Microsoft        microsoft graph graph_mailbox graph_folders graph_messages graph_mime
                     graph_push graph_calendar graph_meetings graph_contacts
    the add-ins      gmail google_tokens entra
    sending          gmail_post graph_post
    getting in       openid keys kept probe vault
    every call       endpoints calls counting faults
"""
