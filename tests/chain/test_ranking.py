"""Ranked lists: who stands where, who leaves when, and pages without gaps or repeats."""

from typing import Any

import pytest

from chain.social import limits
from chain.social.touched import QUIET_BLOCKS, ROWS_RIPE_MAX
from chain.views import ranked
from chain.views.observers import Observer
from tests.chain.test_bridge_posts import NAME, Readers

DAY = 86_400
BAD = -(10**12)


class Newsroom(Readers):
    """Everybody's votes weigh something; `fan` weighs most."""

    def __init__(self) -> None:
        super().__init__()
        for name, vests in (("small", "1000000.000000 VESTS"), ("middle", "5000000.000000 VESTS")):
            self.account(name, vests=vests)

    def page(self, sort: str, tag: str = "all", observer: str = "", limit: int = 20, **more: Any) -> list[str]:
        found = ranked.ranked_page(self.state, self.wanted(sort, tag, observer, **more), limit)
        return [facts.post.permlink for facts in found]

    def wanted(self, sort: str, tag: str, observer: str = "", behind: str = "", **more: Any) -> ranked.Wanted:
        content = next((row for row in self.state.contents.scan() if row.permlink == behind), None)
        return ranked.Wanted(sort, tag, Observer(self.state, observer), content, **more)

    def community_page(self, sort: str, limit: int = 20, behind: str = "", observer: str = "") -> list[str]:
        wanted = self.wanted(sort, NAME, observer, behind)
        return [facts.post.permlink for facts in ranked.community_page(self.state, wanted, limit)]


@pytest.fixture
def world() -> Newsroom:
    """Three posts of one hour: `a` of many votes, `b` of some, `c` of none."""
    world = Newsroom()
    for author, permlink in (("alice", "a"), ("bob", "b"), ("carol", "c")):
        world.post(author, permlink)
    world.vote("fan", "alice", "a")
    world.vote("small", "bob", "b")
    return world


def test_votes_and_youth_make_a_post_trend(world: Newsroom) -> None:
    assert world.page("trending") == ["a", "b", "c"]
    assert world.page("created") == ["c", "b", "a"]
    world.advance(days=1)
    world.post("carol", "young")
    assert world.page("trending") == ["a", "b", "young", "c"]
    assert world.page("hot") == ["young", "a", "b", "c"], "a day is more than eight periods of the hot list"


def settle(world: Newsroom) -> None:
    """So long nothing touches any post."""
    for _ in range(QUIET_BLOCKS):
        world.advance()


def places(world: Newsroom, permlink: str) -> list[tuple[int, str, int]]:
    ids = [row.id for row in world.state.contents.scan() if row.permlink == permlink]
    return [(row.ranking, row.scope, row.score) for row in world.state.rank_places.scan() if row.id in ids]


def test_each_vote_counts_at_once(world: Newsroom) -> None:
    world.vote("middle", "carol", "c")
    assert world.page("trending") == ["a", "c", "b"]
    world.vote("critic", "alice", "a", -10_000)
    assert world.page("trending")[0] == "c"
    world.vote("critic", "carol", "c", -10_000)
    assert world.page("trending")[-1] == "c", "votes against count as much"


def test_a_post_is_put_to_its_places_when_nothing_has_touched_it_for_a_while(world: Newsroom) -> None:
    assert not places(world, "a")
    settle(world)
    quiet, busy = places(world, "a"), places(world, "b")
    assert quiet
    assert busy
    world.advance()
    world.vote("middle", "bob", "b")
    for _ in range(QUIET_BLOCKS - 1):
        world.advance()
    world.vote("middle", "carol", "c")
    assert places(world, "b") == busy
    world.vote("critic", "bob", "b")
    world.advance()
    assert places(world, "b") == busy, "it was touched again"
    settle(world)
    assert places(world, "b") != busy
    assert places(world, "a") == quiet
    assert not list(world.state.touched_posts.scan())
    assert world.page("trending") == ["b", "a", "c"]


def test_who_is_far_behind_leaves_posts_alone_for_longer(world: Newsroom) -> None:
    world.state.is_far_behind = True
    settle(world)
    assert not places(world, "a")
    assert world.page("trending") == ["a", "b", "c"]
    world.state.is_far_behind = False
    world.advance()
    assert places(world, "a")
    settle(world)
    assert places(world, "b")
    assert not list(world.state.touched_posts.scan())
    assert world.page("trending") == ["a", "b", "c"]


def test_what_has_piled_up_is_put_to_its_places_little_by_little(world: Newsroom) -> None:
    world.state.is_far_behind = True
    for number in range(2 * ROWS_RIPE_MAX):
        world.post("bob", f"post-{number}")
        world.advance()
    settle(world)
    world.state.is_far_behind = False
    lengths = [len(list(world.state.touched_posts.scan()))]
    while list(world.state.touched_posts.scan()):
        world.advance()
        lengths.append(len(list(world.state.touched_posts.scan())))
    assert lengths[0] >= 2 * ROWS_RIPE_MAX
    assert lengths[0] - lengths[1] == ROWS_RIPE_MAX
    assert all(places(world, f"post-{number}") for number in range(2 * ROWS_RIPE_MAX))


def test_a_list_of_a_tag(world: Newsroom) -> None:
    world.post("alice", "song", category="music", json_metadata='{"tags":["life"]}')
    assert world.page("trending", "music") == ["song"]
    assert world.page("hot", "life") == ["a", "b", "song", "c"]
    assert world.page("payout_posts", "life") == ["a", "b", "c"], "payouts are listed by category"
    world.post("alice", "song", category="music", json_metadata='{"tags":["art"]}')
    assert world.page("trending", "life") == ["a", "b", "c"]
    assert world.page("trending", "art") == world.page("created", "art") == ["song"]


def test_pages_have_no_gaps_and_no_repeats(world: Newsroom) -> None:
    for number in range(20):
        world.post("alice", f"p{number}")
        if number % 3 == 0:
            world.vote("small", "alice", f"p{number}", 100 * (number + 1))
    for sort in ("trending", "hot", "created", "payout_posts"):
        everything = world.page(sort, limit=100)
        assert len(everything) == 23
        walked: list[str] = []
        while page := world.page(sort, limit=4, behind=walked[-1] if walked else ""):
            walked += page
        assert walked == everything


def test_a_page_goes_on_behind_a_post_that_was_paid_meanwhile(world: Newsroom) -> None:
    world.advance(days=4)
    world.post("carol", "late")
    later = world.page("hot", behind="late")
    assert later == ["a", "b", "c"]
    world.advance(days=4)
    assert world.page("hot", behind="a") == []
    assert world.page("trending", behind="a") == ["late"]


def test_what_was_paid_leaves_all_lists_but_that_of_new_posts(world: Newsroom) -> None:
    world.reply("bob", "re", ("alice", "a"))
    world.advance(days=7)
    for sort in ("trending", "hot", "payout", "payout_posts", "payout_comments"):
        assert world.page(sort) == []
    assert world.page("created") == ["c", "b", "a"]
    assert world.page("payout") == [], "nor when they have left their places"
    settle(world)
    assert not list(world.state.rank_places.scan())
    assert not list(world.state.tag_totals.scan())


def test_what_was_deleted_leaves_all_lists(world: Newsroom) -> None:
    world.delete("carol", "c")
    for sort in ("trending", "hot", "created", "payout_posts"):
        assert "c" not in world.page(sort)
    world.post("carol", "c", category="art")
    assert world.page("trending", "art") == ["c"]


def test_the_payout_list_shows_what_is_paid_in_half_a_day_to_a_day_and_a_half(world: Newsroom) -> None:
    world.reply("carol", "re", ("alice", "a"))
    assert world.page("payout") == []
    world.advance(seconds=7 * DAY - 36 * 3_600)
    assert world.page("payout") == ["a", "b", "re", "c"]
    assert world.page("payout_comments") == ["re"]
    world.advance(seconds=24 * 3_600)
    assert world.page("payout") == ["a", "b", "re", "c"]
    world.advance(seconds=3)
    assert world.page("payout") == []
    assert world.page("payout_posts") == ["a", "b", "c"]


def test_posts_of_a_community(world: Newsroom) -> None:
    world.community(NAME, "bob")
    world.post("alice", "news", category=NAME)
    world.post("carol", "more", category=NAME)
    world.reply("bob", "re", ("alice", "news"))
    assert world.page("trending", NAME) == world.page("created", NAME) == ["more", "news"]
    assert world.page("payout_comments", NAME) == ["re"]
    assert world.page("trending")[:2] == ["a", "b"]


def test_pinned_posts_come_first_and_only_once(world: Newsroom) -> None:
    world.community(NAME, "bob")
    for number in range(5):
        world.post("alice", f"n{number}", category=NAME)
    for permlink in ("n1", "n3"):
        world.acts("bob", NAME, "pinPost", account="alice", permlink=permlink)
    for sort in ("created", "trending"):
        assert world.community_page(sort) == ["n3", "n1", "n4", "n2", "n0"]
        assert world.community_page(sort, limit=1) == ["n3"]
        assert world.community_page(sort, limit=2, behind="n3") == ["n1", "n4"]
        assert world.community_page(sort, behind="n4") == ["n2", "n0"]
    assert world.community_page("hot") == ["n4", "n3", "n2", "n1", "n0"]


def test_what_moderators_muted(world: Newsroom) -> None:
    world.community(NAME, "bob")
    world.post("alice", "news", category=NAME)
    assert world.page("muted", NAME) == []
    world.acts("bob", NAME, "mutePost", account="alice", permlink="news", notes="no")
    assert world.page("muted", NAME) == world.page("muted") == ["news"]
    assert "news" in world.page("trending"), "front ends show it in gray"
    assert "news" not in world.page("trending", hidden_reasons=1)
    world.acts("bob", NAME, "unmutePost", account="alice", permlink="news", notes="yes")
    assert world.page("muted", NAME) == []


def test_my_communities(world: Newsroom) -> None:
    for name in (NAME, "hive-144444", "hive-155555"):
        world.community(name)
        world.post("alice", f"in-{name}", category=name)
    world.vote("small", "alice", "in-hive-144444")
    for name in (NAME, "hive-144444"):
        world.acts("carol", name, "subscribe")
    both = ["in-hive-144444", f"in-{NAME}"]
    assert world.page("trending", "my", "carol") == world.page("created", "my", "carol") == both
    assert world.page("trending", "my", "carol", limit=1) == both[:1]
    assert world.page("trending", "my", "carol", behind=both[0]) == both[1:]
    assert world.page("trending", "my", "bob") == []


def test_whom_the_observer_mutes_is_not_shown(world: Newsroom) -> None:
    world.mute("carol", "alice")
    assert world.page("trending", observer="carol") == ["b", "c"]
    assert world.page("created", observer="carol", limit=1) == ["c"]
    assert world.page("trending", observer="bob") == ["a", "b", "c"]


def test_a_page_does_not_look_for_ever_past_the_muted(world: Newsroom, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranked, "EXAMINED_MAX", 2)
    world.mute("carol", "alice")
    world.mute("carol", "bob")
    assert world.page("trending", observer="carol") == []


def test_new_posts_of_those_whom_nobody_respects_are_left_out(world: Newsroom) -> None:
    world.state.reputations.edit("bob").value = BAD
    assert world.page("created") == ["c", "a"]
    assert world.page("trending") == ["a", "b", "c"]


def test_who_burns_hbd_promotes_a_post(world: Newsroom) -> None:
    world.account("rich", hbd="100.000 HBD", hive="100.000 HIVE")
    world.transfer("rich", "null", "1.000 HBD", "@carol/c")
    world.transfer("rich", "null", "2.000 HBD", "@bob/b")
    world.transfer("rich", "null", "2.000 HBD", "@carol/c")
    assert world.page("promoted") == world.page("promoted", "life") == ["c", "b"]
    assert world.shown(place=("carol", "c"))["promoted"] == "3.000 HBD"
    for memo, amount in (("@alice/a", "9.000 HIVE"), ("alice/a", "1.000 HBD"), ("@alice/x", "1.000 HBD")):
        world.transfer("rich", "null", amount, memo)
    world.transfer("rich", "bob", "1.000 HBD", "@alice/a")
    assert world.page("promoted") == ["c", "b"]
    world.advance(days=7)
    assert world.page("promoted") == []


def test_a_post_with_many_tags_stands_under_the_first_of_them(world: Newsroom) -> None:
    tags = [f'"t{number}"' for number in range(30)]
    world.post("alice", "spam", json_metadata=f'{{"tags":[{",".join(tags)}]}}')
    assert world.page("trending", f"t{limits.TAGS_MAX - 2}") == ["spam"]
    assert world.page("trending", f"t{limits.TAGS_MAX - 1}") == []


def test_categories_by_what_waits_in_them(world: Newsroom) -> None:
    world.post("alice", "song", category="music")
    world.reply("bob", "re", ("alice", "song"))
    world.vote("whale", "alice", "song")
    found = ranked.trending_tags(world.state, "", 10)
    assert found is not None
    assert [(row["name"], row["top_posts"], row["comments"]) for row in found] == [("life", 3, 0), ("music", 1, 1)]
    waiting = [world.shown(place=place)["pending_payout_value"] for place in (("alice", "a"), ("bob", "b"))]
    total = sum(float(text.split()[0]) for text in waiting)
    assert float(found[0]["total_payouts"].split()[0]) == pytest.approx(total, abs=0.002)
    assert ranked.trending_tags(world.state, "life", 10) == found[1:]
    assert ranked.trending_tags(world.state, "unknown", 10) is None


def test_topics_are_communities_and_then_tags(world: Newsroom) -> None:
    world.community(NAME, "bob")
    world.post("alice", "news", category=NAME)
    assert ranked.trending_topics(world.state, 10) == [[NAME, NAME], ["life", "#life"]]
    assert ranked.trending_topics(world.state, 1) == [[NAME, NAME]]
