"""Posts in the order they were made: of an account, to an account, under their tags."""

from chain.social import limits, listing
from tests.helpers.social import Society


def said(*tags: str) -> str:
    return '{"tags":[' + ",".join(f'"{tag}"' for tag in tags) + "]}"


def society() -> Society:
    world = Society()
    world.post("alice", "one")
    world.post("alice", "two")
    world.reply("bob", "re-one", ("alice", "one"))
    world.reply("alice", "re-re-one", ("bob", "re-one"))
    world.reply("carol", "re-two", ("alice", "two"))
    return world


def test_posts_comments_and_replies_of_an_account_newest_first() -> None:
    state = society().state
    assert [row.permlink for row in listing.posts_of(state, "alice")] == ["two", "one"]
    assert [row.permlink for row in listing.comments_of(state, "alice")] == ["re-re-one"]
    assert [(row.author, row.permlink) for row in listing.replies_to(state, "alice")] == [
        ("carol", "re-two"),
        ("bob", "re-one"),
    ]
    assert not list(listing.posts_of(state, "bob"))


def test_a_page_goes_on_below_a_post() -> None:
    state = society().state
    newest, oldest = listing.posts_of(state, "alice")
    assert list(listing.posts_of(state, "alice", below=newest.id)) == [oldest]
    assert list(listing.posts_of(state, "alice", below=oldest.id)) == []
    assert list(listing.posts_of(state, "alice", below=0)) == []


def test_what_was_deleted_is_listed_nowhere() -> None:
    world = society()
    state = world.state
    world.delete("carol", "re-two")
    world.delete("alice", "two")
    assert [row.permlink for row in listing.posts_of(state, "alice")] == ["one"]
    assert [row.permlink for row in listing.replies_to(state, "alice")] == ["re-one"]
    assert not list(listing.comments_of(state, "carol"))
    assert [row.permlink for row in listing.tagged(state, "life")] == ["one"]


def test_a_post_stands_under_its_category_and_its_tags() -> None:
    world = Society()
    world.post("alice", "hello", category="life", json_metadata=said("#Art", "two words", "life"))
    for tag in ("life", "art", "twowords", listing.EVERYTHING):
        assert [row.permlink for row in listing.tagged(world.state, tag)] == ["hello"]


def test_an_edit_moves_a_post_to_its_new_tags() -> None:
    world = Society()
    world.post("alice", "hello", json_metadata=said("art"))
    world.post("alice", "hello", json_metadata=said("music"))
    assert not list(listing.tagged(world.state, "art"))
    assert [row.permlink for row in listing.tagged(world.state, "music")] == ["hello"]


def test_names_of_communities_and_texts_that_nobody_can_ask_for_are_no_tags() -> None:
    world = Society()
    world.post("alice", "hello", json_metadata='{"tags":["hive-133333","k\\u00e4se","a\\u0000b",7,"","art"]}')
    assert world.state.contents.get(("alice", "hello")).tags == ("life", "art")


def test_tags_beyond_the_limits_are_left_out() -> None:
    world = Society()
    many = [f"t{number}" for number in range(20)]
    world.post("alice", "hello", json_metadata=said("x" * 40, *many))
    tags = world.state.contents.get(("alice", "hello")).tags
    assert tags == ("life", "x" * limits.TAG_MAX, *many[: limits.TAGS_MAX - 2])


def test_metadata_that_hold_no_list_of_tags() -> None:
    for number, metadata in enumerate(("[]", '{"tags":"art"}', "7", "")):
        world = Society()
        world.post("alice", f"post-{number}", json_metadata=metadata)
        assert world.state.contents.get(("alice", f"post-{number}")).tags == ("life",)
