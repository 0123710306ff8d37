"""Telltale: honest email tracking and activity capture, self-hosted."""
