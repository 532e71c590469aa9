"""All namespaces of the node together: what `jsonrpc.get_methods` lists."""

from node.rpc import (
    account_by_key,
    account_history,
    block,
    bridge,
    bridge_posts,
    condenser,
    condenser_content,
    conversions,
    database,
    database_lists,
    database_signatures,
    discussions,
    market,
    market_history,
    money,
    network_broadcast,
    node_status,
    proposals,
    ranked,
    rc,
    recovery,
    reputation,
    skald,
    social,
    transaction_status,
    wallet_bridge,
)
from node.rpc.left_out import LEFT_OUT
from node.rpc.openrpc import discovery
from node.rpc.registry import Registry
from node.subscriptions import api as subscriptions

NAMESPACES = (
    account_by_key.api,
    account_history.api,
    block.api,
    bridge.api,
    bridge_posts.api,
    condenser.api,
    condenser_content.api,
    conversions.condenser,
    conversions.database,
    database.api,
    database_lists.api,
    database_signatures.api,
    discussions.condenser,
    discussions.tags,
    money.api,
    money.condenser,
    market.condenser,
    market.database,
    market_history.api,
    market_history.condenser,
    network_broadcast.api,
    node_status.api,
    proposals.condenser,
    proposals.database,
    ranked.bridge,
    ranked.condenser,
    ranked.tags,
    rc.api,
    recovery.condenser,
    recovery.database,
    rc.condenser,
    reputation.api,
    reputation.condenser,
    skald.api,
    social.condenser,
    social.follow,
    subscriptions.api,
    transaction_status.api,
    wallet_bridge.api,
)


def make_registry() -> Registry:
    """A registry of everything this node can be asked, with the two namespaces that tell of it."""
    registry = Registry(NAMESPACES, LEFT_OUT)
    registry.include_about(discovery)
    return registry
