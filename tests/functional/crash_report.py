"""What a campaign of deaths at named writes has done, and what was wrong."""

from collections import Counter
from dataclasses import dataclass, field

from rich.console import Console

from tests.functional.campaign import show_facts, show_verdict
from tests.functional.crash_node import POINTS


@dataclass
class Report:
    """What was done, and what was wrong."""

    seed: int
    cycles: int = 0
    deaths: Counter[tuple[str, str]] = field(default_factory=Counter)  # by point and how
    ended_from_outside: int = 0
    restored: int = 0
    blocks: int = 0
    transactions: int = 0
    switches: int = 0
    slots_signed: int = 0
    votes_signed: int = 0
    roots_signed: int = 0
    digests_compared: int = 0
    pairs_compared: int = 0
    double_signatures: int = 0
    digest_differences: int = 0
    pair_differences: int = 0
    wrong_heads: int = 0
    final_lost: int = 0
    final_conflicts: int = 0
    signed_too_early: int = 0

    def deaths_in(self, *words: str) -> int:
        return sum(count for (point, _), count in self.deaths.items() if point.startswith(words))

    @property
    def faults(self) -> int:
        return (
            self.double_signatures + self.digest_differences + self.pair_differences + self.wrong_heads
            + self.final_lost + self.final_conflicts + self.signed_too_early
        )  # fmt: skip

    @property
    def is_good(self) -> bool:
        """A campaign in which nothing died while it recovered or switched has shown nothing of that."""
        return not self.faults and self.deaths_in("open") > 0 and self.deaths_in("switch") > 0


def show(report: Report, console: Console) -> None:
    counted = {
        point: [f"{how} {report.deaths[point, how]}" for how in hows if report.deaths[point, how]]
        for point, hows in POINTS.items()
    }
    facts = (
        *((f"died at: {point}", ", ".join(counts)) for point, counts in counted.items() if counts),
        ("died while recovering / switching", f"{report.deaths_in('open')} / {report.deaths_in('switch')}"),
        ("ended from outside", report.ended_from_outside),
        ("old backups restored", report.restored),
        ("blocks, with transactions", f"{report.blocks:,}, {report.transactions:,}"),
        ("switches of branches", report.switches),
        (
            "slots / votes / roots signed",
            f"{report.slots_signed:,} / {report.votes_signed:,} / {report.roots_signed:,}",
        ),
        ("signed twice", report.double_signatures),
        ("signed too early after a restored backup", report.signed_too_early),
        ("digests compared / different", f"{report.digests_compared:,} / {report.digest_differences}"),
        ("pairs on disk compared / different", f"{report.pairs_compared:,} / {report.pair_differences}"),
        ("heads that should not be there", report.wrong_heads),
        ("final blocks lost / in conflict", f"{report.final_lost} / {report.final_conflicts}"),
    )
    show_facts(console, f"{report.cycles} cycles, seed {report.seed}", facts)
    show_verdict(console, report, "nothing was lost, nothing was signed twice")
