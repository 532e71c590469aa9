"""skald_api.subscribe and unsubscribe: calls that only make sense over a WebSocket."""

from typing import Any, Final

from chain.events import EVENTS_BY_NAME
from chain.operation import OPERATIONS_BY_NAME
from node.rpc.arguments import U32, account_names
from node.rpc.context import Context
from node.rpc.errors import CallRefused
from node.rpc.registry import Namespace, as_list, as_text
from node.subscriptions.cursor import Topic, Wish
from node.subscriptions.session import Session, session_of_call

NAMES_MAX: Final = 100  # of accounts, and of operations, in one subscription

api = Namespace("skald_api")


@api.method
def subscribe(  # noqa: PLR0917  # by name, usually
    context: Context,
    topic: str = Topic.BLOCKS,
    accounts: Any = (),
    operations: Any = (),
    from_block: U32 | None = None,
    irreversible: bool = False,
) -> Any:
    """Be told of `blocks`, `operations` or `finality`, from a block on or from now on. Over a WebSocket only."""
    session = present_session()
    wish = Wish(
        topic_of(topic),
        frozenset(account_names(few(accounts))),
        frozenset(operation_name(name) for name in few(operations)),
        irreversible,
    )
    if wish.topic is Topic.OPERATIONS and not context.history.enabled:
        raise CallRefused("This node keeps no history; ask for blocks", expression="history_disabled")
    next_num = first_block(context, wish, from_block)
    return {"subscription": session.subscribe(context, wish, next_num), "next_block_num": next_num}


@api.method
def unsubscribe(context: Context, subscription: int) -> Any:
    """Be told no more of what a subscription tells. Over a WebSocket only."""
    del context
    present_session().unsubscribe(subscription)
    return {"subscription": subscription}


def present_session() -> Session:
    session = session_of_call.get()
    if session is None:
        raise CallRefused("Subscriptions need a WebSocket: connect to /ws", expression="no_socket")
    return session


def topic_of(text: str) -> Topic:
    try:
        return Topic(text)
    except ValueError:
        raise CallRefused(
            "Unknown topic ${topic}, valid topics: ${topics}", expression="topic", topic=text, topics=", ".join(Topic)
        ) from None


def few(value: Any) -> list[Any]:
    names = as_list(value) if value else []
    if len(names) > NAMES_MAX:
        raise CallRefused("At most ${most} names in one subscription", expression="names_max", most=NAMES_MAX)
    return names


def operation_name(value: Any) -> str:
    """`vote` or `vote_operation`, of operations and events."""
    name = as_text(value).removesuffix("_operation")
    if name not in OPERATIONS_BY_NAME and name not in EVENTS_BY_NAME:
        raise CallRefused("There is no operation or event ${name}", expression="unknown_operation", name=name)
    return name


def first_block(context: Context, wish: Wish, wanted: int | None) -> int:
    """The next one where the client does not say. Raises CallRefused where the node does not have the block any more."""
    chain = context.chain
    if wanted is None:
        only_final = wish.irreversible or wish.topic is Topic.FINALITY
        return (chain.irreversible_num if only_final else chain.head_num) + 1
    if 0 < wanted <= chain.head_num and context.find_block(wanted) is None:
        raise CallRefused(
            "This node has no block ${num}: its chain began later", expression="block_missing", num=wanted
        )
    return max(wanted, 1)
