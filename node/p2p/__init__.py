"""Talking with other nodes: bytes in, events out. Nothing in here opens a socket, reads a clock or draws a number, but for `transport`
(design decision 12).

    messages   what is said: one class for each message, its limits; forms: how their fields are written
    session    who is speaking: handshake, encryption, frames, and the table of states
    reasons    why links end
    conduct    what a peer may do, how often, and what it costs it to do otherwise
    protocol   one link: the three together, as PeerProtocol
    transport  WebSockets that carry the bytes of links
    hub        all links: what messages mean. Its rooms: relay, announcing, sync, suppliers, branches, statements; links, blocks, offences
    peers      the book of known addresses; addresses: what an IP address says; standing: who misbehaved lately
    places     which links there are; dialling: whom to dial; place: one of them

docs/p2p.md describes every byte.
"""
