"""Methods of hived, and of those who spoke its language before, that this node does not serve, and why.

Whoever asks for one gets hived's error and the reason beside it. A name without a dot stands for all that hived has under it.
"""

from types import MappingProxyType
from typing import Final

_NO_TOKENS: Final = "Hive never got tokens of its users"
_NO_CALLBACKS: Final = "An answer comes once: subscribe by WebSocket, or ask transaction_status_api.find_transaction"
_FRONT_END: Final = "hived dropped it, too: bridge has the pages of front ends"

LEFT_OUT: Final = MappingProxyType(
    {
        # of hived 1.28
        "app_status_api": "/health and /metrics tell how the node is",
        "chain_api": "network_broadcast_api.broadcast_transaction does the same and says by its error why not",
        "debug_node_api": "devnet_api moves the time of a chain of one's own; no other chain's state is edited",
        "network_node_api": "skald_api.get_network tells of the links; whom the node links with is said in its settings",
        "rewards_api": "hived itself refuses to simulate; skald_api.get_payouts shows the real arithmetic",
        "test_api": "It answers nothing about a chain",
        "witness_api": "Witnesses vote on finality in any case; there is no faster confirmation to switch on",
        # of hivemind
        "bridge.get_account_posts_by_tag": "get_account_posts shows all posts of an account, each with its tags",
        "bridge.get_payout_stats": "hivemind adds it up from all posts once in a while; get_ranked_posts lists by payout",
        "bridge.list_pop_communities": "Subscriptions are not counted by month; list_communities is by rank, subs or new",
        # of hived and hivemind before
        "condenser_api.broadcast_block": "Blocks come from peers and from the node's own witnesses",
        "condenser_api.broadcast_transaction_with_callback": _NO_CALLBACKS,
        "condenser_api.get_account_bandwidth": "Resource credits took its place: rc_api.find_rc_accounts",
        "condenser_api.get_nai_pool": _NO_TOKENS,
        "condenser_api.get_state": _FRONT_END,
        "condenser_api.set_block_applied_callback": _NO_CALLBACKS,
        "database_api.get_nai_pool": _NO_TOKENS,
        "database_api.get_smt_next_identifier": _NO_TOKENS,
        "database_api.list_comments": "hivemind dropped it, too: bridge lists posts by author, community and rank",
        "database_api.list_smt_contributions": _NO_TOKENS,
        "database_api.list_smt_tokens": _NO_TOKENS,
        "network_broadcast_api.broadcast_block": "Blocks come from peers and from the node's own witnesses",
    }
)
