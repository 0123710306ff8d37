"""Queries for people's eyes: reads the tables, writes nothing."""
