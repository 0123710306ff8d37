"""What a person outside may ask for by an address: what is held about it, a copy, its erasure.

subjects    whom an address stands for: its people, and the addresses that are theirs alone
holdings    every kind of row that is about them, as one table of queries
exporting   these rows as a file, in pieces
erasing     asking for an erasure, and lifting what it keeps out
returning   erasing anew whom a backup brought back
removing    the worker's steps of it: mail and meetings, and then leftovers
"""
