"""Who is mentioned in a text: `@alice`."""

import re
from typing import Final

from chain.social.limits import MENTIONS_MAX

_MENTION: Final = re.compile(r"(?:^|[^a-zA-Z0-9_!#$%&*@\\/])@([a-zA-Z0-9.-]{1,16}[a-zA-Z0-9])(?![a-z])")


def mentions_in(text: str) -> list[str]:
    """The names, each once, in the order they come; whether there are such accounts is not asked."""
    if "@" not in text:
        return []
    found: dict[str, None] = {}
    for match in _MENTION.finditer(text):
        found[match[1].lower()] = None
        if len(found) == MENTIONS_MAX:
            break
    return list(found)
