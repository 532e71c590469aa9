"""A small world whose people follow each other, reblog, and meet in communities.

    society = Society("alice", "bob")
    society.follow("alice", "bob")
    society.community("hive-133333", "mod")

Everything is sent as operations, and the rows for readers are derived after each of them, as a block's are.
"""

import json
from typing import Any

from chain.events import VirtualOperation
from chain.operation import Operation
from chain.operations import Comment
from chain.readers import note_operations
from chain.rows import Notification
from chain.social.ties import process_list_resets
from chain.table import PREFIX_BYTES
from tests.helpers.world import World


class Society(World):
    def __init__(self, *people: str) -> None:
        super().__init__()
        for name in ("alice", "bob", "carol", *people):
            self.account(name)

    def apply(self, operation: Operation) -> list[VirtualOperation]:
        return self.block(operation)

    def block(self, *operations: Operation) -> list[VirtualOperation]:
        """Several operations before the rows for readers are derived."""
        self.state.begin_transaction(bytes(20), 0)
        self.state.applied = []
        for operation in operations:
            operation.validate(self.state.params)
            if isinstance(operation, Comment):
                self._forget_haste(operation.author)
            with self.state.savepoint():
                self.state.note(operation)
                operation.apply(self.state)
        self.derive()
        return self.events()

    def derive(self) -> None:
        """The rows for readers. Here no block is committed, after which appended ones would be seen."""
        note_operations(self.state, self.state.applied)
        tables = {table.prefix: table for table in self.store.tables}
        appended, self.store.layers[-1].appended = self.store.layers[-1].appended, []
        for db_key, data in appended:
            assert data is not None
            table = tables[db_key[:PREFIX_BYTES]]
            table.insert(table.unpack(data), is_new=True)

    def end_block(self) -> None:
        process_list_resets(self.state)

    # verbs

    def _forget_haste(self, author: str) -> None:
        """Here everybody may write as often as he likes."""
        account = self.state.accounts.edit(author)
        account.last_root_post = account.last_post = account.last_post_edit = 0

    def says(self, actor: str, id_: str, action: Any, members: Any) -> None:
        self.sends(actor, id_, json.dumps([action, members]))

    def sends(self, actor: str, id_: str, text: str) -> None:
        self.do("custom_json", required_auths=(), required_posting_auths=(actor,), id=id_, json=text)

    def lists(self, actor: str, target: Any, *what: Any) -> None:
        self.says(actor, "follow", "follow", {"follower": actor, "following": target, "what": list(what)})

    def follow(self, actor: str, target: Any) -> None:
        self.lists(actor, target, "blog")

    def mute(self, actor: str, target: Any) -> None:
        self.lists(actor, target, "ignore")

    def reblog(self, actor: str, author: str, permlink: str, **more: Any) -> None:
        self.says(actor, "reblog", "reblog", {"account": actor, "author": author, "permlink": permlink} | more)

    def community(self, name: str = "hive-133333", *moderators: str) -> str:
        """A new community with a team."""
        self.account("creator" + name[-6:], hive="3.000 HIVE")
        self.create_account("creator" + name[-6:], name)
        for moderator in moderators:
            self.acts(name, name, "setRole", account=moderator, role="mod")
        return name

    def acts(self, actor: str, community: str, action: str, **members: Any) -> None:
        self.says(actor, "community", action, {"community": community} | members)

    # what came of it

    def notifications(self, account: str) -> list[Notification]:
        return list(self.state.notifications.scan(account))

    def last(self, account: str) -> Notification:
        return self.notifications(account)[-1]

    def refusal(self, account: str) -> str:
        """What the social state has last refused somebody."""
        errors = [row.payload for row in self.notifications(account) if row.kind == 10]
        return errors[-1] if errors else ""
