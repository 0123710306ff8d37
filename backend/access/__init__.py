"""Who gets in, by what proof, and which secrets are kept for whom."""
