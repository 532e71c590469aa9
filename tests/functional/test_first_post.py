"""README's first post, typed line by line against a devnet that really runs; every number recomputed by the accountant.

What the chain was before the payout is read from the node. From there the accountant goes on alone, block by block: the emission of
protocol.md §7, then the payout of §5.4 and §6 (tests/rewards/oracle.py). What the commands show afterwards, and what the accounts own
after the claims, must be his numbers to the last unit.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest

from cli.client import Client
from tests.functional.node_process import NodeProcess
from tests.functional.walkthrough import Shell, readme_lines
from tests.rewards import oracle

pytestmark = pytest.mark.functional

BLOCKS_PER_YEAR = 10_512_000  # protocol.md §7
TREASURY = "hive.fund"
FULL_SECONDS, HALF_SECONDS = 15, 45  # README: how long after the post a vote counts whole, and half, for its curator


def units(amount: Any) -> int:
    return int(str(amount).partition(" ")[0].replace(".", ""))


def seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).replace(tzinfo=UTC).timestamp())


@dataclass
class Money:
    """All of a chain's money that a payout depends on, in the smallest units."""

    block_num: int
    hive_supply: int
    lent_hbd: int  # all HBD but the treasury's
    vests: int
    vesting_hive: int
    pending_vests: int
    pending_hive: int
    fund: int
    claims: int
    median: tuple[int, int]  # (HBD, HIVE)
    print_rate: int

    @classmethod
    def read(cls, client: Client) -> "Money":
        """As it stands at the head, asked in one batch, so that no block comes between."""
        chain, fund, price, (treasury,) = client.batch(
            [
                ("condenser_api.get_dynamic_global_properties", []),
                ("condenser_api.get_reward_fund", ["post"]),
                ("condenser_api.get_current_median_history_price", []),
                ("condenser_api.get_accounts", [[TREASURY]]),
            ]
        )
        return cls(
            block_num=chain["head_block_number"],
            hive_supply=units(chain["current_supply"]),
            lent_hbd=units(chain["current_hbd_supply"]) - units(treasury["hbd_balance"]),
            vests=units(chain["total_vesting_shares"]),
            vesting_hive=units(chain["total_vesting_fund_hive"]),
            pending_vests=units(chain["pending_rewarded_vesting_shares"]),
            pending_hive=units(chain["pending_rewarded_vesting_hive"]),
            fund=units(fund["reward_balance"]),
            claims=int(fund["recent_claims"]),
            median=(units(price["base"]), units(price["quote"])),
            print_rate=chain["hbd_print_rate"],
        )

    def emit(self, producer_vests: int) -> None:
        """What a block adds (protocol.md §7). Its witness's pay in HIVE is what gives the VESTS that the block says."""
        self.block_num += 1
        rate = max(978 - self.block_num // 250_000, 95)
        base = int(self.lent_hbd / Fraction(*self.median)) + self.hive_supply
        new = base * rate // (10_000 * BLOCKS_PER_YEAR)
        content, vesting = new * 6_500 // 10_000, new * 1_500 // 10_000
        self.fund += content
        self.vesting_hive += vesting
        pay = -(-producer_vests * self.vesting_hive // self.vests)
        assert pay * self.vests // self.vesting_hive == producer_vests
        self.vesting_hive += pay
        self.vests += producer_vests
        self.hive_supply += content + vesting + pay

    def pay(self, post: oracle.Post) -> oracle.Settlement:
        """A payout in the block whose emission is booked. Nothing had been paid before, so there are no claims to fade."""
        assert self.claims == 0
        fund = oracle.Fund(self.fund, self.claims, full_until=FULL_SECONDS, half_until=HALF_SECONDS)
        prices = oracle.Prices(
            self.median,
            self.print_rate,
            self.vests,
            self.vesting_hive,
            self.pending_vests,
            self.pending_hive,
        )
        settled = oracle.settle(fund, prices, [post])
        self.fund, self.claims = settled.fund_hive, settled.recent_claims
        self.pending_vests, self.pending_hive = settled.pending_vests, settled.pending_hive
        self.hive_supply += settled.hive_supply_change
        self.lent_hbd += settled.hbd_supply_change
        return settled


def events_of(client: Client, block_num: int) -> list[Any]:
    return [entry["op"] for entry in client.call("condenser_api.get_ops_in_block", [block_num, False])]


def post_with_votes(client: Client, author: str, permlink: str) -> oracle.Post:
    """The post and its votes as the blocks hold them: who, how much and when; how strong, from the voters' power."""
    created = seconds(client.call("condenser_api.get_content", [author, permlink])["created"])
    head = client.call("condenser_api.get_dynamic_global_properties")["head_block_number"]
    blocks = client.batch([("condenser_api.get_block", [num]) for num in range(1, head + 1)])
    cast = [
        (operation, seconds(before["timestamp"]))  # an operation happens at the time of the block that it stands on
        for before, block in pairwise(blocks)
        for transaction in block["transactions"]
        for name, operation in transaction["operations"]
        if name == "vote" and (operation["author"], operation["permlink"]) == (author, permlink)
    ]
    rows = client.call("condenser_api.get_accounts", [[operation["voter"] for operation, _ in cast]])
    voters = {row["name"]: row for row in rows}
    votes = [
        oracle.Vote(
            operation["voter"],
            voters[operation["voter"]]["id"],
            oracle.strength(units(voters[operation["voter"]]["vesting_shares"]), operation["weight"], 1, fade=1),
            at - created,
        )
        for operation, at in cast
    ]
    shown = client.call("condenser_api.get_active_votes", [author, permlink])
    assert {vote.voter: vote.rshares for vote in votes} == {row["voter"]: int(row["rshares"]) for row in shown}
    assert {vote.voter: vote.age for vote in votes} == {row["voter"]: seconds(row["time"]) - created for row in shown}
    return oracle.Post(author, votes)


@dataclass
class Story:
    """What happened: the chain before and after the payout, the accounts, and what each line of README printed."""

    place: str
    before: Money
    after: Money
    post: oracle.Post
    owned_before: dict[str, Any]
    owned_after: dict[str, Any]
    printed: dict[str, str]
    payout: dict[str, Any]
    events: dict[int, list[Any]]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """README's lines, with a look at the chain before and after the last jump of time, in which the post is paid."""
    folder = tmp_path_factory.mktemp("first-post")
    node = NodeProcess(folder / "devnet")
    node.start()
    try:
        url = f"http://127.0.0.1:{node.port}"
        with Client(url) as client:
            yield walk(client, Shell(folder / "home", url))
    finally:
        node.stop()


def walk(client: Client, shell: Shell) -> Story:
    lines = readme_lines()
    place = next(match[1] for line in lines if (match := re.search(r"show payouts (\S+/\S+)", line)))
    author, permlink = place.split("/")
    payday = max(number for number, line in enumerate(lines) if line.startswith("skald devnet advance"))
    printed = {line: shell.run(line) for line in lines[:payday]}

    post = post_with_votes(client, author, permlink)
    names = sorted({author, *(vote.voter for vote in post.votes)})
    owned_before = accounts(client, names)
    before = Money.read(client)
    assert client.call("condenser_api.get_content", [author, permlink])["last_payout"].startswith(("1969", "1970"))
    printed[lines[payday]] = shell.run(lines[payday])
    after = Money.read(client)

    printed |= {line: shell.run(line) for line in lines[payday + 1 :]}
    return Story(
        place=place,
        before=before,
        after=after,
        post=post,
        owned_before=owned_before,
        owned_after=accounts(client, names),
        printed=printed,
        payout=json.loads(shell.run(f"skald show payouts {place} --json")),
        events={num: events_of(client, num) for num in range(before.block_num + 1, after.block_num + 1)},
    )


def accounts(client: Client, names: list[str]) -> dict[str, Any]:
    return {row["name"]: row for row in client.call("condenser_api.get_accounts", [names])}


@pytest.fixture(scope="module")
def settled(story: Story) -> oracle.Settlement:
    """The payout as the accountant makes it, and his money at the end compared with the chain's."""
    money, found = story.before, None
    for events in story.events.values():
        (reward,) = [event for name, event in events if name == "producer_reward"]
        money.emit(units(reward["vesting_shares"]))
        if any(name == "comment_reward" for name, _ in events):
            found = money.pay(story.post)
    assert found is not None
    assert money == story.after
    return found


def test_the_votes_stand_in_three_windows(story: Story) -> None:
    ages = [vote.age for vote in story.post.votes]
    assert ages[0] < FULL_SECONDS <= ages[1] < HALF_SECONDS <= ages[2]
    assert len({vote.rshares for vote in story.post.votes}) == 3


def test_the_payout_that_is_shown_is_the_accountant_s(story: Story, settled: oracle.Settlement) -> None:
    shown = story.payout
    author, (event,) = shown["author_share"], settled.posts
    mine = settled.rewards[story.post.author]
    assert shown["status"] == "paid"
    assert (units(author["hbd"]), units(author["hive"]), units(author["vests"])) == (
        mine["hbd"],
        mine["hive"],
        mine["vests"],
    )
    assert units(author["share"]) == event["author_rewards"]
    assert {row["account"]: units(row["vests"]) for row in shown["curators"]} == {
        vote.voter: settled.rewards[vote.voter]["vests"] for vote in story.post.votes
    }
    assert units(shown["values"]["payout"]) == event["payout"]
    assert units(shown["values"]["curators"]) == event["curator_payout_value"]


def test_what_the_terminal_shows_is_the_accountant_s_too(story: Story, settled: oracle.Settlement) -> None:
    text = story.printed[f"skald show payouts {story.place}"]
    hbd = settled.rewards[story.post.author]["hbd"]
    assert f"{hbd // 1000:,}.{hbd % 1000:03d} HBD" in text
    for vote in story.post.votes:
        vests = settled.rewards[vote.voter]["vests"]
        assert f"{vests // 1_000_000:,}.{vests % 1_000_000:06d} VESTS" in text


def test_after_the_claims_the_accounts_own_what_the_accountant_gave_them(
    story: Story, settled: oracle.Settlement
) -> None:
    for name, after in story.owned_after.items():
        before, given = story.owned_before[name], settled.rewards[name]
        assert units(after["vesting_shares"]) - units(before["vesting_shares"]) == given["vests"]
        assert units(after["hbd_balance"]) - units(before["hbd_balance"]) == given.get("hbd", 0)
        assert units(after["balance"]) - units(before["balance"]) == given.get("hive", 0)
        assert {units(after[f"reward_{kind}_balance"]) for kind in ("hive", "hbd", "vesting")} == {0}


def test_every_line_of_the_readme_has_printed_something(story: Story) -> None:
    assert len(story.printed) >= 12
    assert all(text.strip() for text in story.printed.values())
