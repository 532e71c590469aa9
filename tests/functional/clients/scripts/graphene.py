"""nectar and beem, which is its ancestor, have one interface under two names; what differs stands in their own scripts."""

import json
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from day import DEVNET, Library, Operation, Row

AMOUNTS = (
    "balance",
    "hbd_balance",
    "vesting_shares",
    "reward_hive_balance",
    "reward_hbd_balance",
    "reward_vesting_balance",
)


class GrapheneLibrary(Library):
    """`modules`: the library's account, blockchain, block, comment, discussions, account of its graphene base, and Hive."""

    def __init__(self, hive: Callable[..., Any], **modules: ModuleType) -> None:
        self.make_hive = hive
        self.modules = modules
        self.hive = self.hive_with()

    def hive_with(self, *keys: str) -> Any:
        return self.make_hive(node=[DEVNET["url"]], keys=list(keys))

    def account_of(self, name: str, hive: Any = None) -> Any:
        return self.modules["account"].Account(name, blockchain_instance=hive or self.hive)

    def comment_of(self, author: str, permlink: str) -> Any:
        return self.modules["comment"].Comment(f"@{author}/{permlink}", blockchain_instance=self.hive)

    def login(self, name: str, role: str, password: str) -> str:
        return str(self.modules["keys"].PasswordKey(name, password, role=role).get_private_key())

    def public_text(self, secret: str) -> str:
        return format(self.modules["keys"].PrivateKey(secret).pubkey, DEVNET["prefix"])

    # --- writing, by the library's own verbs

    def send(self, kind: str, fields: Row, secret: str) -> str:
        sent = getattr(self, f"do_{kind}")(self.hive_with(secret), fields)
        return str(sent["trx_id"])

    def do_account_create(self, hive: Any, fields: Row) -> Any:
        keys = {f"{role}_key": fields[role]["key_auths"][0][0] for role in ("owner", "active", "posting")}
        return hive.create_account(
            fields["new_account_name"],
            creator=fields["creator"],
            **keys,
            memo_key=fields["memo_key"],
            storekeys=False,
        )

    def do_transfer(self, hive: Any, fields: Row) -> Any:
        amount, symbol = fields["amount"].split()
        return self.account_of(fields["from"], hive).transfer(fields["to"], float(amount), symbol, memo=fields["memo"])

    def do_transfer_to_vesting(self, hive: Any, fields: Row) -> Any:
        return self.account_of(fields["from"], hive).transfer_to_vesting(fields["amount"], to=fields["to"])

    def do_comment(self, hive: Any, fields: Row) -> Any:
        parent = f"@{fields['parent_author']}/{fields['parent_permlink']}" if fields["parent_author"] else None
        metadata = json.loads(fields["json_metadata"])
        return hive.post(
            fields["title"],
            fields["body"],
            author=fields["author"],
            permlink=fields["permlink"],
            reply_identifier=parent,
            json_metadata=metadata,
            tags=metadata.get("tags"),
        )

    def do_vote(self, hive: Any, fields: Row) -> Any:
        place = f"@{fields['author']}/{fields['permlink']}"
        return hive.vote(fields["weight"] / 100, place, account=fields["voter"])

    def do_custom_json(self, hive: Any, fields: Row) -> Any:
        _, follow = json.loads(fields["json"])
        return self.account_of(follow["follower"], hive).follow(follow["following"], what=follow["what"])

    def do_withdraw_vesting(self, hive: Any, fields: Row) -> Any:
        return self.account_of(fields["account"], hive).withdraw_vesting(fields["vesting_shares"])

    def do_account_witness_vote(self, hive: Any, fields: Row) -> Any:
        return self.account_of(fields["account"], hive).approvewitness(fields["witness"])

    def do_update_proposal_votes(self, hive: Any, fields: Row) -> Any:
        return hive.update_proposal_votes(fields["proposal_ids"], fields["approve"], account=fields["voter"])

    def do_claim_reward_balance(self, hive: Any, fields: Row) -> Any:
        return self.account_of(fields["account"], hive).claim_reward_balance()

    # --- reading

    def connect(self) -> str:
        return str(self.hive.get_network()["chain_id"])

    def globals(self) -> Row:
        return dict(self.hive.get_dynamic_global_properties(use_stored_data=False))

    def accounts(self, names: list[str]) -> list[Row]:
        rows = []
        for name in names:
            try:
                account = self.account_of(name)
            except self.modules["exceptions"].AccountDoesNotExistsException:
                continue
            rows.append({**account, **{amount: str(account[amount]) for amount in AMOUNTS}})
        return rows

    def post(self, author: str, permlink: str) -> Row:
        comment = self.comment_of(author, permlink)
        return {name: comment[name] for name in ("author", "title", "body", "children")}

    def votes(self, author: str, permlink: str) -> dict[str, int]:
        votes = self.modules["vote"].ActiveVotes(f"@{author}/{permlink}", blockchain_instance=self.hive)
        return {vote["voter"]: int(vote["percent"]) for vote in votes}

    def following(self, name: str) -> list[str]:
        return list(self.account_of(name).get_following())

    def proposal_voters(self, id: int) -> list[str]:
        rows = self.hive.rpc.list_proposal_votes(
            {
                "start": [id],
                "limit": 100,
                "order": "by_proposal_voter",
                "order_direction": "ascending",
                "status": "all",
            },
            api="database_api",
        )
        return [row["voter"] for row in rows["proposal_votes"]]

    def history(self, name: str) -> list[tuple[int, Row]]:
        entries = self.account_of(name).history()
        return [(entry["index"], {**entry, "kind": entry["type"], "memo": entry.get("memo")}) for entry in entries]

    def block(self, number: int) -> Row:
        return dict(self.modules["block"].Block(number, blockchain_instance=self.hive))

    def stream(self) -> Iterator[Operation]:
        chain = self.modules["blockchain"].Blockchain(blockchain_instance=self.hive_with(), mode="head")
        for operation in chain.stream(opNames=["transfer"], raw_ops=False):
            yield operation["type"], operation

    def discussions(self, tag: str) -> list[tuple[str, str]]:
        query = self.modules["discussions"].Query(limit=20, tag=tag)
        found = self.modules["discussions"].Discussions_by_created(query, blockchain_instance=self.hive)
        return [(comment["author"], comment["permlink"]) for comment in found]

    def replies(self, author: str, permlink: str) -> list[str]:
        return [reply["permlink"] for reply in self.comment_of(author, permlink).get_replies()]
