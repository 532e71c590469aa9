"""What an OpenRPC 1.3 document may look like, as JSON Schema: https://spec.open-rpc.org, object by object."""

from typing import Any, Final

TEXT: Final = {"type": "string", "minLength": 1}
YES_OR_NO: Final = {"type": "boolean"}
ANYTHING: Final[dict[str, Any]] = {}


def one(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


def many(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": of}


def or_reference(name: str) -> dict[str, Any]:
    return {"oneOf": [one(name), one("reference")]}


def by_name(of: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": of}


def record(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    """An object of these members and of extensions, whose names begin with x-."""
    return {
        "type": "object",
        "required": list(required),
        "properties": required | (optional or {}),
        "patternProperties": {"^x-": {}},
        "additionalProperties": False,
    }


DRAFT_07: Final = {"$ref": "http://json-schema.org/draft-07/schema#"}

DEFINITIONS: Final = {
    "reference": record({"$ref": TEXT}),
    "contact": record({}, {"name": TEXT, "email": TEXT, "url": TEXT}),
    "license": record({}, {"name": TEXT, "url": TEXT}),
    "documentation": record({"url": TEXT}, {"description": TEXT}),
    "info": record(
        {"title": TEXT, "version": TEXT},
        {"description": TEXT, "termsOfService": TEXT, "contact": one("contact"), "license": one("license")},
    ),
    "server": record(
        {"url": TEXT}, {"name": TEXT, "summary": TEXT, "description": TEXT, "variables": by_name(ANYTHING)}
    ),
    "tag": record({"name": TEXT}, {"summary": TEXT, "description": TEXT, "externalDocs": one("documentation")}),
    "content": record(
        {"name": TEXT, "schema": DRAFT_07},
        {"summary": TEXT, "description": TEXT, "required": YES_OR_NO, "deprecated": YES_OR_NO},
    ),
    "error": record({"code": {"type": "integer"}, "message": TEXT}, {"data": ANYTHING}),
    "example": record({"name": TEXT, "value": ANYTHING}, {"summary": TEXT, "description": TEXT}),
    "pairing": record(
        {"name": TEXT, "params": many(or_reference("example"))},
        {"summary": TEXT, "description": TEXT, "result": or_reference("example")},
    ),
    "link": record(
        {},
        {
            "name": TEXT,
            "summary": TEXT,
            "description": TEXT,
            "method": TEXT,
            "params": ANYTHING,
            "server": one("server"),
        },
    ),
    "method": record(
        {"name": TEXT, "params": many(or_reference("content")), "result": or_reference("content")},
        {
            "summary": TEXT,
            "description": TEXT,
            "tags": many(or_reference("tag")),
            "paramStructure": {"enum": ["by-name", "by-position", "either"]},
            "errors": many(or_reference("error")),
            "links": many(or_reference("link")),
            "examples": many(or_reference("pairing")),
            "servers": many(one("server")),
            "externalDocs": one("documentation"),
            "deprecated": YES_OR_NO,
        },
    ),
    "components": record(
        {},
        {
            "schemas": by_name(DRAFT_07),
            "links": by_name(one("link")),
            "errors": by_name(one("error")),
            "examples": by_name(one("example")),
            "examplePairings": by_name(one("pairing")),
            "contentDescriptors": by_name(one("content")),
            "tags": by_name(one("tag")),
        },
    ),
}

OPENRPC: Final = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "definitions": DEFINITIONS,
    **record(
        {"openrpc": {"type": "string", "pattern": r"^1\.3\.\d+$"}, "info": one("info"), "methods": many(one("method"))},
        {"servers": many(one("server")), "components": one("components"), "externalDocs": one("documentation")},
    ),
}
