"""Cards: data in, typed values out; no query, no rule, no text but the catalogue's."""
