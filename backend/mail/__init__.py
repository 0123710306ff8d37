"""Facts about e-mail, pure: no I/O, no database, no clock.

Its modules, by what they are for:

    a body           html_body html_scan splice survey zones quotes new_text
    its links        links link_rules link_text leave_patterns hrefs web_address own_addresses
    a whole mail     mime mime_tree mime_headers transfer parsed mail_facts body_kind
    an answer        auto_reply dsn bounce_kind feedback
    addresses        address_list addresses domains
    also             sensitive signature_html
"""
