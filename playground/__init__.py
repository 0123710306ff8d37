"""A local mail world for trying Telltale and for its tests; the product knows nothing of it."""
