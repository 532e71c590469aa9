"""Every decoder, on its examples, its corpus and some changed bytes. Many more: `python -m tests.property.fuzz_decoders`."""

import random

import pytest

from tests.property.decoders import Decoder, decoders
from tests.property.fuzz_decoders import CORPUS, Fuzz, corpus_file, corpus_of

SEED = 5
RUNS_EACH = 150
DECODERS = list(decoders())


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
def test_a_decoder_refuses_in_a_known_way_or_takes_what_it_can_write_again(decoder: Decoder) -> None:
    print(f"seed {SEED}")
    chance, fuzz = random.Random(SEED), Fuzz(decoder)
    fuzz.begin()
    for _ in range(RUNS_EACH):
        fuzz.step(chance)
    assert len(fuzz.places) > 1, "it refuses something"


@pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
def test_every_decoder_has_a_corpus_of_what_it_refuses(decoder: Decoder) -> None:
    fuzz = Fuzz(decoder)
    assert {fuzz.run(known) for known in corpus_of(decoder)} - {"taken"}


def test_the_corpus_has_no_file_of_a_decoder_that_is_gone() -> None:
    assert {path.name for path in CORPUS.iterdir()} == {corpus_file(decoder).name for decoder in DECODERS}
