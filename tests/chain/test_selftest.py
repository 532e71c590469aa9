"""A node refuses to start on libraries that judge differently (design.md decision 4)."""

import pytest

from chain import selftest
from chain.keys import Secp256k1PrivateKey
from chain.selftest import SIGNATURES, SelfTestFailed, self_test


def test_these_libraries_answer_as_the_chain_demands():
    self_test()


@pytest.mark.parametrize("number", range(len(SIGNATURES)), ids=[case.what for case in SIGNATURES])
def test_invalid_other_verdict(monkeypatch, number):
    cases = list(SIGNATURES)
    cases[number] = cases[number]._replace(is_valid=not cases[number].is_valid)
    monkeypatch.setattr(selftest, "SIGNATURES", tuple(cases))
    with pytest.raises(SelfTestFailed):
        self_test()


def test_invalid_library_that_takes_every_key(monkeypatch):
    monkeypatch.setattr(selftest, "check_key_point", lambda key: None)
    with pytest.raises(SelfTestFailed, match="ed25519 key"):
        self_test()


def test_invalid_library_that_signs_otherwise(monkeypatch):
    monkeypatch.setattr(
        Secp256k1PrivateKey, "sign_like_hived", lambda self, digest: self._sign_with_candidate(digest, 0)
    )
    with pytest.raises(SelfTestFailed, match="signing anew"):
        self_test()


def test_invalid_ripemd160(monkeypatch):
    monkeypatch.setattr(selftest, "ripemd160", lambda data: bytes(20))
    with pytest.raises(SelfTestFailed, match="RIPEMD"):
        self_test()
