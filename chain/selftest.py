"""Golden answers of the cryptography below us, asked for at every start (design.md decision 4).

Two versions of a library may judge the same odd signature differently, and two nodes that differ about one signature split the
chain. So a node compares the verdicts here with what its libraries say, and does not start on a difference.
"""

from typing import NamedTuple

from chain.base58 import ripemd160
from chain.errors import ChainError
from chain.keys import (
    InvalidKey,
    InvalidSignature,
    PrivateKey,
    Scheme,
    Secp256k1PrivateKey,
    check_key_point,
    signature_key,
)
from chain.ripemd160 import ripemd160_in_python


class SelfTestFailed(ChainError):
    code = "self_test_failed"
    text = "This installation's cryptography answers differently than the chain's rules: {what}. Reinstall the pinned versions"


class Case(NamedTuple):
    """A signature, and whether the chain takes it."""

    what: str
    digest: str
    signature: str
    is_valid: bool


_DIGEST = "180bdded22b12a167d9c037475661701373cbf1c84109f7f2a6cb96a15170dff"  # SHA-256 of "skald"
_SEED = "skald self-test"

SIGNATURES = (
    Case(
        "hived signs an upstream transaction",
        "21ce95552c1c330acbef5ffb552b472d0f00eda6cdaae5648d87df597f713502",
        "20cc21e806aac0ca3eca78d2dbbf1768fc3a3ae593c1808193a358c1513dfbcb4b0a8fdff87521d6d3985ad46130bc443fa7"
        "d8cc84a166ca4ac0fb346c2e59d431",
        True,
    ),
    Case(
        "secp256k1, ours",
        _DIGEST,
        "1f6374726d611249a2c7aa826f10e28ff3e8c0e8cdde9a7fc92e1edd93284acb9433788948cd099022c764b7648eb89a4c98"
        "b7a000aa9333fa246422164a82ab6c",
        True,
    ),
    Case(
        "secp256k1, s above n/2 but within the bound",
        "81833986165f558bd4f442515e551908716ccef240d5585a262531b306d28ff0",
        "1f596eab3f5049a73e103d4ed323d693de7ec9265bc2a2f395a1df7d6e050a2b0c8ce0cd8de4c80dbe561be40394b113707f"
        "c4463bdb044ad6f8779f2f824ffdf6",
        True,
    ),
    Case(
        "secp256k1, s above the bound",
        _DIGEST,
        "206374726d611249a2c7aa826f10e28ff3e8c0e8cdde9a7fc92e1edd93284acb94cc8776b732f66fdd389b489b714765b221"
        "f73ce604b56c419b6e3c7685b395d5",
        False,
    ),
    Case(
        "ed25519, ours",
        _DIGEST,
        "edddea486a35a69ca5999625df366e10852c781a827e2dec39004c94417564b0736f48babe41f59c1008869925f7b8f1d22c"
        "5afd7d16b2eb4d58f6ade6da8403c7585b6fa6541a820240e0864f9d4b0a54b590d6cdad467dc0d9a9ec9bda6e2401",
        True,
    ),
    Case(
        "ed25519, S above the order",
        _DIGEST,
        "edddea486a35a69ca5999625df366e10852c781a827e2dec39004c94417564b0736f48babe41f59c1008869925f7b8f1d22c"
        "5afd7d16b2eb4d58f6ade6da8403c7452f65036f7d945a167d7ef27b45e968b590d6cdad467dc0d9a9ec9bda6e2411",
        False,
    ),
    Case(
        "ed25519, R with a part of order 8: only a check without cofactor refuses it",
        _DIGEST,
        "edddea486a35a69ca5999625df366e10852c781a827e2dec39004c94417564b07340a4cf5c611d737a2f1c6fcca84d9cabfe"
        "d80987f186a5a6c57e629bff1af27fb2eb8f29f01daf975a3ab3e7d631eedb7308ba24b514c96406169ac444ed9a0f",
        False,
    ),
    Case(
        "ed25519, R of small order",
        _DIGEST,
        "edddea486a35a69ca5999625df366e10852c781a827e2dec39004c94417564b0730100000000000000000000000000000000"
        "00000000000000000000000000000070f6a22c37750e2a1ec3282a3d5670e79d27dd46175528d63379ff5162e6980a",
        False,
    ),
    Case(
        "ed25519, R not canonical",
        _DIGEST,
        "edddea486a35a69ca5999625df366e10852c781a827e2dec39004c94417564b073eeffffffffffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffff7f891357a9979880bd5f05f2caabb663f1b42a3d1d3893daa9eefba6d80de50e07",
        False,
    ),
    Case(
        "ed25519, key of small order",
        _DIGEST,
        "ed0100000000000000000000000000000000000000000000000000000000000000ef4f62f8479733ad879cfaced3c89a9c39"
        "dd4fc795ef2efa1c3eafe4d729a0813930000000000000000000000000000000000000000000000000000000000000",
        False,
    ),
    Case(
        "ed25519, key with a part of order 8: verifies, but no such key enters the chain",
        "fbd9fd42cbfebb9e3bc3d0dfb42d9468c97904d312adb9c0bccd6cc1ce337422",
        "ed06fda35cbde4120e923e5dd488f62339afb273ec53d962df6ea59c71d98b15e7ef4f62f8479733ad879cfaced3c89a9c39"
        "dd4fc795ef2efa1c3eafe4d729a08189dc7a58d47284dc2fdba3dbe5230a1586c426b3a0f18f2c375213297b58d30d",
        True,
    ),
)

REFUSED_ED25519_KEYS = (
    # every encoding of a point of small order …
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    # … and an honest key plus each of the seven points of small order
    "06fda35cbde4120e923e5dd488f62339afb273ec53d962df6ea59c71d98b15e7",
    "966a28385e70f68365a9a89c243a630c7b26eb8f3df50b9b2f4a72398319f4f2",
    "e6d8d4c68e1e45f7210bf4a8ad6ab47965c0181a17f61e5506c76b23064bde63",
    "1015b795ca59635a6669da20c991ef7ad387e57d81d213c6ffb36bbe8a9b4f8c",
    "e7025ca3421bedf16dc1a22b7709dcc6504d8c13ac269d20915a638e2674ea18",
    "5795d7c7a18f097c9a565763dbc59cf384d91470c20af464d0b58dc67ce60b0d",
    "07272b3971e1ba08def40b5752954b869a3fe7e5e809e1aaf93894dcf9b4219c",
)

_RIPEMD160_OF_ABC = "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"


def self_test() -> None:
    """Compare the libraries' answers with the golden ones; raises SelfTestFailed. About 3 ms."""
    for case in SIGNATURES:
        if _verifies(bytes.fromhex(case.digest), bytes.fromhex(case.signature)) is not case.is_valid:
            raise SelfTestFailed(what=case.what)
    for key in REFUSED_ED25519_KEYS:
        if _is_admitted(b"\xed" + bytes.fromhex(key)):
            raise SelfTestFailed(what=f"the ed25519 key {key} is taken")
    _test_signing()
    if not ripemd160(b"abc").hex() == ripemd160_in_python(b"abc").hex() == _RIPEMD160_OF_ABC:
        raise SelfTestFailed(what="RIPEMD-160 of abc")


def _test_signing() -> None:
    """Both schemes sign deterministically, with just these bytes."""
    init = PrivateKey.from_seed("init_key")
    assert isinstance(init, Secp256k1PrivateKey)
    upstream, ours, _, _, ed, *_ = SIGNATURES
    signed = (
        (upstream, init.sign_like_hived(bytes.fromhex(upstream.digest))),
        (ours, PrivateKey.from_seed(_SEED).sign(bytes.fromhex(ours.digest))),
        (ed, PrivateKey.from_seed(_SEED, Scheme.ED25519).sign(bytes.fromhex(ed.digest))),
    )
    for case, signature in signed:
        if signature.hex() != case.signature:
            raise SelfTestFailed(what=f"signing anew: {case.what}")
    if not _is_admitted(PrivateKey.from_seed(_SEED, Scheme.ED25519).public_key):
        raise SelfTestFailed(what="an honest ed25519 key is refused")


def _verifies(digest: bytes, signature: bytes) -> bool:
    try:
        signature_key(digest, signature)
    except InvalidSignature:
        return False
    return True


def _is_admitted(key: bytes) -> bool:
    try:
        check_key_point(key)
    except InvalidKey:
        return False
    return True
