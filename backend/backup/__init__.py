"""Backups: one sealed file with all that cannot be made again, and the way back out of it.

    making     backup: hits that wait, then every table as of one moment, then the edge's links
    archive    the file: parts in blocks, a manifest behind them, its key sealed by the vault
    manifest   what it says of itself
    sealed     the encryption of a stream
    edge_parts what lies beside the database: the hit log's waiting hits, links.db
    restoring  restore: everything is checked before anything is touched; all or nothing
    targets    where it goes: an empty SQLite or PostgreSQL, or what is to be put aside

Parts are lines as PostgreSQL's COPY writes them, whichever engine they come from, so that a backup
can be checked without a server and restored on the other engine (docs/decisions/0044). What must
not be in it: the vault's keys, SECRET, the salt of the day, sessions and sign-in links.
"""
