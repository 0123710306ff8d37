"""Contacts and leads: add, change, find, import.

    request or file -> values -> adding | changing | importing -> writing -> tables
                                                       finding <- tables

Every writer holds the organisation's lock (`writing.lock`) for its transaction, so that two imports
of one file, or an import and a change, never meet half way.
"""
