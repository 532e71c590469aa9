"""One file per automatic end-of-block step."""
