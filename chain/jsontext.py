"""What counts as JSON in metadata and custom_json (protocol.md §5.5)."""

import orjson

from chain.types import is_utf8


def is_acceptable_json(text: str) -> bool:
    if not text or not is_utf8(text):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True
