"""What hived's two JSON parsers let through (parity/README.md item 10 for the first lines of each list, the rest from their sources)."""

import pytest

from chain.jsontext import is_acceptable_json, is_relaxed_json, is_strict_json

DEEP = 99

ACCEPTED = [
    *("[1,]", '{"a":1,}', "nul", "[1 2]", "[1]x", " [1] ", "01", "1e400", '{"a":1,"a":2}'),
    *("[]", "{}", "0", '"text"', "true", "false", "null", "true ", "-5", "1.5e-3", '{"a":{"b":[1,"c",{}]}}', "\t[\n]\r"),
    *("18446744073709551615", "-9223372036854775808", '{"a":null}', '["null"]', '["12345678901234567890123"]'),
    *("[1]]", '{"a":1}{', "1 2", "true x", '[1] "closed"', "[,,1,,]", '{,"a":1 "b":2,}', "[tru]", "fals", "n-a", "12ab"),
    *("[.5]", "[1.]", "-.5", "[00012]", '["a" "b"]', '"\\ud800"', '["tab\tinside"]', '["\\q"]', "nul ", "[nul ]", "[1e400]"),
    "[" * DEEP + "]" * DEEP,
    "[" * 3_000 + "]" * 3_000,
    "[" * DEEP + "null" + "]" * DEEP,
]  # fmt: skip

REFUSED = [
    *("", "{a:1}", "{'a':1}", "-"),
    *(" ", "[", "{", '"', '"\\', "]", ",", "x", "é", "[1", '{"a"', '{"a":', '{"a":1', '{"a"}', '{"a" 1}', "[1:2]", '{"a":1]', "[1}"),
    *("[nulx y]", "[1,x]", "[nul x1]", "[1..2]", ".", "-.", "[-]", '["\x04" 1]', "[nullx]", '{"a":,}'),
    *("18446744073709551616", "[18446744073709551616]", "-9223372036854775809", "[" + "9" * 400 + "]"),
    *("null ", '{"a":null} ', "[null]x", '[1]"', '[1] "open', '[1]"\n"'),
    "[" * (DEEP + 1) + "null" + "]" * (DEEP + 1),
    b"[\xff]".decode("utf-8", "surrogateescape"),
]  # fmt: skip


@pytest.mark.parametrize("text", ACCEPTED, ids=lambda text: repr(text[:30]))
def test_accepted(text: str) -> None:
    assert is_acceptable_json(text)


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: repr(text[:30]))
def test_invalid_json(text: str) -> None:
    assert not is_acceptable_json(text)


def test_each_parser_accepts_what_the_other_refuses() -> None:
    assert is_strict_json("[1]x")
    assert not is_relaxed_json("[1]x")
    assert is_relaxed_json("[null]")
    assert not is_strict_json("[null]")
