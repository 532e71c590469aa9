"""Methods, their parameters, and what is made of the values that clients send (clients.md §2, points 4, 6, 10)."""

from collections.abc import Sequence
from typing import Annotated, Any

import pytest

from node.rpc.errors import BadCast, BadNumber, CallRefused, UnknownMethod
from node.rpc.registry import Method, Namespace, Registry, as_bool, as_int, as_list, as_object, as_text
from tests.node.toys import condenser, database, toy


def method_of(function: Any, **options: Any) -> Method:
    namespace = Namespace("x")
    namespace.add(function, **options)
    (method,) = namespace.methods.values()
    return method


def take(_context: Any, first: int, second: str = "two", third: bool | None = None) -> Any:
    """Take three.

    And more words.
    """
    return first, second, third


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ([1], (1, "two", None)),
        (["1", "b", "true"], (1, "b", True)),
        ([1, None, None], (1, "two", None)),
        ({"first": 5}, (5, "two", None)),
        ({"second": "b", "first": "5", "unknown": 1}, (5, "b", None)),
    ],
)
def test_takes_parameters_by_position_and_by_name(params: Any, expected: Any) -> None:
    assert method_of(take)(None, params) == expected


@pytest.mark.parametrize("params", [[], [1, "2", True, 4], {}, {"second": "b"}, None, [""]])
def test_invalid_number_of_parameters(params: Any) -> None:
    with pytest.raises((CallRefused, BadNumber)):
        method_of(take)(None, params)


def test_invalid_params_of_another_type() -> None:
    for params in ("text", 5, True, 1.5):
        with pytest.raises(BadCast):
            method_of(take)(None, params)


def test_a_refused_value_names_its_parameter() -> None:
    with pytest.raises(BadCast, match=r"^Invalid cast from array_type to int$") as caught:
        method_of(take)(None, [[]])
    assert caught.value.data["parameter"] == "first"


def test_methods_without_parameters_forgive_empty_ones() -> None:
    def nothing(_context: Any) -> str:
        return "ok"

    for params in (None, [], {}, [""], [[]], {"any": 1}):
        assert method_of(nothing)(None, params) == "ok"
    with pytest.raises(CallRefused, match=r"Expected 0 argument\(s\), was 2"):
        method_of(nothing)(None, [1, 2])


def test_a_bare_object_is_the_only_argument() -> None:
    method = condenser.methods["get_discussions_by_created"]
    for params in ([{"tag": "art"}], {"tag": "art"}, {"query": {"tag": "art"}}):
        assert method(None, params) == "art"


def test_an_object_of_parameters_may_come_in_an_array() -> None:
    def boxed(_context: Any, tag: str, limit: int = 5) -> tuple[str, int]:
        """A list."""
        return tag, limit

    api = Namespace("boxed_api")
    api.add(boxed, boxed=True)
    for params in ([{"tag": "art", "limit": 5, "old": []}], {"tag": "art"}, ["art"], ["art", "5"]):
        assert api.methods["boxed"](None, params) == ("art", 5)
    with pytest.raises(CallRefused, match="Missing parameter tag"):
        api.methods["boxed"](None, [{}])


def test_a_trailing_underscore_is_no_part_of_the_json_name() -> None:
    assert toy.methods["spend"].parameters[0].name == "from"


def test_one_function_may_serve_two_namespaces() -> None:
    assert {"get_dynamic_global_properties"} <= set(database.methods) & set(condenser.methods)


def test_invalid_double_registration() -> None:
    with pytest.raises(ValueError, match="twice"):
        Registry([toy, toy])
    with pytest.raises(ValueError, match="twice"):
        toy.add(toy.methods["echo"].function)


def test_annotated_types_bring_their_own_cast() -> None:
    def limited(_context: Any, limit: Annotated[int, lambda value: min(as_int(value), 20)] = 20) -> int:
        return limit

    assert method_of(limited)(None, {"limit": "100"}) == 20


def test_sequences_may_default_to_nothing() -> None:
    def names(_context: Any, accounts: Sequence[str] = ()) -> list[str]:
        return list(accounts)

    assert method_of(names)(None, {}) == []
    assert method_of(names).signature == {"args": {"accounts": []}, "ret": {}}


def test_lists_and_describes_its_methods() -> None:
    registry = Registry([toy, condenser])
    names = registry.methods["jsonrpc.get_methods"](None, {})
    assert names == sorted(names)
    assert {"jsonrpc.get_methods", "jsonrpc.get_signature", "toy_api.add"} <= set(names)
    signature = registry.methods["jsonrpc.get_signature"]
    assert signature(None, {"method": "toy_api.add"}) == {"args": {"left": 0, "right": 1}, "ret": {}}
    assert signature(None, {"method": "condenser_api.get_accounts"}) == {"args": [[], True], "ret": {}}
    with pytest.raises(CallRefused):
        signature(None, {"method": "nothing"})


@pytest.mark.parametrize(
    "name", ["", "x", "toy_api", "toy_api.", ".add", "toy_api.add.more", "other.add", "toy_api.sub"]
)
def test_invalid_unknown_method(name: str) -> None:
    with pytest.raises(UnknownMethod):
        Registry([toy]).find(name)


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (5, 5),
        ("5", 5),
        ("-1", -1),
        (True, 1),
        (7.0, 7),
        ("18446744073709551615", (1 << 64) - 1),
        (-(1 << 63), -(1 << 63)),
    ],
)
def test_integers(value: Any, number: int) -> None:
    assert as_int(value) == number


@pytest.mark.parametrize("value", ["", "x", "1.5", " 1", "٣", "1_000", "9" * 5000, "18446744073709551616", "+1"])
def test_invalid_integer_text(value: str) -> None:
    with pytest.raises(BadNumber):
        as_int(value)


@pytest.mark.parametrize("value", [None, [], {}, 1.5, 1e300])
def test_invalid_integer(value: Any) -> None:
    with pytest.raises(BadCast):
        as_int(value)


def test_texts_booleans_arrays_and_objects() -> None:
    assert [as_text(value) for value in ("a", 5, True, None)] == ["a", "5", "true", ""]
    assert [as_bool(value) for value in (True, 0, "true", "false")] == [True, False, True, False]
    assert as_list([1]) == [1]
    assert as_object({}) == {}
    for cast, value in (
        (as_text, []),
        (as_bool, "yes"),
        (as_bool, []),
        (as_list, {}),
        (as_object, []),
        (as_object, None),
    ):
        with pytest.raises(BadCast):
            cast(value)
