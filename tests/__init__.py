"""The suite; a package, so that no other installed `tests` can take its place."""
