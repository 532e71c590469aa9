"""What posts and profiles say, kept for readers beside consensus: derived from operations and events, undone with their block."""

from typing import Any, Final

from chain.rows import Content, Deletion, KeyReference, Metadata
from chain.social import listing
from chain.social.dispatch import forget_post, note_mentions, note_post
from chain.state import State


def _comment(state: State, comment: Any) -> None:
    place = (comment.author, comment.permlink)
    post = state.posts.find(place)
    if post is None:
        return  # deleted again within the same block
    is_new = place not in state.contents
    if is_new:
        content = Content(
            *place,
            id=post.id,
            parent_author=post.parent_author,
            parent_permlink=post.parent_permlink,
            category=_category(state, post.root_author, post.root_permlink),
        )
        state.contents.insert(content, is_new=True)
        if post.parent_author:
            state.replies.append(post.parent_author, post.parent_permlink, post.id, *place)
            _count_reply(state, post.parent_author, post.parent_permlink, 1)
        note_post(state, post, content)
    row = state.contents.edit(place)
    note_mentions(state, post, comment.body, row.body)
    if comment.title:
        row.title = comment.title
    if comment.body:
        row.body = comment.body
    if comment.json_metadata:
        row.json_metadata = comment.json_metadata
    if not post.parent_author:
        listing.note_tags(state, row)
    row.last_update = post.created if is_new else state.now  # equal to `created` until the first edit


def _category(state: State, root_author: str, root_permlink: str) -> str:
    """The first tag, which is what a root post names as its parent."""
    root = state.posts.find((root_author, root_permlink))
    return root.parent_permlink if root is not None else ""


def _count_reply(state: State, author: str, permlink: str, change: int) -> None:
    """Add to the replies below a post and below all it stands under."""
    while author:
        if (author, permlink) in state.contents:
            state.contents.edit((author, permlink)).children += change
        post = state.posts.find((author, permlink))
        if post is None:
            return
        author, permlink = post.parent_author, post.parent_permlink


def _delete_comment(state: State, deleted: Any) -> None:
    place = (deleted.author, deleted.permlink)
    post, content = state.posts.find(place), state.contents.find(place)
    if content is None or (post is not None and post.id == content.id):
        return  # within this block it came before it went, or it came again and this is its content already
    _count_deletion(state, *place)
    parent = (content.parent_author, content.parent_permlink)
    forget_post(state, content)
    state.contents.remove(place)
    if content.parent_author:
        state.replies.remove((*parent, content.id))
        _count_reply(state, *parent, -1)


def _count_deletion(state: State, author: str, permlink: str) -> None:
    if (author, permlink) not in state.deletions:
        state.deletions.insert(Deletion(author, permlink))
    state.deletions.edit((author, permlink)).times += 1


def _comment_reward(state: State, event: Any) -> None:
    row = state.contents.edit((event.author, event.permlink))
    row.total_payout_value += event.total_payout_value.amount
    row.curator_payout_value += event.curator_payout_value.amount
    row.beneficiary_payout_value += event.beneficiary_payout_value.amount
    row.author_rewards += event.author_rewards


def _comment_payout_update(state: State, event: Any) -> None:
    state.contents.edit((event.author, event.permlink)).last_payout = state.now


def _new_account(state: State, operation: Any) -> None:
    _metadata(state, operation.new_account_name).json_metadata = operation.json_metadata


def _metadata(state: State, account: str) -> Metadata:
    if account not in state.metadata:
        state.metadata.insert(Metadata(account))
    return state.metadata.edit(account)


def _updated_account(state: State, operation: Any) -> None:
    row = _metadata(state, operation.account)
    if operation.json_metadata:
        row.json_metadata = operation.json_metadata
    if getattr(operation, "posting_json_metadata", ""):
        row.posting_json_metadata = operation.posting_json_metadata
    _refer_to_keys(state, operation.account)


def _created_account(state: State, event: Any) -> None:
    _refer_to_keys(state, event.new_account_name)


def _refer_to_keys(state: State, account: str) -> None:
    """Let each key of the account's authorities point to the account, and no other key."""
    held = state.account_keys.find(account)
    if held is None:
        return
    keys = tuple(sorted({key for role in (held.owner, held.active, held.posting) for key in role.keys}))
    row = _metadata(state, account)
    for key in row.keys:
        if key not in keys:
            state.key_references.remove((key, account))
    for key in keys:
        if key not in row.keys:
            state.key_references.insert(KeyReference(key, account))
    row.keys = keys


NOTES: Final = {
    "comment": _comment,
    "delete_comment": _delete_comment,
    "comment_reward": _comment_reward,
    "comment_payout_update": _comment_payout_update,
    "account_create": _new_account,
    "create_claimed_account": _new_account,
    "account_update": _updated_account,
    "account_update2": _updated_account,
    "account_created": _created_account,
}
