"""What of a block's operations and events concerns the social state, and which room takes it (protocol.md §5.6)."""

from collections.abc import Callable
from typing import Any, Final

from chain.errors import SocialRefusal
from chain.operations.custom_json import CustomJson
from chain.rows import Content, Post
from chain.social import blog, communities, listing, mentions, moderation, notifications, ranking, roles
from chain.social.follow import follow
from chain.social.payload import Payload, check_members, read_payload
from chain.social.refusals import PayloadInvalid
from chain.state import State


def note_custom_json(state: State, operation: CustomJson) -> None:
    """Hear what somebody says under one of our ids, signed by his posting authority alone."""
    handle = HANDLERS.get(operation.id)
    if handle is None or operation.required_auths or len(operation.required_posting_auths) != 1:
        return
    payload = read_payload(operation.json)
    if payload is None:
        return
    (actor,) = operation.required_posting_auths
    try:
        with state.store.savepoint():
            handle(state, actor, payload)
    except SocialRefusal as refusal:
        about = {"community": _community_in(state, payload), "payload": str(refusal)}
        notifications.note(state, actor, notifications.ERROR, score=notifications.TEAM_SCORE, **about)


def _community_in(state: State, payload: Payload) -> str:
    name = payload.members.get("community")
    return name if isinstance(name, str) and name in state.communities else ""


def _on_follow(state: State, actor: str, payload: Payload) -> None:
    if payload.action == "follow":
        follow(state, actor, payload.members)
    else:
        _on_reblog(state, actor, payload)


def _on_reblog(state: State, actor: str, payload: Payload) -> None:
    if payload.action == "reblog":
        blog.reblog(state, actor, payload.members)


def _on_notify(state: State, actor: str, payload: Payload) -> None:
    if payload.action == "setLastRead":
        notifications.set_last_read(state, actor, payload.members)


def _on_community(state: State, actor: str, payload: Payload) -> None:
    action = ACTIONS.get(payload.action)
    if action is None:
        raise PayloadInvalid(reason="invalid action")
    names, apply = action
    check_members(payload.members, ("community", *names))
    apply(state, actor, communities.community_named(state, payload.members), payload.members)


HANDLERS: Final[dict[str, Callable[[State, str, Payload], None]]] = {
    "follow": _on_follow,
    "reblog": _on_reblog,
    "community": _on_community,
    "notify": _on_notify,
}
ACTIONS: Final[dict[str, tuple[tuple[str, ...], Callable[..., None]]]] = {
    "updateProps": (("props",), communities.update_props),
    "subscribe": ((), communities.subscribe),
    "unsubscribe": ((), communities.unsubscribe),
    "setRole": (("account", "role"), roles.set_role),
    "setUserTitle": (("account", "title"), roles.set_user_title),
    "mutePost": (("account", "permlink", "notes"), moderation.mute_post),
    "unmutePost": (("account", "permlink", "notes"), moderation.unmute_post),
    "pinPost": (("account", "permlink"), moderation.pin_post),
    "unpinPost": (("account", "permlink"), moderation.unpin_post),
    "flagPost": (("account", "permlink", "notes"), moderation.flag_post),
}
"""Of communities: the members of each action beside the community, and who does it."""


# --- posts, told by chain.content ------------------------------------------------------------------------------------


def note_post(state: State, post: Post, content: Content) -> None:
    """A new post or reply, whose content was just written down."""
    moderation.place_post(state, post, content)
    listing.note_post(state, post)
    if not post.parent_author:
        blog.add_entry(state, post.author, post.author, post.permlink)
        return
    kind = notifications.REPLY if post.depth == 1 else notifications.REPLY_COMMENT
    _tell_of(state, post, post.parent_author, kind)


def note_mentions(state: State, post: Post, body: str, body_before: str) -> None:
    """Tell those whom a text mentions and did not mention before, and how many others it mentions."""
    before = mentions.mentions_in(body_before)
    names = [name for name in mentions.mentions_in(body) if name != post.author and name in state.accounts]
    for name in names:
        if name not in before:
            _tell_of(state, post, name, notifications.MENTION, payload=str(len(names) - 1))


def _tell_of(state: State, post: Post, account: str, kind: int, **more: str) -> None:
    score = notifications.standing_score(state, post.author)
    about = {"author": post.author, "permlink": post.permlink} | more
    notifications.tell(state, account, kind, source=post.author, score=score, **about)


def forget_post(state: State, content: Content) -> None:
    """A post was deleted; its content is about to go."""
    moderation.forget_post(state, content)
    blog.forget_post(state, content.author, content.permlink)
    listing.forget_post(state, content)
    ranking.forget_post(state, content)


def note_new_account(state: State, event: Any) -> None:
    communities.register(state, event.new_account_name)


NOTES: Final[dict[str, Callable[[State, Any], None]]] = {
    "custom_json": note_custom_json,
    "effective_comment_vote": notifications.note_vote,
    "account_created": note_new_account,
}
