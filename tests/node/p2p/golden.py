"""The bytes of the messages in examples.py, written down once. A difference is a new version of the protocol, not a new golden."""

GOLDEN = {
    "Hello": (
        "9a0101c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c4206e6e6e6e6e6e6e6e6e6e6e"
        "6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6ec421ed1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d"
        "1d1d1d1d1d1dc420e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4c4200a0a0a0a0a0a0a0a"
        "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0aab736b616c642f302e312e30cd07d1c4140000004d0011223344"
        "5566778899aabbccddeeff"
    ),
    "Welcome": (
        "9a0201c420c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c4206e6e6e6e6e6e6e6e6e6e6e"
        "6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6e6ec421ed1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d"
        "1d1d1d1d1d1dc420e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4c4200a0a0a0a0a0a0a0a"
        "0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0aab736b616c642f302e312e3000c4140000000000000000000000"
        "000000000000000000"
    ),
    "Proof": (
        "9203c44051515151515151515151515151515151515151515151515151515151515151515151515151515151515151515151"
        "515151515151515151515151515151515151"
    ),
    "Goodbye": "920403",
    "Ping": "9205cfffffffffffffffff",
    "Pong": "93062acf0000019b76daa8fa",
    "Inventory": "930701c41001010101010101010202020202020202",
    "GetTransactions": "9208c4080202020202020202",
    "Transactions": "9309c402aabbc401cc",
    "BlockAnnouncement": (
        "930ac4824e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e"
        "4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e"
        "4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4e4ec4280000004d00112233445566778899"
        "aabbccddeeff0505050505050505050505050505050505050505"
    ),
    "GetBlockTransactions": "960bc4140000004d00112233445566778899aabbccddeeff0003ccc8cd7fff",
    "BlockTransactions": "930cc4140000004d00112233445566778899aabbccddeeffc402aabb",
    "GetBlocks": "940dc4140000004d00112233445566778899aabbccddeeff4ecd0100",
    "Blocks": "930ec403b1b1b1c403b2b2b2",
    "GetPeers": "910f",
    "Peers": "9310c406cb00710507d1c41220010db8000000000000000000000001ffff",
    "FinalityVote": "9211c405f0f0f0f0f0",
    "Certificate": "9212c406cececececece",
    "GetCertificates": "93130340",
    "Certificates": "9314c406cecececececec406cfcfcfcfcfcf",
    "Evidence": "9215c404eeeeeeee",
    "StateAttestation": "9216c404a7a7a7a7",
}
