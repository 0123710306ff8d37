"""Contacts and leads: add, change, find, import.

    request or file -> values -> adding | changing | importing -> writing -> tables
                                                       finding <- tables

Every writer holds the organisation's lock (`writing.lock`) for its transaction, so that two imports
of one file, or an import and a change, never meet half way.

Its modules, by what they are for:

    a person         values countries words mail_words
    one at a time    adding changing writing owners proof accounts
    found            finding reading details companies
    a file           tables csv_rows vcards vcard_lines workbooks
    its rows         columns cells batches importing previewing jobs job_runs
    out again        exporting
    two of one       duplicates merging moving
"""
