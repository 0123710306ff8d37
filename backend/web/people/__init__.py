"""Contacts, leads and accounts: over HTTP for programs and panels, and as pages with forms."""
