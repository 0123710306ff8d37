"""The drain: moves hits out of the edge's log into the main database, and links to the edge.

hit log --read--> one transaction: facts, engagements, counters, place --sync, done--> hit log
link_target --pull--> links.db         link door <-- a click on a link not pulled yet

steps     one batch after another, until told to stop
pace      how many hits a batch takes
taking    a batch into the tables, but for a hit that cannot be taken in
takers    processes that do so side by side, on PostgreSQL in a backlog
"""
