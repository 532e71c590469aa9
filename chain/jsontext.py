"""What counts as JSON in metadata and custom_json (protocol.md §5.5).

hived asks two parsers and takes the yes of either. Blocks depend on what they let through, so both are told here as they behave:

    strict    JSON's grammar for the first value; but no null, no integer beyond 64 bits, and whatever follows the value is
              not looked at, as long as strings are closed
    relaxed   the parser of the first years: commas are noise in arrays and objects, bare words that begin like null, true or
              false are texts, numbers may begin with zeros or end in letters; nesting up to 99; nothing may follow the value

`orjson` decides the usual case in a microsecond.
"""

import re
from typing import Final

import orjson

from chain.errors import InvalidInput
from chain.types import is_utf8

NESTING_MAX: Final = 99
"""Of arrays and objects for the relaxed parser, which counts each twice against its 200."""

_MAYBE_ODD = re.compile(r"null|[0-9]{19}")
_GAP = re.compile(r"[ \t\n\r]*")
_TOKEN = re.compile(
    r"""[ \t\n\r]*(?:
        (?P<mark>[\[\]{},:])
      | (?P<string>"(?:[^"\\\x00-\x1f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*")
      | (?P<integer>-?(?:0|[1-9][0-9]*))(?=[ \t\n\r\[\]{},:]|\Z)
      | (?P<scalar>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false)(?=[ \t\n\r\[\]{},:]|\Z)
    )""",
    re.VERBOSE,
)
_CLOSED_STRINGS = re.compile(r'(?:[^"\\]|\\.|"(?:[^"\\\x00-\x1f]|\\.)*+")*+', re.DOTALL)
_BARE_NUMBER = re.compile(r"[0-9.]*")
_BARE_WORD = re.compile(r"[nultrefas]*")
_REST_OF_WORD = re.compile(r"(?:\\.|[A-Za-z0-9_.:/-])*", re.DOTALL)

_INTEGER_MIN: Final = -(2**63)
_INTEGER_MAX: Final = 2**64 - 1
_INTEGER_DIGITS_MAX: Final = 20


class NotRelaxedJson(InvalidInput):
    code = "not_relaxed_json"
    text = "Not even relaxed JSON at character {pos}"


def is_acceptable_json(text: str) -> bool:
    """Whether hived takes the text for JSON (§5.5). An empty text is none."""
    if not is_utf8(text):
        return False
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return is_strict_json(text) or is_relaxed_json(text)
    if not _MAYBE_ODD.search(text):
        return True
    return is_strict_json(text) or is_relaxed_json(text)


def is_strict_json(text: str) -> bool:
    """What hived's first parser accepts."""
    end = _end_of_first_value(text)
    return end is not None and _CLOSED_STRINGS.fullmatch(text, end) is not None


def _end_of_first_value(text: str) -> int | None:
    """A pushdown automaton over the tokens; `wanted` says what may come next inside the innermost of `open_marks`."""
    open_marks: list[str] = []
    wanted = "value"
    pos = 0
    while True:
        token = _TOKEN.match(text, pos)
        if not token:
            return None
        pos = token.end()
        mark = token["mark"]
        if mark is None:
            if wanted.startswith("key"):
                if token["string"] is None:
                    return None
                wanted = "colon"
                continue
            if not wanted.startswith("value") or not _is_in_range(token):
                return None
            wanted = "more"
        elif mark in "[{":
            if not wanted.startswith("value"):
                return None
            open_marks.append(mark)
            wanted = "value or end" if mark == "[" else "key or end"
        elif mark in "]}":
            opening = "[" if mark == "]" else "{"
            if not open_marks or open_marks.pop() != opening or wanted not in {"more", "value or end", "key or end"}:
                return None
            wanted = "more"
        elif mark == ":":
            if wanted != "colon":
                return None
            wanted = "value"
        else:
            if wanted != "more":
                return None
            wanted = "value" if open_marks[-1] == "[" else "key"
        if not open_marks:
            return pos


def _is_in_range(token: re.Match[str]) -> bool:
    integer, scalar = token["integer"], token["scalar"]
    if integer is not None:
        return len(integer) <= _INTEGER_DIGITS_MAX and _INTEGER_MIN <= int(integer) <= _INTEGER_MAX
    if scalar is None or scalar[0] in "tf":
        return True
    try:
        orjson.loads(scalar)  # refuses what is infinite as a double
    except orjson.JSONDecodeError:
        return False
    return True


def is_relaxed_json(text: str) -> bool:
    """What hived's second parser accepts."""
    try:
        return _skip_value(text, 0, 0) == len(text)
    except NotRelaxedJson:
        return False


def _peek(text: str, pos: int) -> str:
    if pos >= len(text):
        raise NotRelaxedJson(pos=pos)
    return text[pos]


def _skip_gap(text: str, pos: int) -> int:
    found = _GAP.match(text, pos)
    assert found is not None
    _peek(text, found.end())  # the text may not end in a gap
    return found.end()


def _skip_value(text: str, pos: int, nesting: int) -> int:
    """The position after the value that begins at or after `pos`."""
    pos = _skip_gap(text, pos)
    first = text[pos]
    if first == '"':
        return _skip_string(text, pos)
    if first in "[{":
        if nesting == NESTING_MAX:
            raise NotRelaxedJson(pos=pos)
        return _skip_container(text, pos + 1, "]" if first == "[" else "}", nesting + 1)
    if first in "-.0123456789":
        return _skip_number(text, pos)
    if first in "ntf":
        return _skip_word(text, pos)
    raise NotRelaxedJson(pos=pos)


def _skip_container(text: str, pos: int, closing: str, nesting: int) -> int:
    """The position after `closing`. Commas may stand anywhere, or not at all."""
    while True:
        pos = _skip_gap(text, pos)
        if text[pos] == closing:
            return pos + 1
        if text[pos] == ",":
            pos += 1
            continue
        if closing == "}":
            pos = _skip_gap(text, _skip_string(text, pos))
            if text[pos] != ":":
                raise NotRelaxedJson(pos=pos)
            pos += 1
        pos = _skip_value(text, pos, nesting)


def _skip_string(text: str, pos: int) -> int:
    if _peek(text, pos) != '"':
        raise NotRelaxedJson(pos=pos)
    while True:
        pos += 1
        letter = _peek(text, pos)
        if letter == '"':
            return pos + 1
        if letter == "\\":
            pos += 1
            _peek(text, pos)
        elif letter == "\x04":
            raise NotRelaxedJson(pos=pos)


def _skip_number(text: str, pos: int) -> int:
    """Digits with at most one dot; letters after them make it a text."""
    start = pos
    is_negative = text[pos] == "-"
    found = _BARE_NUMBER.match(text, pos + is_negative)
    assert found is not None
    digits, end = found[0], found.end()
    if digits.count(".") > 1:
        raise NotRelaxedJson(pos=start)
    if end < len(text) and text[end].isascii() and text[end].isalnum():
        return _skip_rest_of_word(text, end)
    if digits in {"", "."}:
        raise NotRelaxedJson(pos=start)
    if "." not in digits:
        significant = digits.lstrip("0") or "0"
        limit = -_INTEGER_MIN if is_negative else _INTEGER_MAX
        if len(significant) > _INTEGER_DIGITS_MAX or int(significant) > limit:
            raise NotRelaxedJson(pos=start)
    return end


def _skip_word(text: str, pos: int) -> int:
    """null, true, false; anything else that begins with their letters goes on as a bare text."""
    found = _BARE_WORD.match(text, pos)
    assert found is not None
    end = found.end()
    if found[0] in {"null", "true", "false"} or end == len(text):
        return end
    return _skip_rest_of_word(text, end)


def _skip_rest_of_word(text: str, pos: int) -> int:
    """Bare text ends before the first strange letter; one blank after it belongs to it."""
    found = _REST_OF_WORD.match(text, pos)
    assert found is not None
    end = found.end()
    return end + 1 if text[end : end + 1] in {"\t", " ", "\0", "\n"} else end
