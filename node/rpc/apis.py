"""All namespaces of the node together: what `jsonrpc.get_methods` lists."""

from node.rpc import (
    absent,
    account_by_key,
    account_history,
    block,
    bridge,
    condenser,
    condenser_content,
    conversions,
    database,
    database_lists,
    database_signatures,
    money,
    network_broadcast,
    proposals,
    rc,
    recovery,
    reputation,
    skald,
    social,
    transaction_status,
)
from node.rpc.registry import Registry

NAMESPACES = (
    absent.condenser,
    absent.database,
    account_by_key.api,
    account_history.api,
    block.api,
    bridge.api,
    condenser.api,
    condenser_content.api,
    conversions.condenser,
    conversions.database,
    database.api,
    database_lists.api,
    database_signatures.api,
    money.api,
    money.condenser,
    network_broadcast.api,
    proposals.condenser,
    proposals.database,
    rc.api,
    recovery.condenser,
    recovery.database,
    reputation.api,
    reputation.condenser,
    skald.api,
    social.condenser,
    social.follow,
    transaction_status.api,
)


def make_registry() -> Registry:
    """A registry of everything this node can be asked."""
    return Registry(NAMESPACES)
