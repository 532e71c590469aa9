"""Follows, reblogs, communities and what is read: things that are said in JSON, sensible or not."""

import json
from typing import Any

from chain.operation import Operation
from chain.operations import AccountCreate, Comment, CustomJson
from chain.social.dispatch import ACTIONS
from chain.social.follow import CHANGES, RESETS
from chain.social.roles import ROLES
from tests.property.intents import Intents, Wants

COMMUNITIES_MAX = 5


def _says(actor: str, id_: str, action: str, members: Any) -> Operation:
    return CustomJson((), (actor,), id_, json.dumps([action, members]))


def follow(people: Intents) -> Operation:
    actor = people.somebody()
    names = [people.somebody() for _ in range(people.mostly(1, 1, 5, bad=(0,)))]
    word = (
        people.chance.choice(("blog", "blog", "ignore", *CHANGES))
        if people.often(0.95)
        else people.mostly(*RESETS, bad=(7,))
    )
    follower = people.mostly(actor, bad=("somebody-else",))
    members = {"follower": follower, "following": names[0] if len(names) == 1 else names, "what": [word]}
    return _says(actor, "follow", "follow", members)


def reblog(people: Intents) -> Operation:
    actor = people.somebody()
    author, permlink = people.place()
    members = {"account": actor, "author": author, "permlink": permlink}
    if people.often(0.2):
        members["delete"] = "delete"
    return _says(actor, people.mostly("reblog", "follow", bad=("notify",)), "reblog", members)


def found_community(people: Intents) -> Operation:
    """A few, and then the same names again."""
    number = 1_000 + people.chance.randrange(COMMUNITIES_MAX)
    name = f"hive-{1 + number % 3}{number}"
    return AccountCreate(
        people.fee(), people.somebody(), name, *people.authorities(), people.keyring.new(), people.json()
    )


def community_post(people: Intents) -> Operation:
    people.named += 1
    return Comment(
        "", _community(people), people.somebody(), f"post-{people.named}", "", f"for @{people.somebody()}", ""
    )


def community(people: Intents) -> Operation:
    """By somebody of the team, mostly."""
    name = _community(people)
    team = [row.account for row in people.chain.state.community_roles.scan(name)]
    actor = people.chance.choice(team) if team and people.often(0.7) else people.somebody()
    posts = [(row.author, row.permlink) for row in people.chain.state.community_posts.scan(name)]
    author, permlink = people.chance.choice(posts) if posts and people.often(0.7) else people.place()
    action = people.chance.choice((*ACTIONS, "setRole", "subscribe"))
    values = {
        "account": author if "Post" in action else people.somebody(),
        "permlink": permlink,
        "role": people.mostly(*ROLES, bad=("king",)),
        "title": people.mostly("Reporter", "", bad=("x" * 33,)),
        "notes": people.mostly("off topic", bad=("",)),
        "props": people.mostly(
            {"title": "A community", "type_id": people.chance.randrange(1, 4)}, bad=({}, {"colour": 1})
        ),
    }
    members = {"community": name} | {member: values[member] for member in ACTIONS[action][0]}
    if people.often(0.03):
        members["more"] = "too much"
    return _says(actor, "community", action, members)


def _community(people: Intents) -> str:
    names = [row.name for row in people.chain.state.communities.scan()]
    return people.chance.choice(names) if names and people.often(0.97) else "hive-100000"


def notify(people: Intents) -> Operation:
    date = people.mostly("2026-01-01T00:00:00", "2100-01-01T00:00:00", bad=("soon", None))
    return _says(people.somebody(), "notify", "setLastRead", {"date": date})


WANTS: Wants = (
    (follow, 8),
    (reblog, 4),
    (found_community, 1),
    (community_post, 3),
    (community, 6),
    (notify, 1),
)
"""With how often each is drawn."""
