"""Base58 and RIPEMD-160 (protocol.md §3.4)."""

import random

import pytest

from chain.base58 import InvalidBase58, base58_decode, base58_encode, ripemd160
from chain.ripemd160 import ripemd160_in_python
from tests.helpers.vectors import vectors

# From the paper of RIPEMD-160's authors.
RIPEMD160 = {
    b"": "9c1185a5c5e9fc54612808977ee8f548b2258d31",
    b"a": "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe",
    b"abc": "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    b"message digest": "5d0689ef49d2fae572b881b123a85ffa21595f36",
    b"abcdefghijklmnopqrstuvwxyz": "f71c27109c692c1b56bbdceb5b9d2865b3708dbc",
    b"1234567890" * 8: "9b752e45573d4b39f4dbd3323cab82bf63326bfb",
}


@pytest.mark.parametrize("row", vectors("keys.json", "base58"), ids=lambda row: row["hex"][:8])
def test_what_clients_write(row):
    data = bytes.fromhex(row["hex"])
    if "base58" in row:
        assert base58_encode(data) == row["base58"]
        assert base58_decode(row["base58"], len(data)) == data
    if "checked" in row:
        assert base58_encode(data + ripemd160(data)[:4]) == row["checked"]


def test_whatever_is_written_is_read_again():
    rng = random.Random(58)
    for size in range(120):
        data = bytes(rng.randrange(4)) + rng.randbytes(size)
        assert base58_decode(base58_encode(data), len(data)) == data


def test_zero_bytes_are_ones():
    assert base58_encode(b"") == ""
    assert base58_encode(bytes(3)) == "111"
    assert base58_decode("111", 3) == bytes(3)


@pytest.mark.parametrize("text", ["0", "O", "I", "l", "5Kb8 ", "5K\n", "é", "1+1"])
def test_invalid_letter(text):
    with pytest.raises(InvalidBase58):
        base58_decode(text, 100)


@pytest.mark.parametrize("text", ["1" * 34, "z" * 60, "z" * 10_000_000], ids=len)
def test_invalid_length(text):
    with pytest.raises(InvalidBase58):
        base58_decode(text, 33)


@pytest.mark.parametrize("function", [ripemd160, ripemd160_in_python])
def test_ripemd160_of_its_authors(function):
    for data, expected in RIPEMD160.items():
        assert function(data).hex() == expected


def test_both_ripemd160_agree_at_every_length_of_a_block():
    rng = random.Random(160)
    for size in range(130):
        data = rng.randbytes(size)
        assert ripemd160(data) == ripemd160_in_python(data)
