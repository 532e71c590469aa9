"""The first days of a newcomer, as every client on PyPI lives them: what day.mjs is for those on npm, flow by flow.

What is done and what must come of it stands here, once; how a library does it stands in its own script, in a subclass of `Library`.
Keys are told as text, amounts as on the chain, an operation by its name and its fields in Hive's legacy JSON.
"""

import json
import os
import sys
import threading
import time
import traceback
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

DEVNET = json.loads(os.environ["SKALD_DEVNET"])
WEEK_SECONDS = 7 * 86_400  # after which a post is paid
PATIENCE_SECONDS = 20
BODY = "Grüße aus dem Norden, \U0001f40b. " + "A first post has something to tell. " * 20
ROLES = ("owner", "active", "posting", "memo")

Row = dict[str, Any]
Operation = tuple[str, Row]


class Library(ABC):
    """What a library can do, in its own way."""

    absent: ClassVar[dict[str, str]] = {}  # flow → why the library has no such thing

    @abstractmethod
    def login(self, name: str, role: str, password: str) -> str:
        """The private key of somebody with a master password."""

    @abstractmethod
    def public_text(self, secret: str) -> str: ...

    @abstractmethod
    def send(self, kind: str, fields: Row, secret: str) -> str:
        """Sign and broadcast one operation; the transaction's id."""

    @abstractmethod
    def connect(self) -> str:
        """The chain id, as the node tells it."""

    @abstractmethod
    def globals(self) -> Row: ...

    @abstractmethod
    def accounts(self, names: list[str]) -> list[Row]:
        """Rows with amounts as text; of nobody there is none."""

    @abstractmethod
    def post(self, author: str, permlink: str) -> Row:
        """With author, title, body and children."""

    @abstractmethod
    def votes(self, author: str, permlink: str) -> dict[str, int]:
        """Percent by voter, in hundredths."""

    @abstractmethod
    def following(self, name: str) -> list[str]: ...

    @abstractmethod
    def proposal_voters(self, id: int) -> list[str]: ...

    @abstractmethod
    def history(self, name: str) -> list[tuple[int, Row]]:
        """Numbers and entries with trx_id, block, kind and memo, oldest first."""

    @abstractmethod
    def block(self, number: int) -> Row:
        """With block_id, previous and transaction_ids."""

    @abstractmethod
    def stream(self) -> Iterator[Operation]:
        """Operations from now on, without end."""

    @abstractmethod
    def discussions(self, tag: str) -> list[tuple[str, str]]:
        """Author and permlink of the newest posts under a tag."""

    @abstractmethod
    def replies(self, author: str, permlink: str) -> list[str]:
        """The permlinks of the replies to a post."""


def live(library: Library) -> None:
    out = sys.stdout
    sys.stdout = sys.stderr  # libraries print what they please
    for flow, run in Day(library).flows().items():
        print(json.dumps(outcome(flow, run, library.absent.get(flow))), file=out, flush=True)
    os._exit(0)  # whatever a library still waits for


def outcome(flow: str, run: Callable[[], list[str]], absent: str | None) -> Row:
    if absent:
        return {"flow": flow, "absent": absent}
    try:
        return {"flow": flow, "passed": True, "transactions": run()}
    except Exception:  # noqa: BLE001  whatever a library throws is how its flow went
        return {"flow": flow, "error": traceback.format_exc()}


def ask(method: str, params: Any = ()) -> Any:
    """Past the library: what a test has to know. The time of a devnet is its operator's."""
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
    url, headers = DEVNET["url"], {}
    if method.startswith("devnet_api."):
        url, headers = DEVNET["operator"]["url"], {"Authorization": f"Bearer {DEVNET['operator']['secret']}"}
    request = urllib.request.Request(url, body, headers)
    reply = json.loads(urllib.request.urlopen(request).read())
    if "error" in reply:
        raise RuntimeError(f"{method}: {reply['error']['message']}")
    return reply["result"]


def units(amount: str) -> int:
    return int(amount.split(" ", maxsplit=1)[0].replace(".", ""))


def text(units: int, symbol: str) -> str:
    digits = 6 if symbol == "VESTS" else 3
    padded = str(units).rjust(digits + 1, "0")
    return f"{padded[:-digits]}.{padded[-digits:]} {symbol}"


def until(what: str, find: Callable[[], Any]) -> Any:
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        if found := find():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited in vain for {what}")


class Day:
    def __init__(self, library: Library) -> None:
        self.library = library
        self.me = DEVNET["newcomer"]
        self.permlink = f"{self.me}-post"
        self.init_key = DEVNET["initKey"]
        self.keys = {role: library.login(self.me, role, DEVNET["password"]) for role in ROLES}
        self.payment = ""
        self.payment_block = 0

    def flows(self) -> dict[str, Callable[[], list[str]]]:
        """The order matters: rewards are claimed of what was posted, and history tells all of it."""
        return {
            "connect": self.connect,
            "globals": self.globals,
            "accounts": self.accounts,
            "create an account": self.create,
            "transfer": self.transfer,
            "power up": self.power_up,
            "post": self.post,
            "comment": self.comment,
            "vote": self.vote,
            "follow": self.follow,
            "power down": self.power_down,
            "witness vote": self.witness_vote,
            "proposal vote": self.proposal_vote,
            "claim": self.claim,
            "history": self.history,
            "blocks": self.blocks,
            "streaming": self.streaming,
            "discussions": self.discussions,
        }

    def account(self, name: str = "") -> Row:
        return self.library.accounts([name or self.me])[0]

    def send(self, kind: str, fields: Row, secret: str) -> str:
        """Broadcast, and wait until a block holds it under the id that the library made."""
        id = self.library.send(kind, fields, secret)
        assert len(bytes.fromhex(id)) == 20
        find = {"transaction_id": id}
        until(
            f"the {kind} {id} in a block",
            lambda: ask("transaction_status_api.find_transaction", find)["status"].endswith("_block"),
        )
        return id

    def connect(self) -> list[str]:
        assert self.library.connect() == DEVNET["chainId"]
        return []

    def globals(self) -> list[str]:
        seen, known = self.library.globals(), ask("condenser_api.get_dynamic_global_properties")
        assert seen["last_irreversible_block_num"] <= seen["head_block_number"]
        assert known["head_block_number"] - seen["head_block_number"] < 20
        assert int(seen["head_block_id"][:8], 16) == seen["head_block_number"]
        return []

    def accounts(self) -> list[str]:
        (row,) = self.library.accounts(["initminer", "nobody-at-all"])
        (known,) = ask("condenser_api.get_accounts", [["initminer"]])
        assert (row["name"], row["balance"], row["hbd_balance"]) == (
            "initminer",
            known["balance"],
            known["hbd_balance"],
        )
        assert row["active"]["key_auths"][0][0] == self.library.public_text(self.init_key)
        return []

    def create(self) -> list[str]:
        fee = ask("condenser_api.get_chain_properties")["account_creation_fee"]
        keys = {role: self.library.public_text(key) for role, key in self.keys.items()}
        authorities = {
            role: {"weight_threshold": 1, "account_auths": [], "key_auths": [[keys[role], 1]]}
            for role in ("owner", "active", "posting")
        }
        fields = {"fee": fee, "creator": "initminer", "new_account_name": self.me, **authorities}
        before = self.account("initminer")
        id = self.send("account_create", {**fields, "memo_key": keys["memo"], "json_metadata": ""}, self.init_key)
        row = self.account()
        for role in authorities:
            assert [[key, int(weight)] for key, weight in row[role]["key_auths"]] == [[keys[role], 1]]
        assert row["memo_key"] == keys["memo"]
        assert units(before["balance"]) - units(self.account("initminer")["balance"]) == units(fee)
        return [id]

    def transfer(self) -> list[str]:
        gift = {"from": "initminer", "to": self.me, "amount": "100.000 HIVE", "memo": ""}
        dollars = {**gift, "amount": "5.000 HBD"}
        ids = [self.send("transfer", gift, self.init_key), self.send("transfer", dollars, self.init_key)]
        before = self.account("alice")
        payment = {"from": self.me, "to": "alice", "amount": "1.234 HIVE", "memo": "für alice \U0001f40b"}
        self.payment = self.send("transfer", payment, self.keys["active"])
        mine = self.account()
        assert (mine["balance"], mine["hbd_balance"]) == ("98.766 HIVE", "5.000 HBD")
        assert units(self.account("alice")["balance"]) - units(before["balance"]) == 1234
        return [*ids, self.payment]

    def power_up(self) -> list[str]:
        before = self.account()
        fields = {"from": self.me, "to": self.me, "amount": "60.000 HIVE"}
        id = self.send("transfer_to_vesting", fields, self.keys["active"])
        after = self.account()
        assert units(before["balance"]) - units(after["balance"]) == 60_000
        assert units(after["vesting_shares"]) > units(before["vesting_shares"])
        return [id]

    def post(self) -> list[str]:
        fields = {
            "parent_author": "",
            "parent_permlink": "clients",
            "author": self.me,
            "permlink": self.permlink,
            "title": "Grüße",
            "body": BODY,
            "json_metadata": json.dumps({"tags": ["clients", "first"], "app": "skald-tests"}),
        }
        id = self.send("comment", fields, self.keys["posting"])
        found = self.library.post(self.me, self.permlink)
        assert (found["author"], found["title"], found["body"]) == (self.me, fields["title"], BODY)
        return [id]

    def comment(self) -> list[str]:
        fields = {
            "parent_author": self.me,
            "parent_permlink": self.permlink,
            "author": "initminer",
            "permlink": f"re-{self.permlink}",
            "title": "",
            "body": "Welcome!",
            "json_metadata": "{}",
        }
        id = self.send("comment", fields, self.init_key)
        assert self.library.post(self.me, self.permlink)["children"] == 1
        return [id]

    def vote(self) -> list[str]:
        place = {"author": self.me, "permlink": self.permlink}
        id = self.send("vote", {"voter": "initminer", **place, "weight": 10_000}, self.init_key)
        mine = self.send("vote", {"voter": self.me, **place, "weight": 2_500}, self.keys["posting"])
        assert self.library.votes(self.me, self.permlink) == {"initminer": 10_000, self.me: 2_500}
        return [id, mine]

    def follow(self) -> list[str]:
        said = json.dumps(["follow", {"follower": self.me, "following": "alice", "what": ["blog"]}])
        fields = {"required_auths": [], "required_posting_auths": [self.me], "id": "follow", "json": said}
        id = self.send("custom_json", fields, self.keys["posting"])
        assert self.library.following(self.me) == ["alice"]
        return [id]

    def power_down(self) -> list[str]:
        half = units(self.account()["vesting_shares"]) // 2
        fields = {"account": self.me, "vesting_shares": text(half, "VESTS")}
        id = self.send("withdraw_vesting", fields, self.keys["active"])
        assert int(self.account()["to_withdraw"]) == half
        return [id]

    def witness_vote(self) -> list[str]:
        fields = {"account": self.me, "witness": "witness-1", "approve": True}
        id = self.send("account_witness_vote", fields, self.keys["active"])
        assert self.account()["witnesses_voted_for"] == 1
        return [id]

    def proposal_vote(self) -> list[str]:
        fields = {"voter": self.me, "proposal_ids": [DEVNET["proposal"]], "approve": True, "extensions": []}
        id = self.send("update_proposal_votes", fields, self.keys["active"])
        assert self.me in self.library.proposal_voters(DEVNET["proposal"])
        return [id]

    def claim(self) -> list[str]:
        ask("devnet_api.advance", {"seconds": WEEK_SECONDS})
        before = self.account()
        rewards = {
            "reward_hive": before["reward_hive_balance"],
            "reward_hbd": before["reward_hbd_balance"],
            "reward_vests": before["reward_vesting_balance"],
        }
        assert units(rewards["reward_hbd"]) > 0, "the post was not paid"
        assert units(rewards["reward_vests"]) > 0, "the post was not paid"
        id = self.send("claim_reward_balance", {"account": self.me, **rewards}, self.keys["posting"])
        after = self.account()
        assert units(after["hbd_balance"]) - units(before["hbd_balance"]) == units(rewards["reward_hbd"])
        assert units(after["reward_hbd_balance"]) == units(after["reward_vesting_balance"]) == 0
        return [id]

    def history(self) -> list[str]:
        entries = self.library.history(self.me)
        numbers = [number for number, _ in entries]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        (paid,) = [entry for _, entry in entries if entry["trx_id"] == self.payment]
        assert (paid["kind"], paid["memo"]) == ("transfer", "für alice \U0001f40b")
        self.payment_block = paid["block"]
        return []

    def blocks(self) -> list[str]:
        block = self.library.block(self.payment_block)
        assert self.payment in block["transaction_ids"]
        assert self.library.block(self.payment_block + 1)["previous"] == block["block_id"]
        return []

    def streaming(self) -> list[str]:
        memo, seen = "seen on the stream", threading.Event()

        def watch() -> None:
            for kind, fields in self.library.stream():
                if kind == "transfer" and fields["memo"] == memo and fields["from"] == self.me:
                    seen.set()
                    return

        threading.Thread(target=watch, daemon=True).start()
        time.sleep(0.5)  # it has to know a head to begin at
        fields = {"from": self.me, "to": "alice", "amount": "0.001 HIVE", "memo": memo}
        id = self.send("transfer", fields, self.keys["active"])
        assert seen.wait(PATIENCE_SECONDS)
        return [id]

    def discussions(self) -> list[str]:
        assert (self.me, self.permlink) in self.library.discussions("clients")
        assert self.library.replies(self.me, self.permlink) == [f"re-{self.permlink}"]
        return []
