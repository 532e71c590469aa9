"""The chain that the examples of the reference are asked about: a devnet on which something of everything has happened.

It is the same in every run, so that what its node answers can be kept. A new family of operations gets its chapter here, at the end,
where it moves the fewest answers.
"""

import json
from typing import Any, Final

from chain.keys import public_key_text
from chain.transaction import Transaction
from chain.types import time_text
from chain.wire import LEGACY, Form, Packing
from node.metrics import Metrics
from tests.node.rpc_world import RpcWorld

COMMUNITY: Final = "hive-133333"
PAID_BLOCKS: Final = 25  # a devnet's post is paid after a minute
MINUTE: Final = 60
HOUR: Final = 3_600
DAY: Final = 86_400


class ExampleChain(RpcWorld):
    """alice, bob, carol and dave are of the genesis file; gina and a community are made here."""

    def __init__(self) -> None:
        super().__init__()
        self.context.read_metrics = Metrics().as_dict
        self.produce(2)
        self._what_is_paid_already()
        self.produce(PAID_BLOCKS)
        self._people()
        self._words()
        self._social()
        self._money_on_its_way()
        self._market()
        self._stake()
        self._proposals()
        self.produce(2)

    @property
    def now(self) -> int:
        return self.chain.state.globals.time

    def later(self, seconds: int) -> str:
        return time_text(self.now + seconds)

    def says(self, actor: str, id_: str, content: Any) -> None:
        fields = {"required_auths": [], "required_posting_auths": [actor], "id": id_, "json": json.dumps(content)}
        self.send(actor, "custom_json", **fields)
        self.produce()

    def send_as(self, role: str, signer: str, name: str, /, **fields: Any) -> None:
        """One operation in a block, signed by another role than most operations of its kind need."""
        self.ask("condenser_api.broadcast_transaction", [self.sign(signer, (name, fields), role=role)])
        self.produce()

    def authorities(self, account: str) -> dict[str, Any]:
        """The login keys of a new account, as account_create takes them."""
        keys = {role: public_key_text(self.key(account, role).public_key) for role in ("owner", "active", "posting")}
        of_keys = {
            role: {"weight_threshold": 1, "account_auths": [], "key_auths": [[key, 1]]} for role, key in keys.items()
        }
        return of_keys | {"memo_key": public_key_text(self.key(account, "memo").public_key), "json_metadata": ""}

    def transaction(self, amount: str, form: Form = LEGACY) -> dict[str, Any]:
        """A signed transfer of alice to bob that nobody has sent yet."""
        fields = {"from": "alice", "to": "bob", "amount": amount, "memo": ""}
        return self.sign("alice", ("transfer", fields), form=form)

    def digest_of(self, value: dict[str, Any]) -> str:
        """What the signers of a transaction in legacy form have signed."""
        transaction = Transaction.from_json(value, None, self.dialect).with_packing(Packing(self.dialect, LEGACY))
        return transaction.digest(self.chain.params.chain_id).hex()

    @property
    def transaction_id(self) -> str:
        """Of the last transaction in a block."""
        num = self.chain.head_num
        while not self.chain.block(num).transactions:
            num -= 1
        return self.chain.block(num).transactions[-1].id.hex()

    # the chapters

    def _what_is_paid_already(self) -> None:
        self.post("alice", "first")
        self.produce(2)
        self.send("bob", "vote", voter="bob", author="alice", permlink="first", weight=10_000)
        self.send("alice", "transfer_to_savings", from_="alice", to="alice", amount="5.000 HIVE", memo="")
        self.produce()

    def _people(self) -> None:
        fee = self.ask("condenser_api.get_chain_properties")["account_creation_fee"]
        for name in ("gina", COMMUNITY):
            account = {"creator": "alice", "new_account_name": name, "fee": fee}
            self.send("alice", "account_create", **account, **self.authorities(name))
            self.send("alice", "transfer_to_vesting", from_="alice", to=name, amount="10.000 HIVE")
        self.produce()
        profile = {"profile": {"name": "Alice", "about": "Writes about bees.", "website": "https://alice.example"}}
        metadata = {"account": "alice", "json_metadata": "", "posting_json_metadata": json.dumps(profile)}
        self.send_as("posting", "alice", "account_update2", **metadata, extensions=[])
        self.send_as("owner", "gina", "change_recovery_account", account_to_recover="gina", new_recovery_account="bob", extensions=[])  # fmt: skip
        renewed = self.authorities("renewed")
        self.send_as("owner", "gina", "account_update", account="gina", owner=renewed["owner"], memo_key=renewed["memo_key"], json_metadata="")  # fmt: skip
        recovery = {"recovery_account": "alice", "account_to_recover": "gina", "extensions": []}
        self.send("alice", "request_account_recovery", **recovery, new_owner_authority=self.authorities("again")["owner"])  # fmt: skip
        self.send_as("owner", "dave", "decline_voting_rights", account="dave", decline=True)
        self.send("carol", "account_witness_vote", account="carol", witness="initminer", approve=True)
        self.send("bob", "account_witness_proxy", account="bob", proxy="carol")
        self.produce()

    def _words(self) -> None:
        self.post("alice", "hello")
        self.produce()
        self.post("bob", "re-hello", "alice", "hello")
        self.send("bob", "vote", voter="bob", author="alice", permlink="hello", weight=10_000)
        self.send("carol", "vote", voter="carol", author="alice", permlink="hello", weight=5_000)
        self.produce()
        self.post("alice", "re-re-hello", "bob", "re-hello")
        self.send("alice", "vote", voter="alice", author="bob", permlink="re-hello", weight=2_500)
        self.produce()

    def _social(self) -> None:
        self.says(COMMUNITY, "community", ["setRole", {"community": COMMUNITY, "account": "alice", "role": "admin"}])
        props = {"title": "Bees", "about": "All about bees.", "description": "Hives.", "flag_text": "", "lang": "en"}
        self.says("alice", "community", ["updateProps", {"community": COMMUNITY, "props": props}])
        self.says("alice", "community", ["setRole", {"community": COMMUNITY, "account": "bob", "role": "mod"}])
        self.says("alice", "community", ["setUserTitle", {"community": COMMUNITY, "account": "bob", "title": "Keeper"}])
        for name in ("alice", "bob", "carol"):
            self.says(name, "community", ["subscribe", {"community": COMMUNITY}])
        for what, follower, following in (
            ("blog", "bob", "alice"),
            ("blog", "carol", "alice"),
            ("blog", "alice", "bob"),
            ("ignore", "alice", "dave"),
            ("blacklist", "alice", "dave"),
            ("follow_blacklist", "alice", "carol"),
        ):
            self.says(follower, "follow", ["follow", {"follower": follower, "following": following, "what": [what]}])
        self.says("carol", "reblog", ["reblog", {"account": "carol", "author": "alice", "permlink": "hello"}])
        self.post("carol", "swarms", "", COMMUNITY)
        self.produce()

    def _money_on_its_way(self) -> None:
        self.send("alice", "transfer_from_savings", from_="alice", to="bob", request_id=1, amount="1.000 HIVE", memo="for the bike")  # fmt: skip
        self.send(
            "alice",
            "escrow_transfer",
            from_="alice",
            to="carol",
            agent="dave",
            escrow_id=1,
            hive_amount="1.000 HIVE",
            hbd_amount="0.500 HBD",
            fee="0.010 HBD",
            json_meta="",
            ratification_deadline=self.later(30 * MINUTE),
            escrow_expiration=self.later(2 * HOUR),
        )
        rent = {"from_": "alice", "to": "carol", "amount": "1.000 HIVE", "memo": "rent"}
        self.send("alice", "recurrent_transfer", recurrence=24, executions=3, extensions=[], **rent)
        self.send("alice", "convert", owner="alice", requestid=1, amount="1.000 HBD")
        self.send("alice", "collateralized_convert", owner="alice", requestid=2, amount="10.000 HIVE")
        self.produce()

    def _market(self) -> None:
        for owner, number, offer, receive in (
            ("alice", 1, "10.000 HIVE", "2.500 HBD"),
            ("alice", 2, "1.000 HIVE", "0.500 HBD"),
            ("bob", 1, "1.000 HBD", "4.000 HIVE"),
            ("bob", 2, "2.000 HBD", "10.000 HIVE"),
        ):
            sold = {"amount_to_sell": offer, "min_to_receive": receive, "fill_or_kill": False}
            self.send(owner, "limit_order_create", owner=owner, orderid=number, expiration=self.later(HOUR), **sold)
            self.produce()

    def _stake(self) -> None:
        lent = {"delegator": "alice", "delegatee": "bob"}
        self.send("alice", "delegate_vesting_shares", **lent, vesting_shares="5000.000000 VESTS")
        self.produce()
        self.send("alice", "delegate_vesting_shares", **lent, vesting_shares="2000.000000 VESTS")
        route = {"from_account": "alice", "to_account": "bob", "percent": 2_500, "auto_vest": False}
        self.send("alice", "set_withdraw_vesting_route", **route)
        self.send("alice", "withdraw_vesting", account="alice", vesting_shares="1300.000000 VESTS")
        content = {"from": "alice", "delegatees": ["carol"], "max_rc": 5_000_000_000, "extensions": []}
        self.says("alice", "rc", ["delegate_rc", content])

    def _proposals(self) -> None:
        self.send(
            "alice",
            "create_proposal",
            creator="alice",
            receiver="alice",
            start_date=self.later(0),
            end_date=self.later(10 * DAY),
            daily_pay="24.000 HBD",
            subject="Count the bees",
            permlink="hello",
            extensions=[],
        )
        self.produce()
        vote = {"voter": "bob", "proposal_ids": [0], "approve": True, "extensions": []}
        self.send("bob", "update_proposal_votes", **vote)
        self.produce()
