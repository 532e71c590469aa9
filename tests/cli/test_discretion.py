"""No secret is signed into a transaction."""

import random

import pytest

from chain.keys import PrivateKey, Scheme, public_key_text
from cli.discretion import Indiscreet, check_discreet

SEED = 3
WIF = PrivateKey.from_seed("somebody").text
EDWARDS = PrivateKey.from_seed("somebody", Scheme.ED25519).text


@pytest.mark.parametrize(
    "text",
    [
        WIF,
        f"P{WIF}",
        EDWARDS,
        f"here it is: {WIF}, keep it",
        f"  {WIF}\n",
        " ".join(WIF),
        f"{WIF[:20]}\n{WIF[20:]}",
        f'{{"profile":{{"about":"{WIF}"}}}}',
    ],
    ids=["WIF", "master password", "ed25519", "in a sentence", "padded", "spaced", "split", "in JSON"],
)
def test_invalid_key_in_a_text(text: str) -> None:
    with pytest.raises(Indiscreet) as refused:
        check_discreet([{"body": "hello"}, {"memo": text}])
    assert WIF not in str(refused.value)
    assert EDWARDS not in str(refused.value)


def test_invalid_key_wherever_it_stands() -> None:
    print(f"seed {SEED}")
    chance = random.Random(SEED)
    for number in range(300):
        scheme = chance.choice((Scheme.SECP256K1, Scheme.ED25519))
        secret = PrivateKey.from_seed(f"{SEED} {number}", scheme).text
        letters = "abcdefghijklmnopqrstuvwxyz .,:;\n\"'()"
        before, after = ("".join(chance.choices(letters, k=chance.randrange(40))) for _ in range(2))
        with pytest.raises(Indiscreet):
            check_discreet({"title": [{"deep": f"{before}({secret} {after}"}]})


def test_invalid_password_of_the_account_that_signs() -> None:
    key = PrivateKey.from_login("alice", "active", "open sesame")
    with pytest.raises(Indiscreet):
        check_discreet({"memo": " open sesame "}, [key], ["alice"])
    check_discreet({"memo": "open sesame"}, [key], ["bob"])
    check_discreet({"memo": "open the door"}, [key], ["alice"])


def test_what_is_no_secret_may_be_said() -> None:
    public = public_key_text(PrivateKey.from_seed("somebody").public_key)
    wrong = WIF[:-1] + ("1" if WIF[-1] != "1" else "2")
    check_discreet([{"body": f"my key is {public}, not {wrong}"}, 5, None, True, ["5" * 60]])
