"""Emission: the new tokens of a block and who gets them (protocol.md §7)."""

from dataclasses import dataclass

from rewards.intmath import ALL_BP, mul_div_floor
from rewards.price import Price, hbd_to_hive, hive_to_hbd

BLOCKS_PER_YEAR = 10_512_000


def inflation_rate_bp(block_num: int, start_bp: int, floor_bp: int, narrowing_blocks: int) -> int:
    """The yearly rate at a height: `start_bp`, less 1 bp every `narrowing_blocks`, never under `floor_bp`."""
    return max(start_bp - block_num // narrowing_blocks, floor_bp)


def inflation_base(hive_supply: int, hbd_supply: int, treasury_hbd: int, median: Price) -> int:
    """The supply in HIVE on which the rate is taken since hardfork 28: without the treasury's HBD."""
    return hive_supply + hbd_to_hive(hbd_supply - treasury_hbd, median)


@dataclass(frozen=True, slots=True)
class EmissionShares:
    """How new HIVE is divided, in bp; witnesses get the rest. `fund_bp` is the reward fund's part of the content part."""

    content_bp: int
    vesting_bp: int
    dhf_bp: int
    fund_bp: int = ALL_BP


@dataclass(frozen=True, slots=True)
class Emission:
    """The new HIVE of a block. `dhf_hive` is never issued: the treasury gets `dhf_hbd` for it.

    `issued_hive` enters the HIVE supply. It differs from `new_hive`, because witnesses are paid by their place in the schedule.
    """

    new_hive: int
    content_hive: int
    vesting_hive: int
    dhf_hive: int
    dhf_hbd: int
    witness_hive: int
    witness_pay_hive: int
    issued_hive: int


def new_hive(base_hive: int, rate_bp: int, blocks_per_year: int = BLOCKS_PER_YEAR) -> int:
    """The new HIVE of one block."""
    return base_hive * rate_bp // (ALL_BP * blocks_per_year)


def emit(
    hive: int, shares: EmissionShares, median: Price, *, witnesses: int, pay_weight: int, pay_normalization: int
) -> Emission:
    """Divides a block's new `hive`. The witness is paid as one of `witnesses` with his `pay_weight` out of the schedule's sum."""
    content = mul_div_floor(mul_div_floor(hive, shares.content_bp, ALL_BP), shares.fund_bp, ALL_BP)
    vesting = mul_div_floor(hive, shares.vesting_bp, ALL_BP)
    dhf = mul_div_floor(hive, shares.dhf_bp, ALL_BP)
    witness = hive - content - vesting - dhf
    witness_pay = mul_div_floor(witness, witnesses * pay_weight, pay_normalization)
    return Emission(
        new_hive=hive,
        content_hive=content,
        vesting_hive=vesting,
        dhf_hive=dhf,
        dhf_hbd=hive_to_hbd(dhf, median),
        witness_hive=witness,
        witness_pay_hive=witness_pay,
        issued_hive=content + vesting + witness_pay,
    )
