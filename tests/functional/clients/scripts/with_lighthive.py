"""lighthive speaks JSON-RPC as it is, and lets the node pack what it signs."""

from collections.abc import Iterator
from typing import Any

from day import DEVNET, Library, Operation, Row, live
from lighthive.broadcast.key_objects import PasswordKey, PrivateKey
from lighthive.client import Client
from lighthive.datastructures import Operation as Outgoing
from lighthive.helpers.account import Account
from lighthive.helpers.event_listener import EventListener

CHAIN = {"chain_id": DEVNET["chainId"], "prefix": DEVNET["prefix"]}


def client_with(*keys: str) -> Client:
    return Client(nodes=[DEVNET["url"]], keys=list(keys), chain=CHAIN)


class Lighthive(Library):
    def __init__(self) -> None:
        self.client = client_with()

    def login(self, name: str, role: str, password: str) -> str:
        return str(PasswordKey(name, password, role).get_private_key())

    def public_text(self, secret: str) -> str:
        return format(PrivateKey(secret).pubkey, DEVNET["prefix"])

    def send(self, kind: str, fields: Row, secret: str) -> str:
        return str(client_with(secret).broadcast_sync(Outgoing(kind, fields))["id"])

    def connect(self) -> str:
        return str(client_with()("database_api").get_config()["HIVE_CHAIN_ID"])

    def globals(self) -> Row:
        return dict(self.client.get_dynamic_global_properties())

    def accounts(self, names: list[str]) -> list[Row]:
        return list(self.client.get_accounts(names))

    def post(self, author: str, permlink: str) -> Row:
        return dict(self.client.get_content(author, permlink))

    def votes(self, author: str, permlink: str) -> dict[str, int]:
        return {row["voter"]: int(row["percent"]) for row in self.client.get_active_votes(author, permlink)}

    def following(self, name: str) -> list[str]:
        return list(Account(self.client, name).following())

    def proposal_voters(self, id: int) -> list[str]:
        rows = self.client.list_proposal_votes([id], 100, "by_proposal_voter", "ascending", "all")
        return [row["voter"] for row in rows]

    def history(self, name: str) -> list[tuple[int, Row]]:
        return [(number, entry_of(entry)) for number, entry in self.client.get_account_history(name, -1, 100)]

    def block(self, number: int) -> Row:
        return dict(self.client.get_block(number))

    def stream(self) -> Iterator[Operation]:
        for entry in EventListener(client_with()).on(["transfer"]):
            yield entry["op"][0], entry["op"][1]

    def discussions(self, tag: str) -> list[tuple[str, str]]:
        rows = self.client.get_discussions_by_created({"tag": tag, "limit": 20})
        return [(row["author"], row["permlink"]) for row in rows]

    def replies(self, author: str, permlink: str) -> list[str]:
        return [row["permlink"] for row in self.client.get_content_replies(author, permlink)]


def entry_of(entry: Any) -> Row:
    kind, fields = entry["op"]
    return {"trx_id": entry["trx_id"], "block": entry["block"], "kind": kind, "memo": fields.get("memo")}


live(Lighthive())
