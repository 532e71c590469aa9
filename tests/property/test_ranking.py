"""The lists of a random chain: every one is what a look at all posts finds, after any block, taken back or not."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator

from chain.asset import HBD, Asset
from chain.operation import Operation
from chain.operations import Comment, Transfer
from chain.reward_fund import claim_of
from chain.rows import Cashout, Content
from chain.social import ranking
from chain.social.standings import categories, category, standings
from chain.social.touched import QUIET_BLOCKS
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
    """What readers of a list find, from the first place on and from behind each post, settled or not."""
    expected = defaultdict[tuple[int, str], list[tuple[int, int]]](list)
    found = {row.id: row for row in contents(state)}
    for row in found.values():
        cashout = state.cashouts.find((row.author, row.permlink))
        if cashout is not None:
            for ranking_, scope, score, ident in expected_places(state, row, cashout):
                expected[ranking_, scope].append((score, ident))
    places = [(row.ranking, row.scope, row.score, row.id) for row in state.rank_places.scan()]
    for ranking_, scope in {*expected, *[place[:2] for place in places]}:
        listed = sorted(expected[ranking_, scope], reverse=True)
        assert [entry[:2] for entry in standings(state, ranking_, scope)] == listed
        for number, (_, ident) in enumerate(listed[:3]):
            behind = standings(state, ranking_, scope, found[ident])
            assert [entry[:2] for entry in behind] == listed[number + 1 :]
    assert sorted(places) == sorted(place for row in state.ranked_posts.scan() for place in set(ranking.places_of(row)))
    return Counter({ranking_: len(listed) for (ranking_, _), listed in expected.items()})


def check_totals(state: State) -> None:
    expected: dict[str, list[int]] = {}
    for row in contents(state):
        cashout = state.cashouts.find((row.author, row.permlink))
        if cashout is None or (row.category.startswith("hive-") and not row.community):
            continue
        totals = expected.setdefault(row.category, [0, 0, 0])
        totals[1 if row.parent_author else 0] += 1
        totals[2] += claim_of(state, cashout.net_rshares)
    inorder = sorted(expected.items(), key=lambda entry: (-entry[1][2], entry[0]))
    assert [(row.tag, [row.posts, row.comments, row.rshares]) for row in categories(state)] == inorder
    for number, (tag, _) in enumerate(inorder):
        assert [row.tag for row in categories(state, category(state, tag))] == [tag for tag, _ in inorder[number + 1 :]]
    places = {(row.tag, row.behind) for row in state.tag_places.scan()}
    assert places == {(row.tag, SCORE_MAX - row.rshares) for row in state.tag_totals.scan()}


def check_queue(state: State) -> None:
    """Nothing waits longer than it should to be put to its places."""
    head_num = state.globals.head_block_num
    assert all(head_num - QUIET_BLOCKS < row.block_num <= head_num for row in state.touched_posts.scan())


def check_all(chain: RandomChain) -> Counter[int]:
    chain.chain.mempool.suspend()
    state = chain.chain.state
    check_listing(state)
    found = check_places(state)
    check_totals(state)
    check_queue(state)
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
