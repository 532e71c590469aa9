"""Fixture files: what they may say, what is refused and where, and what stands on the chain afterwards."""

import os
from pathlib import Path
from typing import Any

import pytest

from chain.chain import Chain
from chain.errors import InvalidInput
from chain.keys import PrivateKey, public_key_text
from chain.presets import Genesis, preset
from chain.views.bridge_posts import bridge_post
from node.config import Config, load
from node.data_directory import open_chain
from node.fixtures.model import FixtureRefused, InvalidFixtures, login_keys
from node.fixtures.reading import read_fixtures
from node.fixtures.staging import stage
from node.fixtures.story import tell_story
from tests.helpers.sources import PROJECT

NOW = 1_800_000_000
HIVE_DEVNET = preset("hive-devnet")
PEOPLE = ("initminer", "alice", "bob")

VILLAGE = """
password = "a village"

[[accounts]]
name = "nora"
profile = { name = "Nora", about = "Seeds." }
follows = ["alice", "omar"]
mutes = ["bob"]

[[accounts]]
name = "omar"
hive = "5.000 HIVE"
hbd = "0.500 HBD"
power = "20000.000 HIVE"

[[accounts]]
name = "stone"
profile = { name = "Stone" }
keys = { owner = "KEY", active = "KEY", posting = "KEY", memo = "KEY" }

[[accounts]]
name = "alice"
profile = { name = "Alice" }

[[communities]]
name = "hive-111111"
title = "The Garden"
is_nsfw = false
roles = { nora = "admin", omar = "mod", stone = "guest" }
titles = { nora = "Head gardener" }
subscribers = ["nora", "omar", "alice"]

[[posts]]
author = "nora"
title = "Seeds of spring!"
body = "First."
community = "hive-111111"
tags = ["garden"]
ago = "8d 2h"
votes = { omar = 100, alice = 50 }
reblogs = ["alice", "omar"]
pinned = true
  [[posts.replies]]
  author = "omar"
  body = "Well said."
  votes = { nora = 100 }
    [[posts.replies.replies]]
    author = "nora"
    body = "Thank you."
    ago = "1h"

[[posts]]
author = "omar"
title = "Buy!"
body = "Cheap."
community = "hive-111111"
ago = "2d"
votes = { nora = -100 }
muted = "no advertisements"
declines_payout = true
beneficiaries = { stone = 10, alice = 5 }

[[posts]]
author = "bob"
title = "…"
body = "What I think."
tags = ["thoughts"]
permlink = "dots"
ago = "10s"
""".replace("KEY", public_key_text(PrivateKey.from_seed("stone").public_key))


def settings(data_dir: Path, genesis: Genesis) -> Config:
    lines = [PrivateKey.from_login(f"witness-{number}", "witness", "skald-devnet").text for number in range(1, 7)]
    keys = data_dir.with_name(f"{data_dir.name}.keys")
    keys.touch(mode=0o600)
    keys.write_text("\n".join([PrivateKey.from_seed("init_key").text, *lines]))
    wishes = {
        "data_dir": data_dir,
        "chain_preset": genesis.params.name,
        "witness_names": tuple(witness.name for witness in genesis.witnesses),
        "witness_keys_file": keys,
        "witness_stale_production": True,
        "witness_participation_percent_min": 0,
    }
    return load(wishes)


def put_on_stage(text: str, data_dir: Path, genesis: Genesis = HIVE_DEVNET) -> Chain:
    """The chain that begins with a fixture file."""
    first = {name: login_keys(name, "skald-devnet") for name in PEOPLE}
    first["initminer"] = dict.fromkeys(first["initminer"], PrivateKey.from_seed("init_key"))
    fixtures = read_fixtures(text, "village.toml", genesis, first)
    config = settings(data_dir, genesis)
    done: list[int] = []
    story = tell_story(fixtures, genesis, NOW)
    stage(config, story, {**first, **dict(fixtures.private_keys())}, done.append)
    assert done == list(range(1, len(story.deeds) + 1))
    return open_chain(config, genesis)


@pytest.fixture(autouse=True)
def disk_in_no_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of syncs, of which a test needs none."""
    monkeypatch.setattr(os, "fdatasync", lambda _descriptor: None)


@pytest.fixture(scope="module")
def village(tmp_path_factory: pytest.TempPathFactory) -> Any:
    chain = put_on_stage(VILLAGE, tmp_path_factory.mktemp("village") / "data")
    yield chain
    chain.close()


def shown(chain: Chain, author: str, permlink: str) -> dict[str, Any]:
    return bridge_post(chain.state, author, permlink)


# --- what stands on the chain


def test_people_own_what_the_file_says_and_what_it_leaves_out_has_a_default(village: Chain) -> None:
    nora, omar = village.state.accounts.get("nora"), village.state.accounts.get("omar")
    assert (nora.balance, nora.hbd_balance) == (100_000, 10_000)
    assert (omar.balance, omar.hbd_balance) == (5_000, 500)
    assert omar.vesting_shares > 10 * nora.vesting_shares > 0


def test_keys_follow_from_the_file_s_password_or_are_those_given(village: Chain) -> None:
    keys = village.state.account_keys.get("nora")
    assert keys.posting.keys == (PrivateKey.from_login("nora", "posting", "a village").public_key,)
    assert village.state.account_keys.get("stone").owner.keys == (PrivateKey.from_seed("stone").public_key,)


def test_a_post_is_as_old_as_it_should_be_and_its_votes_came_after_it(village: Chain) -> None:
    post = shown(village, "nora", "seeds-of-spring")
    assert post["created"] == "2027-01-07T06:00:00"  # eight days and two hours before the present
    assert post["community"] == "hive-111111"
    assert post["stats"]["is_pinned"] is True
    assert post["is_paidout"] is True
    assert {vote["voter"] for vote in post["active_votes"]} == {"alice", "omar"}
    assert shown(village, "bob", "dots")["category"] == "thoughts"


def test_replies_stand_below_what_they_answer(village: Chain) -> None:
    post = shown(village, "nora", "seeds-of-spring")
    assert post["children"] == 2
    first, second = shown(village, "omar", "re-nora-1"), shown(village, "nora", "re-omar-2")
    assert (first["parent_author"], second["parent_author"]) == ("nora", "omar")
    assert post["created"] < first["created"] < second["created"]


def test_a_muted_post_says_why_and_options_are_set(village: Chain) -> None:
    post = shown(village, "omar", "buy")
    assert post["stats"]["gray"] is True
    assert post["max_accepted_payout"] == "0.000 HBD"
    assert post["beneficiaries"] == [{"account": "alice", "weight": 500}, {"account": "stone", "weight": 1000}]


def test_follows_roles_and_titles_are_there(village: Chain) -> None:
    state = village.state
    assert state.community_roles.get(("hive-111111", "nora")).title == "Head gardener"
    assert {(row.account) for row in state.subscriptions.scan("hive-111111")} == {"nora", "omar", "alice"}
    assert state.communities.get("hive-111111").title == "The Garden"


def test_the_chain_ends_in_the_present_and_all_of_it_is_final(village: Chain) -> None:
    assert 0 <= NOW - village.state.globals.time < 3
    assert village.head_num - village.irreversible_num <= 1


SMALL = """
[[accounts]]
name = "nora"
[[posts]]
author = "nora"
title = "Hello"
body = "World."
tags = ["a"]
ago = "1h"
votes = { nora = 100 }
"""


def test_the_same_file_at_the_same_time_gives_the_same_blocks(tmp_path: Path) -> None:
    ids = []
    for name in ("one", "two"):
        chain = put_on_stage(SMALL, tmp_path / name)
        ids.append((chain.head_num, chain.head_id, chain.digest))
        chain.close()
    assert ids[0] == ids[1]


def test_the_plain_devnet_can_be_furnished_too(tmp_path: Path) -> None:
    chain = put_on_stage(SMALL, tmp_path / "plain", preset("devnet"))
    assert shown(chain, "nora", "hello")["is_paidout"] is True
    chain.close()


def test_the_example_in_the_docs_is_sound() -> None:
    page = (PROJECT / "docs" / "app-developers.md").read_text(encoding="utf-8")
    text = page.partition("```toml\n")[2].partition("```")[0]
    fixtures = read_fixtures(text, "village.toml", HIVE_DEVNET, PEOPLE)
    assert [len(part) for part in (fixtures.people, fixtures.communities, fixtures.posts)] == [4, 1, 3]
    assert len(tell_story(fixtures, HIVE_DEVNET, NOW).deeds) > 15


# --- what is refused


def read(text: str) -> None:
    read_fixtures(text, "village.toml", HIVE_DEVNET, PEOPLE)


POST = '[[posts]]\nauthor = "alice"\ntitle = "T"\nbody = "B"\ntags = ["a"]\nago = "2d"\n'
GARDEN = '[[communities]]\nname = "hive-111111"\n'
STONE = VILLAGE[VILLAGE.index('[[accounts]]\nname = "stone"') : VILLAGE.index('[[accounts]]\nname = "alice"')]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("accounts = [", "village.toml: is not TOML"),
        ("heroes = 1", "village.toml may not have a member heroes"),
        ('[[accounts]]\nname = "nora"\nage = 5', "village.toml.accounts[0] may not have a member age"),
        ('[[accounts]]\nname = "N"', "village.toml.accounts[0].name: "),
        ('[[accounts]]\nname = "nora"\n[[accounts]]\nname = "nora"', "village.toml.accounts[1]: nora is there twice"),
        ('[[accounts]]\nname = "nora"\nhive = "5 HBD"', "village.toml.accounts[0].hive: "),
        ('[[accounts]]\nname = "nora"\nhive = "5.000 HBD"', 'accounts[0].hive: is an amount such as "10.000 HIVE"'),
        ('[[accounts]]\nname = "nora"\nprofile = 5', "accounts[0].profile must be an object"),
        ('[[accounts]]\nname = "nora"\nfollows = ["omar"]', "accounts[0].follows: there is no account omar"),
        ('[[accounts]]\nname = "nora"\nkeys = { owner = "STM5" }', "village.toml.accounts[0].keys: "),
        (STONE + 'follows = ["bob"]', "nothing can be signed for stone: its private keys are not known"),
        ('[[communities]]\nname = "garden"', 'communities[0].name: "garden" is no name of a community'),
        (GARDEN + GARDEN, "communities[1]: hive-111111 is there twice"),
        (GARDEN + 'roles = { omar = "mod" }', "communities[0]: there is no account omar"),
        (GARDEN + 'subscribers = ["null"]', "communities[0].subscribers: nothing can be signed for null"),
        (POST.replace("alice", "omar"), "posts[0].author: there is no account omar"),
        (POST.replace("2d", "yesterday"), 'posts[0].ago: "yesterday" is no time'),
        (POST.replace("2d", "400d"), "posts[0].ago: is from one second to a year ago"),
        (POST.replace('"2d"', "2026-01-01"), 'posts[0].ago: times are told as how long ago, such as "2d 3h"'),
        (POST.replace('["a"]', "[]"), "posts[0].tags: the first tag is the category"),
        (POST.replace('tags = ["a"]\n', ""), "posts[0] lacks the member tags"),
        (POST.replace('tags = ["a"]', 'community = "hive-122222"'), "posts[0]: there is no community hive-122222"),
        (POST + "pinned = true", "posts[0]: only posts of a community are pinned or muted"),
        (POST + POST, "posts[1]: alice/t is there twice: give one of them a permlink"),
        (POST + "votes = { bob = 101 }", "posts[0].votes.bob must be from -100 to 100, not 101"),
        (POST + "votes = { bob = 0 }", "posts[0].votes.bob: 0 would be no vote"),
        (POST + "beneficiaries = { omar = 5 }", "posts[0].beneficiaries: there is no account omar"),
        (POST + '[[posts.replies]]\nauthor = "bob"\nbody = "B"\nago = "3d"', "replies[0].ago: a reply comes after"),
    ],
)
def test_invalid_file_is_refused_with_its_place(text: str, reason: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read(text)
    assert reason in str(caught.value)
    assert isinstance(caught.value, InvalidFixtures) or "village.toml" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (SMALL.replace("World.", ""), "village.toml.posts[0]: the chain refuses it: "),
        (SMALL + GARDEN + 'roles = { nora = "king" }', "communities[0].roles.nora: the chain refuses it: invalid role"),
    ],
)
def test_invalid_deed_is_refused_by_the_chain_and_told_with_its_place(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(FixtureRefused) as caught:
        put_on_stage(text, tmp_path / "data")
    assert reason in str(caught.value)
