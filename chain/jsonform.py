"""The JSON of declared records, in Hive's two forms (protocol.md §3.5, clients.md §2).

    LEGACY   ["vote", {…}]                                amounts as text, kinds of extensions as numbers
    HF26     {"type": "vote_operation", "value": {…}}     amounts as NAI objects, kinds as names

Written as hived writes: whole numbers beyond ±(2^53 − 1) as text, an absent optional left out, times without zone, bytes as hex.
Read leniently as hived reads: numbers as text, kinds as number or name, absent members as zero, false or empty, unknown members
ignored. What does not fit raises InvalidField with the way to the member.

A dialect gives the texts of symbols and the prefix of keys. Writers and readers are made once for each type, form and dialect.
"""

from typing import Any

from chain.asset import Dialect
from chain.fields import struct_of
from chain.jsonread import InvalidField, reader
from chain.jsonwrite import number_json, writer
from chain.operation import Operation
from chain.operations import OPERATION
from chain.wire import HF26, LEGACY, Form, WireType

__all__ = [
    "HF26",
    "LEGACY",
    "Form",
    "InvalidField",
    "from_json",
    "number_json",
    "read_value",
    "to_json",
    "value_json",
    "write_value",
]


def to_json(operation: Any, form: Form, dialect: Dialect) -> Any:
    """An operation or event with its name."""
    value = value_json(operation, form, dialect)
    if form is LEGACY:
        return [operation.name, value]
    return {"type": f"{operation.name}_operation", "value": value}


def value_json(record: Any, form: Form, dialect: Dialect) -> Any:
    """A declared record's members alone."""
    return write_value(struct_of(type(record)), record, form, dialect)


def from_json(value: Any, dialect: Dialect, form: Form | None = None) -> Operation:
    """An operation from either JSON form, or only from `form`; raises InvalidInput."""
    operation: Operation = read_value(OPERATION, value, form, dialect)
    return operation


def write_value(of: WireType, value: Any, form: Form, dialect: Dialect) -> Any:
    """Any value of a wire type."""
    write = writer(of, form, dialect)
    return write(value) if write else value


def read_value(of: WireType, value: Any, form: Form | None, dialect: Dialect) -> Any:
    """Any value of a wire type; raises InvalidInput."""
    return reader(of, form, dialect)(value)
