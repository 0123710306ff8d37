"""Requests in, one call, responses out; no SQL and no rules here."""
