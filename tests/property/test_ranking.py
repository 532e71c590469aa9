"""The lists of a random chain: every one is what a look at all posts finds, after any block, taken back or not."""

import json
from collections import Counter
from collections.abc import Iterator

from chain.asset import HBD, Asset
from chain.operation import Operation
from chain.operations import Comment, Transfer
from chain.reward_fund import claim_of
from chain.rows import Cashout, Content
from chain.social import ranking
from chain.state import State
from rewards.ranking import SCORE_MAX, hot_score, trending_score
from tests.property.intents import Intents
from tests.property.random_chain import RandomChain
from tests.property.test_social import sociable

TAGS = ("life", "Music", "#art", "hive-111000", "a b", "skald", "käse")


def tagged(people: Intents) -> Operation:
    people.named += 1
    said = [people.chance.choice(TAGS) for _ in range(people.chance.randrange(6))]
    metadata = people.mostly(json.dumps({"tags": said}), bad=('{"tags":7}', "[]"))
    if people.posts and people.often(0.3):
        return Comment("", "skald", *people.chance.choice(people.posts), "", "edited", metadata)
    return Comment(
        "", people.chance.choice(("skald", "life")), people.somebody(), f"tagged-{people.named}", "", "said", metadata
    )


def promote(people: Intents) -> Operation:
    author, permlink = people.place()
    amount = Asset(people.chance.randrange(1, 50), HBD)
    return Transfer(people.somebody(), "null", amount, people.mostly(f"@{author}/{permlink}", bad=("@", f"@{author}")))


def writers(seed: int) -> RandomChain:
    chain = sociable(seed)
    people = chain.intents
    people.wants = [*people.wants, tagged, promote]
    people.weights = [*people.weights, max(people.weights), max(people.weights) // 2]
    return chain


# --- what a look at all posts finds ----------------------------------------------------------------------------------


def contents(state: State) -> list[Content]:
    found = list(state.contents.scan())
    assert {(row.author, row.permlink, row.id) for row in found} == {
        (post.author, post.permlink, post.id) for post in state.posts.scan()
    }
    return found


def check_listing(state: State) -> None:
    posts, comments, replies, tags = set(), set(), set(), set()
    for row in contents(state):
        place = (row.author, row.permlink)
        if row.parent_author:
            comments.add((row.author, row.id, row.permlink))
            replies.add((row.parent_author, row.id, *place))
            continue
        posts.add((row.author, row.id, row.permlink))
        tags |= {(tag, row.id, *place) for tag in ("", *row.tags)}
        assert row.category.startswith("hive-") or row.tags[0] == row.category
    assert {(row.account, row.id, row.permlink) for row in state.account_posts.scan()} == posts
    assert {(row.account, row.id, row.permlink) for row in state.account_comments.scan()} == comments
    assert {(row.account, row.id, row.author, row.permlink) for row in state.account_replies.scan()} == replies
    assert {(row.tag, row.id, row.author, row.permlink) for row in state.tag_posts.scan()} == tags


def expected_places(state: State, row: Content, cashout: Cashout) -> Iterator[tuple[int, str, int, int]]:
    is_root, worth, ident = not row.parent_author, max(cashout.net_rshares, 0), row.id
    is_stray = row.category.startswith("hive-") and not row.community
    groups = ["", *([] if is_stray else [row.category])]
    tags = ["", *row.tags, *([row.community] if row.community else [])]
    delay, ahead = state.params.cashout_delay_seconds, cashout.cashout_time - state.now
    yield ranking.ACCOUNT_PAYOUT, row.author, worth, ident
    if is_root:
        for scope in tags:
            yield ranking.TRENDING, scope, trending_score(cashout.net_rshares, cashout.created), ident
            yield ranking.HOT, scope, hot_score(cashout.net_rshares, cashout.created), ident
    for scope in groups:
        yield ranking.POST_PAYOUT if is_root else ranking.COMMENT_PAYOUT, scope, worth, ident
        if row.muted_reasons:
            yield ranking.MUTED, scope, worth, ident
        if delay * 12 // 168 <= ahead <= delay * 36 // 168 and (is_root or not (scope and row.community)):
            yield ranking.PAYOUT, scope, worth, ident
    for scope in tags if is_root else groups:
        if row.promoted:
            yield ranking.PROMOTED, scope, row.promoted, ident


def check_places(state: State) -> Counter[int]:
    found = [(row.ranking, row.scope, row.score, row.id) for row in state.rank_places.scan()]
    expected: list[tuple[int, str, int, int]] = []
    for row in contents(state):
        cashout = state.cashouts.find((row.author, row.permlink))
        if cashout is not None:
            expected += expected_places(state, row, cashout)
    assert sorted(found) == sorted(expected)
    return Counter(place[0] for place in found)


def check_totals(state: State) -> None:
    posts, comments, rshares = Counter[str](), Counter[str](), Counter[str]()
    for row in contents(state):
        cashout = state.cashouts.find((row.author, row.permlink))
        if cashout is None or (row.category.startswith("hive-") and not row.community):
            continue
        (comments if row.parent_author else posts)[row.category] += 1
        rshares[row.category] += claim_of(state, cashout.net_rshares)
    tags = {*posts, *comments}
    assert {(row.tag, row.posts, row.comments, row.rshares) for row in state.tag_totals.scan()} == {
        (tag, posts[tag], comments[tag], rshares[tag]) for tag in tags
    }
    assert {(row.tag, row.behind) for row in state.tag_places.scan()} == {
        (tag, SCORE_MAX - rshares[tag]) for tag in tags
    }


def check_all(chain: RandomChain) -> Counter[int]:
    chain.chain.mempool.suspend()
    state = chain.chain.state
    check_listing(state)
    found = check_places(state)
    check_totals(state)
    chain.chain.mempool.resume(())
    return found


def test_every_list_is_what_a_look_at_all_posts_finds() -> None:
    chain = writers(401)
    seen: Counter[int] = Counter()
    while chain.chain.head_num < 200:
        chain.advance()
        if chain.chain.head_num % 10 == 0:
            seen += check_all(chain)
    print(seen)
    assert min(seen[kind] for kind in range(8)) > 0


def test_undoing_blocks_brings_every_post_back_to_its_places() -> None:
    chain = writers(402)
    while chain.chain.head_num < 120:
        chain.advance()
        if chain.chain.head_num % 12 == 0:
            before = chain.content_digest
            count = chain.chain.head_num - max(chain.chain.irreversible_num, 1)
            popped = []
            for _ in range(count):
                popped.append(chain.chain.pop_block())
                check_all(chain)
            for block in reversed(popped):
                chain.chain.push_block(block)
            assert chain.content_digest == before
            chain.popped += count
    assert chain.popped > 20
