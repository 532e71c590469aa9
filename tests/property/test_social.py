"""The social state of a random chain: every row has its other half, every count is the number of its rows, and undo leaves no trace."""

from collections import Counter

from chain.social import limits
from chain.social.roles import GUEST, MODERATOR, OWNER
from chain.social.ties import FOLLOWED, KINDS, SEEN_FROM_TARGET
from chain.state import State
from tests.property.random_chain import RandomChain
from tests.property.wants import social


def check_ties(state: State) -> None:
    ties = list(state.ties.scan())
    sizes = Counter((tie.account, tie.kind) for tie in ties)
    followers = Counter(tie.target for tie in ties if tie.kind == FOLLOWED)
    for persona in state.personas.scan():
        assert persona.list_sizes == tuple(sizes[persona.account, kind] for kind in KINDS)
        assert persona.followers == followers[persona.account]
    back = {(row.account, row.kind, row.target) for row in state.ties_back.scan()}
    assert back == {(tie.account, tie.kind, tie.target) for tie in ties if tie.kind in SEEN_FROM_TARGET}
    listed = {(row.follower, row.account, row.id) for row in state.followers.scan()}
    assert listed == {(tie.account, tie.target, tie.follower_id) for tie in ties if tie.kind == FOLLOWED}
    assert not any(tie.account == tie.target for tie in ties)
    assert not list(state.list_resets.scan())  # nobody's list is too long for one block


def check_blogs(state: State) -> None:
    entries = {(row.account, row.id, row.author, row.permlink, row.at) for row in state.blog_entries.scan()}
    places = {(row.account, row.entry_id, row.author, row.permlink, row.at) for row in state.blog_places.scan()}
    assert entries == places
    roots = {(post.author, post.permlink) for post in state.posts.scan() if not post.parent_author}
    assert {(author, permlink) for account, _, author, permlink, _ in entries if account == author} >= roots
    for account, id_, author, permlink, at in entries:
        assert (author, permlink) in state.posts
        persona = state.personas.get(account)
        assert id_ < persona.next_entry
        assert at <= persona.newest_entry_at
    for persona in state.personas.scan():
        times = [row.at for row in state.blog_entries.scan(persona.account)]
        assert times == sorted(times)


def check_communities(state: State) -> None:
    subscribers = Counter(row.community for row in state.subscriptions.scan())
    subscribed = Counter(row.account for row in state.subscriptions_back.scan())
    assert sum(subscribers.values()) == sum(subscribed.values())
    for persona in state.personas.scan():
        assert persona.subscriptions == subscribed[persona.account]
    for community in state.communities.scan():
        roles = list(state.community_roles.scan(community.name))
        assert community.subscribers == subscribers[community.name]
        assert community.team_size == sum(row.role >= MODERATOR for row in roles) <= limits.TEAM_MAX
        assert [row.account for row in roles if row.role == OWNER] == [community.name]
        placed = {(row.account, OWNER - row.rank) for row in state.role_places.scan(community.name)}
        assert placed == {(row.account, row.role) for row in roles if row.role != GUEST}
    for row in (*state.community_posts.scan(), *state.pins.scan()):
        content = state.contents.get((row.author, row.permlink))
        assert (content.community, content.id) == (row.community, row.id)


def check_notifications(state: State) -> None:
    for persona in state.personas.scan():
        rows = list(state.notifications.scan(persona.account))
        assert [row.id for row in rows] == list(range(persona.oldest_notification, persona.next_notification))
        assert len(rows) <= limits.NOTIFICATIONS_MAX
        assert not any(row.source == persona.account for row in rows)


def check_social(state: State) -> None:
    check_ties(state)
    check_blogs(state)
    check_communities(state)
    check_notifications(state)


def sociable(seed: int) -> RandomChain:
    """People who write and talk, and do little else."""
    print(f"seed {seed}")
    chain = RandomChain(seed, transactions_mean=5.0)
    for position, want in enumerate(chain.intents.wants):
        if want.__module__ == social.__name__:
            chain.intents.weights[position] *= 5
    return chain


def test_every_count_is_the_number_of_its_rows() -> None:
    chain = sociable(301)
    while chain.chain.head_num < 240:
        chain.advance()
        if chain.chain.head_num % 20 == 0:
            chain.chain.mempool.suspend()
            check_social(chain.chain.state)
            chain.chain.mempool.resume(())
    state = chain.chain.state
    kinds = {row.kind for row in state.notifications.scan()}
    assert len(kinds) > 12
    assert list(state.pins.scan())
    assert any(content.muted_reasons for content in state.contents.scan())


def test_what_was_undone_is_as_if_it_had_never_been() -> None:
    chain = sociable(302)
    while chain.chain.head_num < 120:
        chain.advance()
        if chain.chain.head_num % 15 == 0:
            before = chain.content_digest
            count = chain.chain.head_num - max(chain.chain.irreversible_num, 1)
            popped = [chain.chain.pop_block() for _ in range(count)]
            chain.chain.mempool.suspend()
            check_social(chain.chain.state)
            chain.chain.mempool.resume(())
            for block in reversed(popped):
                chain.chain.push_block(block)
            assert chain.content_digest == before
            chain.popped += count
    assert chain.popped > 20
