"""Blogs, reblogs and feeds (protocol.md §5.6)."""

from typing import Any

import pytest

from chain.operations import Comment, DeleteComment
from chain.social import feed
from chain.social.feed import FeedEntry, feed_of, last_until
from tests.helpers.social import Society


@pytest.fixture
def society() -> Society:
    return Society("dave")


def blog(society: Society, account: str) -> list[tuple[int, str, str]]:
    """(number, author, permlink), the newest first."""
    return [(row.id, row.author, row.permlink) for row in society.state.blog_entries.scan(account, reverse=True)]


def rebloggers(society: Society, author: str, permlink: str) -> list[str]:
    return [row.account for row in society.state.blog_places.scan(author, permlink) if row.account != author]


def read(society: Society, reader: str, until: int | None = None) -> list[FeedEntry]:
    return list(feed_of(society.state, reader, until=society.state.now if until is None else until))


def titles(entries: list[FeedEntry]) -> list[str]:
    return [f"{entry.author}/{entry.permlink}" for entry in entries]


# --- blogs


def test_a_blog_has_own_posts_but_no_replies(society: Society) -> None:
    society.post("alice", "first")
    society.reply("alice", "answer", ("alice", "first"))
    society.post("alice", "second")
    assert blog(society, "alice") == [(1, "alice", "second"), (0, "alice", "first")]


def test_an_edit_does_not_post_again(society: Society) -> None:
    society.post("alice", "first")
    society.post("alice", "first", body="better")
    assert len(blog(society, "alice")) == 1


@pytest.mark.parametrize("id_", ["follow", "reblog"])
def test_reblogging(society: Society, id_: str) -> None:
    society.post("alice", "first")
    society.says("bob", id_, "reblog", {"account": "bob", "author": "alice", "permlink": "first"})
    assert blog(society, "bob") == [(0, "alice", "first")]
    assert rebloggers(society, "alice", "first") == ["bob"]


def test_a_post_is_reblogged_once(society: Society) -> None:
    society.post("alice", "first")
    society.reblog("bob", "alice", "first")
    society.reblog("bob", "alice", "first")
    society.reblog("alice", "alice", "first")
    assert len(blog(society, "bob")) == len(blog(society, "alice")) == 1


def test_a_reblog_can_be_taken_back_and_done_again(society: Society) -> None:
    society.post("alice", "first")
    society.reblog("bob", "alice", "first")
    society.reblog("bob", "alice", "first", delete="delete")
    assert blog(society, "bob") == []
    society.reblog("bob", "alice", "first", delete="delete")  # nothing is left to take back
    society.reblog("bob", "alice", "first", delete="no")
    assert blog(society, "bob") == [(1, "alice", "first")]


def test_ones_own_post_stays_in_ones_blog(society: Society) -> None:
    society.post("alice", "first")
    society.reblog("alice", "alice", "first", delete="delete")
    assert len(blog(society, "alice")) == 1


def test_a_deleted_post_is_in_no_blog(society: Society) -> None:
    society.post("alice", "first")
    society.reblog("bob", "alice", "first")
    society.delete("alice", "first")
    assert blog(society, "alice") == blog(society, "bob") == []
    assert not list(society.state.blog_places.scan())


def test_a_post_deleted_and_made_anew_in_one_block_is_another_post(society: Society) -> None:
    society.post("alice", "first")
    society.reblog("bob", "alice", "first")
    society.post("carol", "second")
    place = {"author": "alice", "permlink": "first"}
    texts = {"title": "", "body": "text", "json_metadata": ""}
    answer = Comment(parent_author="carol", parent_permlink="second", **place, **texts)
    again = Comment(parent_author="", parent_permlink="life", **place, **texts)
    society.block(DeleteComment(**place), answer)
    assert blog(society, "alice") == blog(society, "bob") == []
    assert society.state.contents.get(("carol", "second")).children == 1
    assert society.state.contents.get(("alice", "first")).parent_author == "carol"
    society.block(DeleteComment(**place), again, DeleteComment(**place))
    assert ("alice", "first") not in society.state.contents
    assert society.state.contents.get(("carol", "second")).children == 0
    society.block(again, DeleteComment(**place), again)
    content = society.state.contents.get(("alice", "first"))
    assert content.id == society.state.posts.get(("alice", "first")).id
    assert len(blog(society, "alice")) == 1


GOOD = {"account": "bob", "author": "alice", "permlink": "first"}


@pytest.mark.parametrize(
    ("id_", "action", "members"),
    [
        ("reblog", "reblog", GOOD | {"account": "carol"}),
        ("reblog", "reblog", GOOD | {"permlink": "no-such"}),
        ("reblog", "reblog", GOOD | {"author": "nobody"}),
        ("reblog", "reblog", GOOD | {"author": ["alice"]}),
        ("reblog", "reblog", GOOD | {"permlink": 7}),
        ("reblog", "reblog", {"account": "bob", "author": "alice"}),
        ("reblog", "follow", GOOD),
        ("follow", "resteem", GOOD),
        ("notify", "reblog", GOOD),
    ],
)
def test_what_makes_no_sense_is_passed_over(society: Society, id_: str, action: str, members: Any) -> None:
    society.post("alice", "first")
    society.says("bob", id_, action, members)
    assert blog(society, "bob") == []
    assert not society.notifications("alice")


# --- feeds


def test_a_feed_has_posts_and_reblogs_of_those_who_are_followed(society: Society) -> None:
    society.follow("dave", ["alice", "bob"])
    for author in ("alice", "carol", "bob"):
        society.advance(seconds=3)
        society.post(author, "news")
    society.advance(seconds=3)
    society.reblog("alice", "carol", "news")
    society.reply("alice", "answer", ("bob", "news"))
    assert titles(read(society, "dave")) == ["carol/news", "bob/news", "alice/news"]
    assert [entry.reblogged_by for entry in read(society, "dave")] == [("alice",), (), ()]
    assert read(society, "carol") == []


def test_a_post_stands_where_it_came_first(society: Society) -> None:
    """Who follows its author sees it as a post; of several reblogs the first counts."""
    society.follow("dave", ["alice", "bob"])
    society.post("alice", "own")
    society.post("carol", "shared")
    for blogger in ("bob", "alice"):
        society.advance(seconds=3)
        society.reblog(blogger, "carol", "shared")
    society.advance(seconds=3)
    society.reblog("bob", "alice", "own")
    found = read(society, "dave")
    assert titles(found) == ["carol/shared", "alice/own"]
    assert found[0].at == society.state.now - 6
    assert [entry.reblogged_by for entry in found] == [("alice", "bob"), ("bob",)]


def test_a_feed_can_be_read_from_any_time_downwards(society: Society) -> None:
    society.follow("dave", ["alice", "bob"])
    times = []
    for number in range(20):
        society.advance(seconds=3)
        author = ("alice", "bob", "carol")[number % 3]
        society.post(author, f"news{number}")
        times.append(society.state.now)
    society.delete("bob", "news4")  # leaves a hole
    everything = read(society, "dave")
    assert titles(everything) == [
        f"{('alice', 'bob', 'carol')[number % 3]}/news{number}"
        for number in range(19, -1, -1)
        if number != 4 and number % 3 != 2
    ]
    for at in (*times, times[0] - 1):
        assert read(society, "dave", at) == [entry for entry in everything if entry.at <= at]
        assert read(society, "dave", at - 1) == [entry for entry in everything if entry.at < at]


def test_a_feed_ends_a_month_back(society: Society) -> None:
    society.follow("dave", ["alice", "bob"])
    society.post("alice", "old")
    society.post("bob", "old")
    society.advance(days=30)
    society.post("bob", "new")
    assert titles(read(society, "dave")) == ["bob/new", "alice/old", "bob/old"]
    society.advance(seconds=3)
    assert titles(read(society, "dave")) == ["bob/new"]


def test_only_blogs_that_reach_the_page_are_opened(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [f"person{number}" for number in range(30)]
    for name in people:
        society.account(name)
        society.advance(seconds=3)
        society.post(name, "news")
    society.follow("dave", people)
    opened = []
    open_blog = feed.Blog.__init__

    def count(self: feed.Blog, state: Any, account: str, until: int) -> None:
        opened.append(account)
        open_blog(self, state, account, until)

    monkeypatch.setattr(feed.Blog, "__init__", count)
    stream = feed_of(society.state, "dave", until=society.state.now)
    assert [next(stream).author for _ in range(3)] == ["person29", "person28", "person27"]
    assert len(opened) <= 4


def test_halving_finds_the_last_entry_until_a_time(society: Society) -> None:
    times = []
    for number in range(9):
        society.advance(seconds=3)
        society.post("alice", f"post{number}")
        times.append(society.state.now)
    for gone in (0, 3, 4, 8):
        society.delete("alice", f"post{gone}")
    left = [(number, at) for number, at in enumerate(times) if number not in {0, 3, 4, 8}]
    for at in range(times[0] - 1, times[-1] + 2):
        expected = max((number for number, time in left if time <= at), default=-1)
        found = last_until(society.state, "alice", at)
        assert max((number for number, _ in left if number <= found), default=-1) == expected
    assert last_until(society.state, "bob", times[0]) == -1


def test_of_a_post_with_many_reblogs_the_reader_is_asked(society: Society, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "REBLOGS_CHECKED_MAX", 2)
    people = [f"person{number}" for number in range(5)]
    society.post("carol", "shared")
    for name in people:
        society.account(name)
        society.advance(seconds=3)
        society.reblog(name, "carol", "shared")
    society.follow("dave", ["person3", "person1"])
    (entry,) = read(society, "dave")
    assert entry.reblogged_by == ("person1", "person3")
    assert entry.at == society.state.now - 9


def test_what_was_first_posted_more_than_a_month_ago_comes_back_with_a_reblog(society: Society) -> None:
    society.follow("dave", ["alice", "bob"])
    society.post("alice", "old")
    society.advance(days=31)
    society.reblog("bob", "alice", "old")
    assert titles(read(society, "dave")) == ["alice/old"]
