"""The Gmail add-on: an HTTP runtime that answers Google's events with cards.

    request -> door (size, JSON, who asks) -> handler -> card (typed values) -> Google's JSON

`identity` believes nobody without two of Google's tokens; `signing` carries a card's state through
Gmail and back; `handlers` decide, `cards` show.
"""
