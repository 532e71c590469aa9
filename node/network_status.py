"""How a node stands among others, as its operator sees it: plain data for skald_api.get_network and `skald network status`."""

import time
from typing import Any

from chain.keys import public_key_text
from chain.types import time_text
from node.network import Network
from node.p2p.hub import PeerStatus
from node.p2p.transport import SocketLink


def network_view(network: Network) -> dict[str, Any]:
    """Everything that is known of links, finality and what is being fetched."""
    chain, hub = network.core.chain, network.hub.status
    book = network.places.book
    heads = {peer.name: peer for peer in hub.peers}
    links = network.transport.links.values() if network.transport is not None else ()
    return {
        "identity": public_key_text(network.identity.public_key),
        "listening": f"{network.config.p2p_host}:{network.port}" if network.port else "",
        "genesis_id": network.ids.genesis_id.hex(),
        "head_block_num": chain.head_num,
        "head_block_id": chain.head_id.hex(),
        "head_block_time": time_text(chain.state.globals.time),
        "final_block_num": chain.irreversible_num,
        "finality_lag_blocks": chain.head_num - chain.irreversible_num,
        "finality_votes": chain.params.finality_votes,
        "confirmed_block_num": chain.state.irreversible.num,
        "sync": {
            "target_block_num": max(hub.target_num, chain.head_num),
            "ranges_asked": hub.ranges,
            "buffered_bytes": hub.buffered_bytes,
            "branches": hub.branches,
        },
        "clock": {"offset_ms": _ms(network.clocks.offset_seconds), "peers": network.clocks.peer_count},
        "addresses": {"known": len(book), "reached": book.tried_count},
        "banned": [
            {"identity": public_key_text(identity), "until": time_text(until)}
            for identity, until in book.standing.refused(time.time()).items()
        ],
        "peers": [peer_view(link, heads[link.name], network) for link in links if link.name in heads],
    }


def peer_view(link: SocketLink, known: PeerStatus, network: Network) -> dict[str, Any]:
    """One open link."""
    protocol, peer = link.protocol, link.peer
    assert peer is not None
    place = network.places.place(link.name)
    now = time.monotonic()
    return {
        "identity": public_key_text(peer.node_id),
        "address": link.address,
        "direction": "outbound" if link.is_outbound else "inbound",
        "kind": place.kind.name.lower() if place is not None else "",
        "agent": peer.user_agent,
        "head_block_num": known.head_num,
        "latency_ms": None if protocol.latency_seconds is None else _ms(protocol.latency_seconds),
        "clock_offset_ms": None if protocol.clock_offset_seconds is None else _ms(protocol.clock_offset_seconds),
        "score": protocol.score(now),
        "linked_seconds": int(now - link.since),
        "received_bytes": link.received_bytes,
        "sent_bytes": link.sent_bytes,
        "queued_bytes": link.queued_bytes,
    }


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
