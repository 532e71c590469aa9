"""Things that are said in custom_json: the chain carries them, and nodes make follows and communities of them (protocol.md §5.6).

The chain takes whatever is said. Whether it had an effect stands among the actor's notifications, so a command looks there.
"""

import json
from typing import Any

from cli.broadcast import Sender
from cli.client import Client, NodeRefused
from cli.output import Failure

LOOKED_AT = 20  # notifications: what was said just now stands near the top


def say(sender: Sender, what: str, *, actor: str, id: str, action: str, members: dict[str, Any]) -> dict[str, Any]:
    """Send it with the actor's posting authority. Raises Failure where a block holds it and it was refused all the same."""
    newest = max((int(row["id"]) for row in told(sender.client, actor)), default=0)
    text = json.dumps([action, members], ensure_ascii=False)
    fields = {"required_auths": [], "required_posting_auths": [actor], "id": id, "json": text}
    answer = sender.send(what, ("custom_json", fields))
    if "block_num" in answer:
        for row in told(sender.client, actor):
            if row["type"] == "error" and int(row["id"]) > newest:
                raise Failure(
                    f"A block holds it, but it had no effect: {row['msg'].removeprefix('error: ')}.",
                    f"`skald notifications list {actor}` shows what {actor} was told.",
                )
    return answer


def told(client: Client, account: str) -> list[dict[str, Any]]:
    """The newest notifications; none from a node that does not keep any."""
    params = {"account": account, "min_score": 0, "limit": LOOKED_AT}
    try:
        found: list[dict[str, Any]] = client.call("bridge.account_notifications", params)
    except NodeRefused:
        return []
    return found
