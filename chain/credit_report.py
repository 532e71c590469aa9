"""What credits were spent on, day by day, for readers (protocol.md §12: get_rc_stats).

A report covers a day of blocks; the one before the present is kept and shown. hived's *stamp* is a running SHA-256 over the mana that
every payer was left with; ours is a chain of hashes over the same, since a running hash cannot be kept in a row.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from hashlib import sha256
from struct import pack
from typing import Final

from chain.credit_market import Charge, accounts_resource
from chain.operation import OPERATIONS
from chain.params import SECONDS_PER_DAY
from chain.rows import CreditReport, CreditUse
from chain.state import State
from rewards.credits import NEW_ACCOUNTS, NOTHING, Amounts, regeneration, resources, weights
from rewards.intmath import ALL_BP

SEVERAL: Final = "multiop"
YARDSTICKS: Final = ("vote", "comment", "transfer")
PAYER_RANKS: Final = 8
# Nobody pays where the bar is 0; the bars of rank 0 have up to ten digits.
_RANKS_FROM: Final = (1, *(10 ** (9 + rank) for rank in range(1, PAYER_RANKS)))
_NO_SHORTAGES: Final = (0,) * 6


def payer_kind(rank: int) -> str:
    return f"payer {rank}"


def last_day(state: State) -> tuple[CreditReport, dict[str, CreditUse]]:
    """The last whole day, and what was used on it by kind; before there is one, nothing."""
    newest = list(state.credit_reports.scan(reverse=True))  # two at most
    if len(newest) < 2:
        return CreditReport(0, 0, NOTHING, NOTHING, NOTHING), {}
    return newest[1], uses_of(state, newest[1])


def uses_of(state: State, report: CreditReport) -> dict[str, CreditUse]:
    return {use.kind: use for use in state.credit_uses.scan(report.block_num)}


def note_charges(state: State) -> None:
    """Add the block at work to the present report; begin another one when the day is over."""
    head_num, day_blocks = state.globals.head_block_num, SECONDS_PER_DAY // state.params.block_interval_seconds
    report = _present_report(state, (head_num - 1) // day_blocks * day_blocks)
    if state.charges:
        _note(state, report, state.charges)
    if head_num % day_blocks == 0:
        _begin_report(state, head_num, report)


def _present_report(state: State, begun_num: int) -> CreditReport:
    """The one that should have begun with a block. On its first day a chain that began with a snapshot has another, which is looked for
    on disk, where each look costs as much as an empty block.
    """
    report = state.credit_reports.find(begun_num) or next(state.credit_reports.scan(reverse=True), None)
    return report or state.credit_reports.insert(CreditReport(0, 0, NOTHING, NOTHING, NOTHING))


def _note(state: State, report: CreditReport, charges: Sequence[Charge]) -> None:
    """By kind of operation and rank of payer: transactions that have both in common are summed up once."""
    operation_ids, _, _, manas, manas_max = zip(*charges, strict=True)
    row = state.credit_reports.edit(report.block_num)
    row.stamp = sha256(row.stamp + pack(f"<{len(manas)}Q", *manas)).digest()
    groups: defaultdict[tuple[int | None, int], list[Charge]] = defaultdict(list)
    ranks = [bisect_right(_RANKS_FROM, mana_max) for mana_max in manas_max]
    for group, charge in zip(zip(operation_ids, ranks, strict=True), charges, strict=True):
        groups[group].append(charge)
    for (operation_id, rank), some in groups.items():
        _, usages, costs, manas, manas_max = zip(*some, strict=True)
        used = (len(some), _sums(usages), _sums(costs))
        kind = SEVERAL if operation_id is None else OPERATIONS[operation_id].name
        _add(state, (report.block_num, kind), used, ())
        if rank:
            _add(state, (report.block_num, payer_kind(rank - 1)), used, _shortages(report, manas, manas_max))


def _shortages(report: CreditReport, manas: Sequence[int], manas_max: Sequence[int]) -> Amounts:
    """How many payers were left with less than each of the limits. Most have far more than the highest of them."""
    averages_max = max(report.averages)
    found: Amounts = _NO_SHORTAGES
    for mana, mana_max in zip(manas, manas_max, strict=True):
        if mana < mana_max // 20 * 4 or mana < averages_max:
            twentieth = mana_max // 20
            limits = (twentieth, twentieth * 2, twentieth * 4, *report.averages)
            found = _sums((found, tuple([int(mana < limit) for limit in limits])))
    return found


def _add(state: State, key: tuple[int, str], used: tuple[int, Amounts, Amounts], shortages: Amounts) -> None:
    count, usage, costs = used
    if key not in state.credit_uses:
        state.credit_uses.insert(CreditUse(*key, 0, NOTHING, NOTHING, _NO_SHORTAGES if shortages else ()))
    row = state.credit_uses.edit(key)
    row.count += count
    row.usage = _sums((row.usage, usage))
    row.costs = _sums((row.costs, costs))
    row.shortages = _sums((row.shortages, shortages))


def _sums(amounts: Sequence[Amounts]) -> Amounts:
    """Of each column: once a block, for a transaction is too little to turn Python for."""
    return tuple(map(sum, zip(*amounts, strict=True)))


def average_cost(use: CreditUse | None) -> int:
    return sum(use.costs) // use.count if use is not None and use.count else 0


def _begin_report(state: State, head_num: int, ended: CreditReport) -> None:
    """As things stand now; the report before the one that has ended is forgotten."""
    for old in list(state.credit_reports.scan()):
        if old.block_num != ended.block_num:
            for use in list(state.credit_uses.scan(old.block_num)):
                state.credit_uses.remove((old.block_num, use.kind))
            state.credit_reports.remove(old.block_num)
    uses = uses_of(state, ended)
    averages = [average_cost(uses.get(name)) or ended.averages[number] for number, name in enumerate(YARDSTICKS)]
    row, params = state.credit_pools.get(""), state.params
    shares = weights(row.usage)
    state.credit_reports.insert(
        CreditReport(
            head_num,
            regeneration(
                state.globals.total_vesting_shares, params.rc_regeneration_seconds, params.block_interval_seconds
            ),
            tuple(resource.budget for resource in resources(accounts_resource(state))),
            row.pools,
            tuple(share * ALL_BP // shares[NEW_ACCOUNTS] for share in shares),
            (averages[0], averages[1], averages[2]),
        )
    )
