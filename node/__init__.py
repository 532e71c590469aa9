"""Input and output around the deterministic core."""
