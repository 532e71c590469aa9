"""Our typed errors in hived's shapes (clients.md §2, "Error object")."""

from typing import Any, ClassVar

import pytest

from chain.authority import MissingActiveAuthority, MissingOwnerAuthority, MissingPostingAuthority
from chain.errors import ChainError, InvalidInput, InvalidTransaction, OperationFailed
from node.rpc.errors import BadCast, CallRefused, error_object, fill

NOW = 0


def shown(error: Exception) -> dict[str, Any]:
    return error_object(error, NOW)


@pytest.mark.parametrize(
    ("error_class", "code", "name", "role"),
    [
        (MissingActiveAuthority, 3010000, "tx_missing_active_auth", "Active"),
        (MissingOwnerAuthority, 3020000, "tx_missing_owner_auth", "Owner"),
        (MissingPostingAuthority, 3030000, "tx_missing_posting_auth", "Posting"),
    ],
)
def test_missing_authority(error_class: type[ChainError], code: int, name: str, role: str) -> None:
    error = shown(error_class(account="alice"))
    assert error["code"] == -32003
    assert error["message"].startswith(f"missing required {role.lower()} authority:Missing {role} Authority alice")
    assert (error["data"]["code"], error["data"]["name"]) == (code, name)
    first, second = error["data"]["stack"]
    assert first["format"] == f"Missing {role} Authority ${{id}}"
    assert first["data"]["id"] == "alice"
    assert second["format"].startswith("Transaction failed to validate using both")


def test_unreadable_input_is_a_parse_error() -> None:
    error = shown(InvalidInput(reason="no amount"))
    assert error["code"] == -32000
    assert error["message"] == "Parse Error:invalid_input: Cannot read this: no amount"


def test_a_bad_cast_reads_as_hived_writes_it() -> None:
    error = shown(BadCast("Invalid cast from ${type} to int", type="array_type"))
    assert error["message"] == "Bad Cast:Invalid cast from array_type to int"
    assert (error["code"], error["data"]["code"]) == (-32000, 7)
    assert "assert_hash" not in error["data"]


def test_places_that_compute_become_members_of_their_own() -> None:
    class Computed(OperationFailed):
        code = "computed"
        text = "{{{who!r}}} has {amount:>5} of {pair[0]}"

    frame = shown(Computed(who="al", amount=5, pair=["x", "y"]))["data"]["stack"][0]
    assert fill(frame["format"], frame["data"]) == "{'al'} has     5 of x"
    assert "${who}" in frame["format"] or "'al'" in frame["format"]


def test_an_error_that_words_itself_is_shown_in_its_words() -> None:
    class Own(OperationFailed):
        code = "own_words"
        text = "never {shown}"

        def __str__(self) -> str:
            return "quite another text"

    assert shown(Own(shown=1))["message"] == "Assert Exception:own_words: quite another text"


def test_an_error_may_bring_the_text_that_clients_match() -> None:
    class Duplicate(InvalidTransaction):
        code = "duplicate_transaction"
        text = "The transaction {id} is in the chain already"
        hive_format: ClassVar[str] = "Duplicate transaction check failed"

    error = shown(Duplicate(id=b"\x01\x02"))
    assert "Duplicate transaction check failed" in error["message"]
    assert error["data"]["stack"][0]["data"] == {"id": "0102"}


def test_data_of_any_type_becomes_json() -> None:
    error = shown(CallRefused("x", a=None, b=True, c=1 << 40, d=b"\x00", e=[1, object], f={1: (2,)}))
    data = error["data"]["stack"][0]["data"]
    assert (data["a"], data["b"], data["c"], data["d"]) == (None, True, str(1 << 40), "00")
    assert data["e"][0] == 1
    assert data["f"] == {"1": "(2,)"}


def test_a_place_without_a_member_stays() -> None:
    assert fill("${known} ${unknown} $known", {"known": 1}) == "1 ${unknown} $known"
