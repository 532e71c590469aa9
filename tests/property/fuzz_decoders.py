"""`python -m tests.property.fuzz_decoders`: what comes of changed bytes in every decoder, beginning with the corpus.

    --runs 1000000       inputs in all, spread over the decoders
    --seed 1             how they are changed
    --grow               write what led somewhere new into the corpus

A corpus file (tests/vectors/corpus/<decoder>.hex) holds one input a line. Each led to something that no line before it did: a refusal raised
at another place in the code, or an acceptance. A decoder that raises anything but a ChainError, or takes a second, has failed.
"""

from __future__ import annotations

import random
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from chain.errors import ChainError
from tests.property.decoders import Decoder, decoders, refusal

CORPUS = Path(__file__).resolve().parents[1] / "vectors" / "corpus"
INPUT_BYTES_MAX = 4_096
KEPT_BYTES_MAX = 3_000  # of an input that is added: the repository holds many
SECONDS_MAX = 1.0
CHANGES_MAX = 6
TELLING_BYTES = (0, 1, 127, 128, 255, 0x7F, 0x80, 0xC0, 0xD9, 0xDC, 0xED)


def corpus_file(decoder: Decoder) -> Path:
    return CORPUS / (decoder.name.replace(" ", "-").replace("'", "") + ".hex")


def corpus_of(decoder: Decoder) -> list[bytes]:
    path = corpus_file(decoder)
    return [bytes.fromhex(line) for line in path.read_text(encoding="ascii").split()] if path.exists() else []


@dataclass
class Fuzz:
    """One decoder, and what it was led to so far. `places` are the ends of that: where a refusal was raised, or "taken"."""

    decoder: Decoder
    pool: list[bytes] = field(default_factory=list)
    places: dict[str, bytes] = field(default_factory=dict)
    taken: int = 0
    runs: int = 0
    longest: float = 0.0

    def begin(self) -> None:
        """With what is known already: examples must be taken, and the corpus must lead to as many ends as it has lines."""
        for example in self.decoder.examples:
            error = refusal(self.decoder, example)
            assert error is None, f"{self.decoder.name} refuses its own example: {error}"
            self.pool.append(example)
        for known in corpus_of(self.decoder):
            self.run(known)

    def run(self, data: bytes) -> str:
        """Where it ends. Raises what no decoder may raise, with the input in hexadecimal."""
        started = time.perf_counter()
        try:
            error = refusal(self.decoder, data)
        except Exception as bug:
            raise AssertionError(f"{self.decoder.name} fails on {data.hex()}") from bug
        spent = time.perf_counter() - started
        self.longest = max(self.longest, spent)
        assert spent < SECONDS_MAX, f"{self.decoder.name} takes {spent:.1f} s for {data.hex()}"
        self.runs += 1
        self.taken += error is None
        end = "taken" if error is None else place_of(error)
        if end not in self.places:
            self.places[end] = data
            self.pool.append(data)
        return end

    def step(self, chance: random.Random) -> None:
        self.run(changed(chance, chance.choice(self.pool), chance.choice(self.pool)))

    def save(self) -> int:
        """Write down the shortest way to each end; returns how many are new."""
        known, examples = corpus_of(self.decoder), set(self.decoder.examples)
        new = [
            one
            for one in self.places.values()
            if one not in known and one not in examples and len(one) <= KEPT_BYTES_MAX
        ]
        if new:
            CORPUS.mkdir(exist_ok=True)
            lines = [one.hex() for one in [*known, *new] if one]
            corpus_file(self.decoder).write_text("\n".join(lines) + "\n", encoding="ascii")
        return len(new)


def place_of(error: ChainError) -> str:
    """What was refused, and where: the code, and the line that raised it."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{error.code} at {frame.filename}:{frame.lineno}"


def changed(chance: random.Random, data: bytes, other: bytes) -> bytes:
    """Some bytes flipped, replaced by telling ones, left out, doubled, or taken from another input."""
    made = bytearray(data)
    for _ in range(chance.randint(1, CHANGES_MAX)):
        at = chance.randrange(len(made) + 1)
        size = chance.randrange(1, 9)
        match chance.randrange(7):
            case 0 if at < len(made):
                made[at] ^= 1 << chance.randrange(8)
            case 1 if at < len(made):
                made[at] = chance.choice(TELLING_BYTES)
            case 2:
                del made[at : at + size]
            case 3:
                made[at:at] = made[at : at + size]
            case 4:
                made[at:at] = chance.randbytes(size)
            case 5 if other:
                start = chance.randrange(len(other))
                made[at : at + size] = other[start : start + chance.randrange(1, 33)]
            case _:
                del made[at:]
    return bytes(made[:INPUT_BYTES_MAX])


@click.command()
@click.option("--runs", default=1_000_000, show_default=True, help="Inputs in all.")
@click.option("--seed", default=1, show_default=True, help="How they are changed.")
@click.option("--grow", is_flag=True, help="Add what led somewhere new to the corpus.")
def main(*, runs: int, seed: int, grow: bool) -> None:
    """Feed every decoder with changed bytes."""
    console = Console()
    console.print(f"seed {seed}")
    table = Table(title="decoders", title_justify="left")
    table.add_column("decoder", no_wrap=True)
    for heading in ("inputs", "taken", "ends", "new in corpus", "longest ms"):
        table.add_column(heading, justify="right")
    every = list(decoders())
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("fuzzing", total=runs)
        for decoder in every:
            chance, fuzz = random.Random(f"{seed} {decoder.name}"), Fuzz(decoder)
            fuzz.begin()
            for _ in range(runs // len(every)):
                fuzz.step(chance)
            progress.advance(task, runs // len(every))
            new = fuzz.save() if grow else 0
            counts = (fuzz.runs, fuzz.taken, len(fuzz.places), new)
            table.add_row(decoder.name, *(f"{count:,}" for count in counts), f"{fuzz.longest * 1000:.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
