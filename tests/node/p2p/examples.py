"""A message of each kind. Their bytes are the protocol: golden.py holds them, docs/p2p.md shows them."""

from typing import Any

from node.p2p import messages as m
from node.p2p.forms import Form, Items, PeerAddress

ID = (77).to_bytes(4, "big") + bytes.fromhex("00112233445566778899aabbccddeeff")

_GREETING = {
    "version": 1,
    "chain_id": b"\xc1" * 32,
    "genesis_id": b"\x6e" * 32,
    "node_id": b"\xed" + b"\x1d" * 32,
    "ephemeral_key": b"\xe4" * 32,
    "nonce": b"\x0a" * 32,
    "user_agent": "skald/0.1.0",
    "listen_port": 2001,
    "head_id": ID,
}

EXAMPLES: tuple[m.Message, ...] = (
    m.Hello(**_GREETING),  # type: ignore[arg-type]
    m.Welcome(**{**_GREETING, "listen_port": 0, "head_id": bytes(20)}),  # type: ignore[arg-type]
    m.Proof(b"\x51" * 64),
    m.Goodbye(3),
    m.Ping(2**64 - 1),
    m.Pong(42, 1_767_225_600_250),
    m.Inventory(m.InventoryKind.TRANSACTION, (b"\x01" * 8, b"\x02" * 8)),
    m.GetTransactions((b"\x02" * 8,)),
    m.Transactions((b"\xaa\xbb", b"\xcc")),
    m.BlockAnnouncement(b"\x4e" * 130, (ID, b"\x05" * 20)),
    m.GetBlockTransactions(ID, (0, 3, 200, 32_767)),
    m.BlockTransactions(ID, (b"\xaa\xbb",)),
    m.GetBlocks(ID, 78, 256),
    m.Blocks((b"\xb1" * 3, b"\xb2" * 3)),
    m.GetPeers(),
    m.Peers(
        (
            PeerAddress(bytes((203, 0, 113, 5)), 2001),
            PeerAddress(bytes.fromhex("20010db8000000000000000000000001"), 65_535),
        )
    ),
    m.FinalityVote(b"\xf0" * 5),
    m.Certificate(b"\xce" * 6),
    m.GetCertificates(3, 64),
    m.Certificates((b"\xce" * 6, b"\xcf" * 6)),
    m.Evidence(b"\xee" * 4),
    m.StateAttestation(b"\xa7" * 4),
)


def largest(form: Form) -> Any:
    """The longest value that a field of this form may have; of what no message can hold, no more than a message too much."""
    match form:
        case Items():
            if "larger" in form.text:
                return tuple(range(form.count_max))
            return (largest(form.item),) * min(form.count_max, m.MESSAGE_BYTES_MAX // form.item.bytes_max + 2)
        case _:
            pass
    return {
        "Number": lambda: form.max,  # type: ignore[attr-defined]
        "Choice": lambda: max(form.members),  # type: ignore[attr-defined]
        "Fixed": lambda: b"\xff" * form.bin_bytes_max,
        "Bytes": lambda: b"\xff" * form.bin_bytes_max,
        "Text": lambda: "z" * form.text_chars_max,
        "Ids": lambda: (b"\xff" * form.id_bytes,) * form.count_max,  # type: ignore[attr-defined]
        "Address": lambda: PeerAddress(b"\xff" * 16, 65_535),
    }[type(form).__name__]()
