"""The JSON Schema of a value, and of several values together: member names and types, nothing that a chain's state decides."""

import re
from functools import reduce
from typing import Any

NAMES = re.compile(r"[A-Za-z_]\w*")


def schema_of(value: Any) -> dict[str, Any]:
    """Types and members of a JSON value. An object whose names are data (`alice/hello`) is a map."""
    if isinstance(value, dict):
        members = {name: schema_of(member) for name, member in value.items()}
        if all(NAMES.fullmatch(name) for name in members):
            return {"type": "object", "properties": members} if members else {"type": "object"}
        return {"type": "object", "additionalProperties": reduce(either, members.values())}
    if isinstance(value, list):
        items = [schema_of(item) for item in value]
        return {"type": "array", "items": reduce(either, items)} if items else {"type": "array"}
    return {"type": _type_of(value)}


def _type_of(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return "string"
    return "integer" if isinstance(value, int) else "number"


def either(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """What allows what each of two allows."""
    if left == right:
        return left
    types = sorted({*_types(left), *_types(right)})
    if "number" in types and "integer" in types:
        types.remove("integer")
    merged: dict[str, Any] = {"type": types[0] if len(types) == 1 else types}
    properties = dict(left.get("properties", {}))
    for name, schema in right.get("properties", {}).items():
        properties[name] = either(properties[name], schema) if name in properties else schema
    if properties:
        merged["properties"] = properties
    for place in ("additionalProperties", "items"):
        found = [schema[place] for schema in (left, right) if place in schema]
        if found:
            merged[place] = reduce(either, found)
    return merged


def _types(schema: dict[str, Any]) -> list[str]:
    types = schema["type"]
    return [types] if isinstance(types, str) else list(types)
