"""A local mail host for trying and for tests: write, send, be its readers, see it explained."""
