"""`skald devnet --hive-compatible` as a client that was written for Hive meets it in its first second (clients.md §3–§5)."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chain.keys import PrivateKey, public_key_text
from chain.types import parse_time
from chain.wire import LEGACY
from cli.broadcast import build_transaction, chain_facts, signed
from cli.client import Client
from tests.functional.node_process import NodeProcess

pytestmark = pytest.mark.functional

INIT_KEY = PrivateKey.parse("5JNHfZYKGaomSFvd4NUdQ9qMcEAC43kujbfjueTHpVapX1Kzq2n")
KEY = PrivateKey.from_login("newcomer", "posting", "a password")


@dataclass
class Devnet:
    node: NodeProcess
    client: Client

    def send(self, key: PrivateKey, name: str, **fields: Any) -> int:
        """Broadcast an operation; the number of its block."""
        facts = chain_facts(self.client)
        transaction = signed(build_transaction(facts, [(name, fields)], 60), [key], facts.chain_id)
        reply = self.client.call(
            "condenser_api.broadcast_transaction_synchronous", [transaction.to_json(LEGACY, facts.dialect)]
        )
        assert not reply["expired"]
        return int(reply["block_num"])

    def account(self, name: str) -> dict[str, Any]:
        (row,) = self.client.call("condenser_api.get_accounts", [[name]])
        return dict(row)


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Devnet]:
    node = NodeProcess(tmp_path_factory.mktemp("hive") / "devnet", speed=20, options=["--hive-compatible"])
    node.start()
    try:
        with Client(f"http://127.0.0.1:{node.port}") as client:
            yield Devnet(node, client)
    finally:
        node.stop()


def test_all_that_clients_look_for_when_they_connect_is_there(devnet: Devnet) -> None:
    head, config, price, props, fund = devnet.client.batch(
        [
            ("condenser_api.get_dynamic_global_properties", []),
            ("condenser_api.get_config", []),
            ("condenser_api.get_current_median_history_price", []),
            ("condenser_api.get_chain_properties", []),
            ("condenser_api.get_reward_fund", ["post"]),
        ]
    )
    assert head["head_block_number"] >= 43
    assert head["head_block_number"] - head["last_irreversible_block_num"] <= 1
    assert head["current_supply"].endswith(" HIVE")
    assert head["current_hbd_supply"].endswith(" HBD")
    assert price == {"base": "0.250 HBD", "quote": "1.000 HIVE"}
    assert props["account_creation_fee"] == "3.000 HIVE"
    assert fund["name"] == "post"
    assert config["HIVE_ADDRESS_PREFIX"] == "STM"
    assert config["IS_TEST_NET"] is False
    assert config["HIVE_CHAIN_ID"] not in {"beeab0de" + "00" * 28, "00" * 32}
    assert config["HIVE_CASHOUT_WINDOW_SECONDS"] == 7 * 86_400
    irreversible = devnet.client.call("condenser_api.get_block_header", [head["last_irreversible_block_num"]])
    assert len(irreversible["previous"]) == 40


def test_the_test_key_is_all_of_initminer_s_keys(devnet: Devnet) -> None:
    row = devnet.account("initminer")
    expected = [[public_key_text(INIT_KEY.public_key), 1]]
    assert row["owner"]["key_auths"] == row["active"]["key_auths"] == row["posting"]["key_auths"] == expected


def test_a_newcomer_made_for_the_fee_can_act_at_once(devnet: Devnet) -> None:
    authority = {"weight_threshold": 1, "account_auths": [], "key_auths": [[public_key_text(KEY.public_key), 1]]}
    devnet.send(
        INIT_KEY,
        "account_create",
        fee="3.000 HIVE",
        creator="initminer",
        new_account_name="newcomer",
        owner=authority,
        active=authority,
        posting=authority,
        memo_key=public_key_text(KEY.public_key),
        json_metadata="",
    )
    devnet.send(INIT_KEY, "transfer", **{"from": "initminer", "to": "newcomer", "amount": "50.000 HIVE", "memo": ""})
    post = {"parent_author": "", "parent_permlink": "test", "author": "newcomer", "permlink": "first"}
    devnet.send(KEY, "comment", **post, title="First", body="A post. " * 250, json_metadata="{}")
    reply = {"parent_author": "newcomer", "parent_permlink": "first", "author": "newcomer", "permlink": "re-first"}
    devnet.send(KEY, "comment", **reply, title="", body="And a reply.", json_metadata="{}")
    devnet.send(KEY, "vote", voter="newcomer", author="newcomer", permlink="first", weight=10_000)
    follow = '["follow",{"follower":"newcomer","following":"alice","what":["blog"]}]'
    devnet.send(KEY, "custom_json", required_auths=[], required_posting_auths=["newcomer"], id="follow", json=follow)
    devnet.send(KEY, "transfer", **{"from": "newcomer", "to": "alice", "amount": "1.000 HIVE", "memo": "hello"})
    devnet.send(KEY, "transfer_to_vesting", **{"from": "newcomer", "to": "newcomer", "amount": "40.000 HIVE"})
    devnet.send(KEY, "withdraw_vesting", account="newcomer", vesting_shares="100.000000 VESTS")
    devnet.send(KEY, "account_witness_vote", account="newcomer", witness="witness-1", approve=True)
    row = devnet.account("newcomer")
    assert row["balance"] == "9.000 HIVE"
    assert row["post_count"] == 2
    assert row["witness_votes"] == ["witness-1"]


def test_a_post_is_paid_after_seven_days_that_pass_at_once(devnet: Devnet) -> None:
    post = {"parent_author": "", "parent_permlink": "test", "author": "initminer", "permlink": "paid"}
    devnet.send(INIT_KEY, "comment", **post, title="Paid", body="For a week.", json_metadata="{}")
    devnet.send(INIT_KEY, "vote", voter="initminer", author="initminer", permlink="paid", weight=10_000)
    devnet.node.ask("devnet_api.advance", {"seconds": 6 * 86_400})
    assert devnet.account("initminer")["reward_vesting_balance"] == "0.000000 VESTS"
    devnet.node.ask("devnet_api.advance", {"seconds": 86_400})
    assert devnet.account("initminer")["reward_vesting_balance"] != "0.000000 VESTS"


def test_the_built_in_fixtures_give_a_front_end_something_to_show(tmp_path: Path) -> None:
    node = NodeProcess(tmp_path / "town", options=["--hive-compatible", "--fixtures", "demo"])
    node.start()
    try:
        head = node.ask("condenser_api.get_dynamic_global_properties")
        assert head["head_block_number"] - head["last_irreversible_block_num"] <= 1
        newest = node.ask("condenser_api.get_content", ["yuki", "is-anybody-awake"])
        assert 400 < parse_time(head["time"]) - parse_time(newest["created"]) < 900
        paid = node.ask("condenser_api.get_content", ["nora", "welcome-to-the-garden"])
        assert float(paid["total_payout_value"].split()[0]) > 0
        waiting = node.ask("condenser_api.get_content", ["ugo", "my-first-post-at-61"])
        assert float(waiting["pending_payout_value"].split()[0]) > 0
        (community,) = [row for row in node.ask("bridge.list_communities", {}) if row["name"] == "hive-110002"]
        assert (community["title"], community["subscribers"]) == ("Two Flames", 6)
        assert node.ask("condenser_api.get_follow_count", ["rosa"])["following_count"] == 7
    finally:
        node.stop()
