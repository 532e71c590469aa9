"""What clients send, and the errors that they match (clients.md §2, §3): numbers as texts, times, forks, signatures."""

from collections.abc import Callable
from typing import Any

import pytest

from chain.keys import public_key_text
from chain.transaction import Transaction
from chain.types import time_text
from chain.wire import HF26, LEGACY, Form, Packing
from tests.node.populated import populated_world
from tests.node.rpc_world import Refused, RpcWorld

HOUR_SECONDS = 3_600
DAY_SECONDS = 86_400


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


def transfer(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "transfer", {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""} | fields


def signed(world: RpcWorld, value: dict[str, Any], form: Form = LEGACY, role: str = "active") -> dict[str, Any]:
    """The JSON as it is, signed by alice over the packing of what it means."""
    unsigned = Transaction.from_json(value | {"signatures": []}, None, world.dialect)
    digest = unsigned.with_packing(Packing(world.dialect, form)).digest(world.chain.params.chain_id)
    return value | {"signatures": [world.key("alice", role).sign(digest).hex()]}


def broadcast(world: RpcWorld, value: Any) -> Any:
    return world.ask("condenser_api.broadcast_transaction", [value])


def refusal(world: RpcWorld, value: Any) -> Refused:
    with pytest.raises(Refused) as caught:
        broadcast(world, value)
    return caught.value


def as_texts(value: Any) -> Any:
    """The same JSON with every number as a text, but for the two that hived insists on: precisions and kinds of extensions."""
    if isinstance(value, dict):
        return {name: member if name == "precision" else as_texts(member) for name, member in value.items()}
    if isinstance(value, list):
        is_extension = len(value) == 2 and type(value[0]) is int and isinstance(value[1], dict)
        return [value[0], as_texts(value[1])] if is_extension else [as_texts(member) for member in value]
    return str(value) if type(value) is int else value


# --- numbers as texts ------------------------------------------------------------------------------------------------


def authority(world: RpcWorld, role: str) -> dict[str, Any]:
    key = public_key_text(world.key("newcomer", role).public_key)
    return {"weight_threshold": 1, "account_auths": [["bob", 1]], "key_auths": [[key, 1]]}


def new_account(world: RpcWorld) -> tuple[str, dict[str, Any]]:
    fee = world.ask("condenser_api.get_chain_properties")["account_creation_fee"]
    roles = {role: authority(world, role) for role in ("owner", "active", "posting")}
    memo_key = public_key_text(world.key("newcomer", "memo").public_key)
    made = {"creator": "alice", "new_account_name": "newcomer", "memo_key": memo_key, "json_metadata": ""}
    return "account_create", {"fee": fee, **made, **roles}


def later(world: RpcWorld, days: int) -> str:
    return time_text(world.chain.state.globals.time + days * DAY_SECONDS)


OPERATIONS: dict[str, Callable[[RpcWorld], tuple[str, dict[str, Any]]]] = {
    "weights of an authority": new_account,
    "weight of a vote": lambda _world: (
        "vote",
        {"voter": "alice", "author": "bob", "permlink": "re-hello", "weight": -5_000},
    ),
    "ids of proposals": lambda _world: (
        "update_proposal_votes",
        {"voter": "alice", "proposal_ids": [0], "approve": True, "extensions": []},
    ),
    "number of an order": lambda world: (
        "limit_order_create",
        {"owner": "alice", "orderid": 77, "amount_to_sell": "1.000 HIVE", "min_to_receive": "9.000 HBD"}
        | {"fill_or_kill": False, "expiration": later(world, 1)},
    ),
    "percent of a beneficiary": lambda _world: (
        "comment_options",
        {"author": "alice", "permlink": "fresh", "max_accepted_payout": "1.000 HBD", "percent_hbd": 5_000}
        | {"allow_votes": True, "allow_curation_rewards": True}
        | {"extensions": [[0, {"beneficiaries": [{"account": "bob", "weight": 100}]}]]},
    ),
    "recurrence": lambda _world: (
        "recurrent_transfer",
        {"from": "alice", "to": "dave", "amount": "0.100 HIVE", "memo": "", "recurrence": 24, "executions": 2}
        | {"extensions": []},
    ),
}


@pytest.fixture(scope="module")
def lively() -> RpcWorld:
    """Where there are posts, orders and proposals; a post of alice that waits for its options."""
    world = populated_world.__wrapped__()
    world.produce(100)  # five minutes between two posts
    world.post("alice", "fresh")
    world.produce()
    return world


@pytest.mark.parametrize("what", OPERATIONS)
@pytest.mark.parametrize("form", [LEGACY, HF26])
def test_numbers_may_be_texts(lively: RpcWorld, what: str, form: Form) -> None:
    """Within operations and around them; signed over either packing."""
    operation = OPERATIONS[what](lively)
    role = "posting" if operation[0] in {"vote", "comment_options"} else "active"
    numbers = lively.sign("alice", operation, form=form, role=role)
    value = as_texts(numbers)
    assert value != numbers
    transaction = Transaction.from_json(value, None, lively.dialect)
    packing = Packing(lively.dialect, form)
    assert transaction.packed(packing) == Transaction.from_json(numbers, None, lively.dialect).packed(packing)
    params = {"trx": value, "pack": form.value}
    assert lively.ask("database_api.verify_authority", params) == {"valid": True}


def test_what_was_sent_as_texts_is_done(lively: RpcWorld) -> None:
    (before,) = lively.ask("condenser_api.find_proposals", [["0"]])
    broadcast(lively, as_texts(lively.sign("alice", OPERATIONS["ids of proposals"](lively))))
    broadcast(lively, as_texts(lively.sign("alice", OPERATIONS["number of an order"](lively))))
    lively.produce()
    votes = lively.ask("condenser_api.list_proposal_votes", [["0", ""], "10", "by_proposal_voter"])
    assert {row["voter"] for row in votes} >= {"alice", "bob"}
    assert before["proposal_id"] == 0
    numbers = [row["orderid"] for row in lively.ask("condenser_api.get_open_orders", ["alice"])]
    assert 77 in numbers
    assert lively.ask("block_api.get_block", {"block_num": "2"}) == lively.ask("block_api.get_block", {"block_num": 2})


# --- which fork, until when ------------------------------------------------------------------------------------------


def test_a_summary_that_was_never_written_has_the_prefix_zero(world: RpcWorld) -> None:
    """hive-js refers to the block before the last irreversible one, which a young chain does not have."""
    value = world.sign("alice", transfer()) | {"ref_block_num": 40_000, "ref_block_prefix": 0}
    assert broadcast(world, signed(world, value)) == {}
    error = refusal(world, signed(world, value | {"ref_block_prefix": 7}))
    assert error.message.startswith("transaction tapos exception:")
    assert (error.data["code"], error.data["name"]) == (4030200, "transaction_tapos_exception")


@pytest.mark.parametrize("seconds", [30, 600, HOUR_SECONDS, DAY_SECONDS])
def test_expirations_up_to_a_day(world: RpcWorld, seconds: int) -> None:
    value = world.sign("alice", transfer())
    value["expiration"] = time_text(world.chain.state.globals.time + seconds)
    assert broadcast(world, signed(world, value)) == {}


@pytest.mark.parametrize("seconds", [-30, 0, DAY_SECONDS + 1])
def test_invalid_expirations(world: RpcWorld, seconds: int) -> None:
    value = world.sign("alice", transfer())
    value["expiration"] = time_text(world.chain.state.globals.time + seconds)
    error = refusal(world, signed(world, value))
    assert error.message.startswith("transaction expiration exception:")
    assert (error.code, error.data["code"]) == (-32003, 4030100)


# --- who signed ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "number", "role"),
    [
        (transfer(), 3010000, "active"),
        (("decline_voting_rights", {"account": "alice", "decline": True}), 3020000, "owner"),
        (("vote", {"voter": "alice", "author": "bob", "permlink": "x", "weight": 1}), 3030000, "posting"),
    ],
)
def test_a_missing_authority_has_the_number_and_words_of_hived(
    world: RpcWorld, operation: tuple[str, dict[str, Any]], number: int, role: str
) -> None:
    error = refusal(world, world.sign("bob", operation))
    assert error.code == -32003
    assert (error.data["code"], error.data["name"]) == (number, f"tx_missing_{role}_auth")
    assert error.message.startswith(f"missing required {role} authority:Missing {role.title()} Authority alice")
    assert error.message.endswith("failed to validate using both new (hf26) and legacy serialization")
    first, _ = error.data["stack"]
    assert (first["format"], first["data"]["id"]) == (f"Missing {role.title()} Authority ${{id}}", "alice")


def test_a_key_that_signs_twice_is_refused(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    error = refusal(world, value | {"signatures": value["signatures"] * 2})
    assert (error.data["code"], error.message) == (3060000, "duplicate signature included:Duplicate signature detected")


@pytest.mark.parametrize("signature", ["00" * 65, "12", "no hex"])
def test_invalid_signatures(world: RpcWorld, signature: str) -> None:
    error = refusal(world, world.sign("alice", transfer()) | {"signatures": [signature]})
    assert (error.code, error.data["name"]) == (-32000, "parse_error_exception")
    assert "signature" in error.message


def test_the_packing_that_verifies_fixes_the_id(world: RpcWorld) -> None:
    for memo, form in (("one", LEGACY), ("two", HF26)):
        value = world.sign("alice", transfer(memo=memo), form=form)
        answer = world.ask("condenser_api.broadcast_transaction_synchronous", [value])
        packing = Packing(world.dialect, form)
        assert answer["id"] == Transaction.from_json(value, None, world.dialect).with_packing(packing).id.hex()
        assert world.ask("account_history_api.get_transaction", {"id": answer["id"]})["transaction_num"] == 0


def test_authority_of_json_in_either_form_may_be_asked_for(world: RpcWorld) -> None:
    """hived reads a transaction as HF26 and falls back to the legacy form; `pack` says what was signed."""
    for json_form in (LEGACY, HF26):
        for form in (LEGACY, HF26):
            signed_value = Transaction.from_json(world.sign("alice", transfer(), form=form), None, world.dialect)
            params = {"trx": signed_value.to_json(json_form, world.dialect), "pack": form.value}
            assert world.ask("database_api.verify_authority", params) == {"valid": True}
            other = params | {"pack": (HF26 if form is LEGACY else LEGACY).value}
            with pytest.raises(Refused, match="missing required active authority"):
                world.ask("database_api.verify_authority", other)


# --- what the chain refuses ------------------------------------------------------------------------------------------


def test_words_that_clients_look_for(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    broadcast(world, value)
    cases = {
        "Duplicate transaction check failed": value,
        "unknown key": world.sign("alice", transfer(to="nobody-there")),
        "does not have sufficient funds": world.sign("alice", transfer(amount="9999999.000 HIVE")),
    }
    for words, refused in cases.items():
        error = refusal(world, refused)
        assert words in error.message
        assert (error.code, error.data["name"]) == (-32003, "assert_exception")
    with pytest.raises(Refused, match="Unknown Transaction"):
        world.ask("condenser_api.get_transaction", ["0" * 40])
    with pytest.raises(Refused, match="Could not find API no_api"):
        world.ask("no_api.no_method")
    with pytest.raises(Refused, match="Could not find method no_method"):
        world.ask("block_api.no_method")
