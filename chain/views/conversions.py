"""Conversions that wait for their day (protocol.md §8.7, §8.8)."""

from typing import Any

from chain.rows import CollateralizedConversion, Conversion
from chain.state import State
from chain.types import time_text
from chain.views.amounts import amounts
from chain.wire import Form


def conversion_view(state: State, row: Conversion, form: Form) -> dict[str, Any]:
    return {
        "id": row.id,
        "owner": row.owner,
        "requestid": row.requestid,
        "amount": amounts(form, state.params.dialect).hbd(row.hbd),
        "conversion_date": time_text(row.conversion_date),
    }


def collateralized_conversion_view(state: State, row: CollateralizedConversion, form: Form) -> dict[str, Any]:
    write = amounts(form, state.params.dialect)
    return {
        "id": row.id,
        "owner": row.owner,
        "requestid": row.requestid,
        "collateral_amount": write.hive(row.collateral),
        "converted_amount": write.hbd(row.given_hbd),
        "conversion_date": time_text(row.conversion_date),
    }
