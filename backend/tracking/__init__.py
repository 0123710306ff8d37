"""Turns drafts into stamped mail and hits into explained engagements."""
