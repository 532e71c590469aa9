"""The calls that wallets make on a chain of their own: send, look again, be refused with a reason (clients.md §3, §5)."""

import asyncio
from typing import Any

import orjson
import pytest

from chain.keys import PrivateKey, public_key_text
from chain.wire import HF26, LEGACY
from node.rpc.context import Context
from tests.node.rpc_world import Asking, Refused, RpcWorld

NOBODY = "0" * 40


@pytest.fixture
def world() -> RpcWorld:
    world = RpcWorld()
    world.produce(2)
    return world


def transfer(**fields: Any) -> tuple[str, dict[str, Any]]:
    return "transfer", {"from": "alice", "to": "bob", "amount": "1.000 HIVE", "memo": ""} | fields


# --- sending ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", [LEGACY, HF26])
@pytest.mark.parametrize("json_form", [LEGACY, HF26])
def test_json_and_packing_may_be_of_either_form(world: RpcWorld, form: Any, json_form: Any) -> None:
    from chain.transaction import Transaction
    from chain.wire import Packing

    signed = world.sign("alice", transfer(), form=form)
    transaction = Transaction.from_json(signed, None, world.dialect)
    value = transaction.to_json(json_form, world.dialect)
    if json_form is LEGACY:
        assert world.ask("condenser_api.broadcast_transaction", [value]) == {}
    else:
        params = {"trx": value, "max_block_age": -1}
        assert world.ask("network_broadcast_api.broadcast_transaction", params) == {}
    world.produce()
    (id_,) = world.ask("block_api.get_block", {"block_num": 3})["block"]["transaction_ids"]
    assert id_ == transaction.with_packing(Packing(world.dialect, form)).id.hex()


def test_old_names_of_symbols_are_understood(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    value["operations"][0][1]["amount"] = "1.000 STEEM"
    assert world.ask("condenser_api.broadcast_transaction", [value]) == {}


def test_a_synchronous_broadcast_tells_the_block(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    answer = world.ask("call", ["condenser_api", "broadcast_transaction_synchronous", [value]])
    assert answer["block_num"] == 3
    assert answer["trx_num"] == 0
    assert answer["expired"] is False
    assert world.ask("condenser_api.get_transaction", [answer["id"]])["block_num"] == 3


def test_invalid_transactions_are_refused_with_a_reason(world: RpcWorld) -> None:
    cases = [
        (world.sign("bob", transfer()), "missing required active authority:Missing Active Authority alice"),
        (world.sign("alice", transfer(amount="99999999.000 HIVE")), "insufficient_funds"),
        (world.sign("alice", transfer(to="nobody-there")), "unknown_account"),
    ]
    for value, reason in cases:
        with pytest.raises(Refused, match=reason) as caught:
            world.ask("condenser_api.broadcast_transaction", [value])
        assert caught.value.code == -32003
    assert caught.value.data["stack"][0]["format"]
    value = world.sign("alice", transfer())
    world.ask("condenser_api.broadcast_transaction", [value])
    with pytest.raises(Refused, match="Duplicate transaction check failed"):
        world.ask("condenser_api.broadcast_transaction", [value])


def test_a_missing_authority_is_shown_as_clients_know_it(world: RpcWorld) -> None:
    with pytest.raises(Refused) as caught:
        world.ask("condenser_api.broadcast_transaction", [world.sign("bob", transfer())])
    shown = caught.value.data["stack"][0]["data"]
    key = public_key_text(world.key("alice", "active").public_key)
    assert shown["id"] == "alice"
    assert shown["auth"] == {"weight_threshold": 1, "account_auths": [], "key_auths": [[key, 1]]}


def test_invalid_json_of_a_transaction_is_a_bad_request(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    del value["operations"][0][1]["amount"]
    for broken in (value, {"operations": [["no_such", {}]]}, {"operations": 5}, 5, "x", None):
        with pytest.raises(Refused) as caught:
            world.ask("condenser_api.broadcast_transaction", [broken])
        assert caught.value.code in {-32000, -32003}
    world.clock.advance(100)
    with pytest.raises(Refused, match="check_max_block_age"):
        world.ask("network_broadcast_api.broadcast_transaction", {"trx": value, "max_block_age": 10})


def test_a_tool_without_a_node_takes_no_transactions(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    with pytest.raises(Refused, match="takes no transactions"):
        Asking(Context(world.chain)).ask("condenser_api.broadcast_transaction", [value])


# --- looking again ---------------------------------------------------------------------------------------------------


def test_a_transaction_is_followed_to_its_end(world: RpcWorld) -> None:
    def status(id_: str, expiration: str | None = None) -> dict[str, Any]:
        return world.ask("transaction_status_api.find_transaction", {"transaction_id": id_, "expiration": expiration})

    value = world.sign("alice", transfer())
    world.ask("condenser_api.broadcast_transaction", [value])
    (id_,) = (transaction.id.hex() for transaction in world.chain.mempool)
    assert status(id_) == {"status": "within_mempool"}
    assert world.ask("database_api.is_known_transaction", {"id": id_}) == {"is_known": True}
    world.produce()
    known = {"block_num": 3, "rc_cost": world.chain.history.transaction_cost(bytes.fromhex(id_))}
    assert known["rc_cost"]
    assert status(id_) == {"status": "within_reversible_block", **known}
    assert status(NOBODY, "2025-01-01T00:00:06") == {"status": "expired_reversible"}
    world.produce(40)
    assert world.chain.irreversible_num > 3
    assert status(id_) == {"status": "within_irreversible_block", **known}
    # Expired: the chain has forgotten it, and would refuse the same bytes as expired.
    assert world.ask("condenser_api.is_known_transaction", [id_]) is False
    assert status(NOBODY) == {"status": "unknown"}
    assert status(NOBODY, "2025-01-01T00:00:03") == {"status": "expired_irreversible"}
    assert status(NOBODY, "2030-01-01T00:00:00") == {"status": "unknown"}


def test_only_irreversible_blocks_where_the_client_wants_it(world: RpcWorld) -> None:
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="fresh")
    world.produce()
    head = world.chain.head_num
    asked = {"account": "bob", "start": -1, "limit": 100}
    shown = world.ask("account_history_api.get_account_history", asked)["history"]
    final = world.ask("account_history_api.get_account_history", asked | {"include_reversible": False})["history"]
    assert [entry for entry in shown if entry[1]["block"] == head]
    assert not [entry for entry in final if entry[1]["block"] > world.chain.irreversible_num]
    params = {"block_num": head, "include_reversible": False}
    assert world.ask("account_history_api.get_ops_in_block", params) == {"ops": []}
    (id_,) = world.ask("block_api.get_block", {"block_num": head})["block"]["transaction_ids"]
    with pytest.raises(Refused, match=f"Assert Exception:false: Unknown Transaction {id_}"):
        world.ask("account_history_api.get_transaction", {"id": id_, "include_reversible": False})
    strict = Asking(Context(world.chain, serves_reversible=False))
    assert strict.ask("condenser_api.get_ops_in_block", [head, False]) == []
    assert strict.ask("condenser_api.get_ops_in_block", [head, False, True])


def test_pages_of_a_history(world: RpcWorld) -> None:
    for number in range(12):
        world.send("alice", "transfer", from_="alice", to="carol", amount="0.001 HIVE", memo=str(number))
    world.produce()
    whole = world.ask("condenser_api.get_account_history", ["carol", -1, 1000])
    assert [sequence for sequence, _ in whole] == list(range(len(whole)))
    memos = [entry["op"][1]["memo"] for _, entry in whole if entry["op"][0] == "transfer"]
    assert memos == [str(number) for number in range(12)]
    newest = whole[-1][0]
    assert world.ask("condenser_api.get_account_history", ["carol", newest - 3, 4]) == whole[-7:-3]
    assert world.ask("condenser_api.get_account_history", ["carol", 10**6, 2]) == whole[-2:]
    assert world.ask("condenser_api.get_account_history", ["carol", "-1", "2"]) == whole[-2:]
    assert world.ask("condenser_api.get_account_history", ["nobody-there", -1, 10]) == []
    assert world.ask("condenser_api.get_account_history", ["carol", -1, 3, "4", None]) == whole[-3:]
    assert world.ask("condenser_api.get_account_history", ["carol", -1, 3, 1, 0])[-3:] == []
    with pytest.raises(Refused, match="start must be greater than or equal to limit-1"):
        world.ask("condenser_api.get_account_history", ["carol", 3, 10])
    with pytest.raises(Refused, match=r"args\.limit <= 1000: limit of 1001 is greater than maxmimum allowed"):
        world.ask("condenser_api.get_account_history", ["carol", -1, 1001])


def test_a_filter_gives_up_after_two_thousand_entries(world: RpcWorld) -> None:
    from node.rpc import account_history

    for number in range(6):
        world.send("alice", "transfer", from_="alice", to="carol", amount="0.001 HIVE", memo=str(number))
    world.produce()
    newest = world.ask("condenser_api.get_account_history", ["carol", -1, 1])[0][0]
    limit = account_history.FILTERED_ENTRIES_MAX
    account_history.FILTERED_ENTRIES_MAX = 3  # type: ignore[misc]
    try:
        with pytest.raises(Refused, match=f"to continue searching, set start={newest - 3}"):
            world.ask("condenser_api.get_account_history", ["carol", -1, 10, 1])
    finally:
        account_history.FILTERED_ENTRIES_MAX = limit  # type: ignore[misc]


def test_a_stream_of_blocks_ends_with_null(world: RpcWorld) -> None:
    head = world.ask("condenser_api.get_dynamic_global_properties")["head_block_number"]
    assert world.ask("condenser_api.get_block_header", [head])["witness"] == "initminer"
    assert world.ask("condenser_api.get_block", [head + 1]) is None
    assert world.ask("block_api.get_block", {"block_num": head + 1}) == {}
    assert world.ask("block_api.get_block_header", {"block_num": head + 1}) == {}
    assert world.ask("block_api.get_block_range", {"starting_block_num": head + 1, "count": 5}) == {"blocks": []}
    with pytest.raises(Refused, match="1000 blocks"):
        world.ask("block_api.get_block_range", {"starting_block_num": 1, "count": 1001})


def test_a_popped_block_is_not_shown_any_more(world: RpcWorld) -> None:
    world.send("alice", "transfer", from_="alice", to="bob", amount="1.000 HIVE", memo="one")
    world.produce()
    num = world.chain.head_num
    before = world.ask("condenser_api.get_block", [num])
    world.chain.pop_block()
    assert world.ask("condenser_api.get_block", [num]) is None
    world.produce(2)
    assert world.ask("condenser_api.get_block", [num])["block_id"] != before["block_id"]


# --- posts and payouts -----------------------------------------------------------------------------------------------


def test_a_post_from_its_first_line_to_its_payout(world: RpcWorld) -> None:
    world.post("alice", "hello")
    world.produce()
    world.send("bob", "vote", voter="bob", author="alice", permlink="hello", weight=10_000)
    world.post("carol", "re-hello", "alice", "hello")
    world.produce()
    content = world.ask("condenser_api.get_content", ["alice", "hello"])
    assert content["children"] == 1
    assert [vote["voter"] for vote in world.ask("condenser_api.get_active_votes", ["alice", "hello"])] == ["bob"]
    (reply,) = world.ask("condenser_api.get_content_replies", ["alice", "hello"])
    assert (reply["author"], reply["parent_author"], reply["root_author"]) == ("carol", "alice", "alice")
    (modern,) = world.ask("database_api.find_comments", {"comments": [["alice", "hello"], ["bob", "none"]]})["comments"]
    assert modern["max_accepted_payout"]["nai"] == "@@000000013"
    params = {"start": ["alice", "hello", ""], "limit": 5, "order": "by_comment_voter"}
    votes = world.ask("database_api.list_votes", params)["votes"]
    assert votes == world.ask("database_api.find_votes", {"author": "alice", "permlink": "hello"})["votes"]
    pending = world.ask("skald_api.get_payouts", {"author": "alice", "permlink": "hello"})
    assert pending["status"] == "pending"
    world.produce(25)
    paid = world.ask("skald_api.get_payouts", {"author": "alice", "permlink": "hello"})
    assert paid["status"] == "paid"
    assert {step["step"]: step["result"] for step in paid["arithmetic"]}["reward"] == paid["reward"]
    account = world.ask("condenser_api.get_accounts", [["alice"]])[0]
    assert account["reward_hbd_balance"] == paid["author_share"]["hbd"]
    assert account["reward_vesting_balance"] == paid["author_share"]["vests"]
    assert [row["account"] for row in paid["curators"]] == ["bob"]
    (short,) = world.ask("skald_api.get_payouts", {"account": "alice"})["payouts"]
    assert short["author_share"] == paid["author_share"]["share"]


def test_posts_that_there_are_not(world: RpcWorld) -> None:
    assert world.ask("condenser_api.get_content", ["alice", "nothing"])["author"] == ""
    for method in ("condenser_api.get_active_votes", "condenser_api.get_content_replies"):
        with pytest.raises(Refused, match="Assert Exception:Post alice/nothing does not exist"):
            world.ask(method, ["alice", "nothing"])
    for params in ({"author": "alice", "permlink": "nothing"}, {"account": "nobody-there"}, {}):
        with pytest.raises(Refused):
            world.ask("skald_api.get_payouts", params)


# --- keys and signatures ---------------------------------------------------------------------------------------------


def test_bytes_of_a_transaction(world: RpcWorld) -> None:
    """The expected text is hived's own, of its condenser_api pattern test."""
    empty = {
        "ref_block_num": 221,
        "ref_block_prefix": 2990,
        "expiration": "2020-01-01T00:00:00",
        "operations": [],
        "extensions": [],
        "signatures": [],
    }
    assert world.ask("condenser_api.get_transaction_hex", [empty]) == "dd00ae0b000000e10b5e000000"
    legacy = world.ask("condenser_api.get_transaction_hex", [empty | {"operations": [transfer()]}])
    assert "03535445454d0000" in legacy
    modern = {"type": "transfer_operation", "value": {"from": "alice", "to": "bob", "memo": ""}}
    modern["value"]["amount"] = {"amount": "1000", "precision": 3, "nai": "@@000000021"}
    answer = world.ask("database_api.get_transaction_hex", {"trx": empty | {"operations": [modern]}})
    assert "2320bcbe" in answer["hex"]


def test_questions_about_signatures(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    assert world.ask("condenser_api.verify_authority", [value]) is True
    assert world.ask("database_api.verify_authority", {"trx": value, "pack": "legacy"}) == {"valid": True}
    with pytest.raises(Refused, match="missing required active authority"):
        world.ask("condenser_api.verify_authority", [world.sign("bob", transfer())])
    active, posting = (public_key_text(world.key("alice", role).public_key) for role in ("active", "posting"))
    unsigned = value | {"signatures": []}
    assert world.ask("condenser_api.get_required_signatures", [unsigned, [posting, active]]) == [active]
    assert world.ask("condenser_api.get_potential_signatures", [unsigned]) == [active]
    assert world.ask("database_api.get_potential_signatures", {"trx": unsigned}) == {"keys": [active]}
    assert world.ask("condenser_api.verify_account_authority", ["alice", [active]]) is True
    assert world.ask("condenser_api.verify_account_authority", ["alice", [active], "posting"]) is False
    with pytest.raises(Refused, match="no such account"):
        world.ask("condenser_api.verify_account_authority", ["nobody-there", [active]])
    digest = bytes(31) + b"\x01"
    signature = world.key("alice", "posting").sign(digest).hex()
    params = {"hash": digest.hex(), "signatures": [signature], "required_posting": ["alice"]}
    assert world.ask("database_api.verify_signatures", params) == {"valid": True}
    assert world.ask("database_api.verify_signatures", params | {"required_active": ["alice"]}) == {"valid": False}


def test_accounts_are_found_by_their_keys(world: RpcWorld) -> None:
    keys = [public_key_text(world.key(name, "posting").public_key) for name in ("alice", "bob")]
    nobody = public_key_text(PrivateKey.from_seed("nobody").public_key)
    expected = [["alice"], ["bob"], []]
    assert world.ask("condenser_api.get_key_references", [[*keys, nobody]]) == expected
    assert world.ask("account_by_key_api.get_key_references", {"keys": [*keys, nobody]}) == {"accounts": expected}
    with pytest.raises(Refused):
        world.ask("account_by_key_api.get_key_references", {"keys": ["STM1"]})


# --- the rest --------------------------------------------------------------------------------------------------------


def test_limits_and_orders_are_refused_in_the_words_of_hived(world: RpcWorld) -> None:
    cases = [
        ("database_api.list_accounts", {"limit": 0}, "limit not set or too big"),
        ("database_api.list_accounts", {"limit": 1001, "order": "by_name"}, "limit not set or too big"),
        ("database_api.list_accounts", {"limit": 1}, r"Unknown or unsupported sort order 'not_set'"),
        ("database_api.list_accounts", {"limit": 1, "order": "by_nothing"}, "bad_enum_cast"),
        ("database_api.find_accounts", {}, "list of accounts to find not filled or too big"),
        ("database_api.find_witnesses", {"owners": []}, "list of witnesses to find not filled or too big"),
        ("condenser_api.get_reward_fund", ["comment"], "fund != nullptr: Invalid reward fund name"),
        ("condenser_api.get_witnesses_by_vote", ["", 1001], "limit not set or too big"),
        ("condenser_api.lookup_accounts", ["", 1001], "limit <= 1000"),
    ]
    for method, params, words in cases:
        with pytest.raises(Refused, match=words):
            world.ask(method, params)


def test_names_that_nobody_has(world: RpcWorld) -> None:
    assert world.ask("condenser_api.get_accounts", [["nobody-there", "alice"]])[0]["name"] == "alice"
    assert world.ask("condenser_api.lookup_account_names", [["nobody-there"]]) == [None]
    assert world.ask("condenser_api.get_witness_by_account", ["alice"]) is None
    assert world.ask("condenser_api.get_accounts", [[]]) == []
    with pytest.raises(Refused, match="Input too large"):
        world.ask("condenser_api.get_accounts", [["a-name-far-too-long-for-hive"]])


def test_the_state_digest_moves_with_the_head(world: RpcWorld) -> None:
    before = world.ask("skald_api.get_state_digest")
    assert before["block_num"] == 2
    assert len(before["state_digest"]) == 64
    world.produce()
    assert world.ask("skald_api.get_state_digest")["state_digest"] == world.chain.digest.hex() != before["state_digest"]


def test_the_clock_of_a_devnet(world: RpcWorld) -> None:
    world.ask("devnet_api.advance", {"seconds": 604_800})
    assert world.ask("condenser_api.get_dynamic_global_properties")["time"].startswith("2025-01-08")
    with pytest.raises(Refused):
        world.ask("devnet_api.advance", {"seconds": -1})
    with pytest.raises(Refused, match="Could not find"):
        Asking(Context(world.chain)).ask("devnet_api.advance", {"seconds": 1})


def test_metrics_are_those_of_the_node(world: RpcWorld) -> None:
    asking = Asking(Context(world.chain, read_metrics=lambda: {"skald_blocks_applied_total": 2}))
    assert asking.ask("skald_api.get_metrics") == {"skald_blocks_applied_total": 2}


def test_a_batch_mixes_what_waits_and_what_does_not(world: RpcWorld) -> None:
    value = world.sign("alice", transfer())
    calls = [
        ("condenser_api.get_account_count", []),
        ("condenser_api.broadcast_transaction_synchronous", [value]),
        ("condenser_api.get_nothing", []),
    ]
    body = [{"jsonrpc": "2.0", "id": id_, "method": name, "params": p} for id_, (name, p) in enumerate(calls)]
    answer = world.dispatcher.answer(orjson.dumps(body))
    assert not isinstance(answer, bytes)
    replies = orjson.loads(asyncio.run(_finish(answer)))
    assert [reply["id"] for reply in replies] == [0, 1, 2]
    assert replies[1]["result"]["block_num"] == 3
    assert replies[2]["error"]["code"] == -32002


async def _finish(answer: Any) -> bytes:
    result: bytes = await answer
    return result


def test_every_method_says_what_it_does() -> None:
    for method in RpcWorld().dispatcher.registry.methods.values():
        assert method.doc.strip(), method.name
        assert len(method.doc.splitlines()[0]) <= 130
