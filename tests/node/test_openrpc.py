"""rpc.discover: a document that tools can read, made of nothing but the registry and replies that come out."""

from typing import Annotated, Any

import jsonschema
import pytest

from node.rpc.openrpc import document, examples
from node.rpc.registry import Method, Namespace, Schema
from tests.generate_docs import all_methods
from tests.helpers.examples import turn_of
from tests.helpers.openrpc_schema import OPENRPC
from tests.node.populated import populated_world
from tests.node.rpc_world import RpcWorld

METHODS = all_methods()
ALWAYS_REFUSED = {"condenser_api.get_account_references"}


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    answer: dict[str, Any] = RpcWorld().ask("rpc.discover")
    return answer


def of(found: dict[str, Any], name: str) -> dict[str, Any]:
    return next(method for method in found["methods"] if method["name"] == name)


def test_the_document_is_one_of_openrpc(found: dict[str, Any]) -> None:
    jsonschema.validate(found, OPENRPC, jsonschema.Draft7Validator)


@pytest.mark.parametrize("broken", [{"openrpc": "2.0"}, {"methods": [{"name": "x"}]}, {"more": 1}, {"servers": [{}]}])
def test_invalid_documents_would_be_noticed(broken: dict[str, Any]) -> None:
    small = document([METHODS["condenser_api.get_block"]])
    jsonschema.validate(small, OPENRPC, jsonschema.Draft7Validator)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(small | broken, OPENRPC, jsonschema.Draft7Validator)


def test_all_that_is_served_is_described_in_order(found: dict[str, Any]) -> None:
    assert [method["name"] for method in found["methods"]] == RpcWorld().ask("jsonrpc.get_methods")


def test_errors_lead_to_the_codes_of_the_node(found: dict[str, Any]) -> None:
    errors = found["components"]["errors"]
    assert errors["CallRefused"]["code"] == -32003
    for method in found["methods"]:
        for reference in method["errors"]:
            assert reference["$ref"].removeprefix("#/components/errors/") in errors


def test_parameters_have_the_types_and_bounds_that_are_cast(found: dict[str, Any]) -> None:
    history = {one["name"]: one for one in of(found, "account_history_api.get_account_history")["params"]}
    assert history["account"]["schema"] == {"type": "string", "maxLength": 16, "default": ""}
    assert history["start"]["schema"]["default"] == -1
    assert history["limit"]["schema"] == {"type": "integer", "minimum": 0, "maximum": 2**32 - 1, "default": 1000}
    (names, _) = of(found, "condenser_api.get_accounts")["params"]
    assert names["required"] is True
    assert names["schema"]["items"]["type"] == "string"
    direction = of(found, "condenser_api.get_withdraw_routes")["params"][1]["schema"]
    assert direction == {"type": "string", "enum": ["incoming", "outgoing", "all"], "default": "outgoing"}


def test_namespaces_are_tags_and_say_how_clients_send(found: dict[str, Any]) -> None:
    content = of(found, "condenser_api.get_content")
    assert content["tags"][0]["name"] == "condenser_api"
    assert (content["x-usual-params"], content["paramStructure"]) == ("an array", "either")
    wrapped = of(found, "wallet_bridge_api.get_account")
    assert (wrapped["x-usual-params"], wrapped["paramStructure"]) == ("an array in an array", "by-name")
    assert wrapped["examples"][0]["params"] == [{"name": "account", "value": "alice"}]
    assert all(method["tags"][0].get("description") for method in found["methods"])


@pytest.mark.parametrize("name", METHODS)
def test_an_example_fits_the_schemas_of_its_method(name: str) -> None:
    (described,) = document([METHODS[name]])["methods"]
    if name in ALWAYS_REFUSED:
        assert examples()[name]["error"]["code"] == -32003
        assert described["examples"] == []
        return
    (example,) = described["examples"]
    jsonschema.validate(example["result"]["value"], described["result"]["schema"], jsonschema.Draft7Validator)
    schemas = {one["name"]: one["schema"] for one in described["params"]}
    for argument in example["params"]:
        if argument["value"] is not None:  # null is "not given"
            jsonschema.validate(argument["value"], schemas[argument["name"]], jsonschema.Draft7Validator)


def test_schemas_hold_on_another_chain() -> None:
    """The examples' calls, asked where other things have happened; clients' own calls are held to them in test_client_requests."""
    world = populated_world()
    answered = 0
    for name, example in examples().items():
        if turn_of(name) or name in ALWAYS_REFUSED:
            continue
        reply = world.reply({"jsonrpc": "2.0", "method": name, "params": example["params"], "id": 1})
        if "result" in reply:  # the one or other community and post is not there
            jsonschema.validate(reply["result"], example["schema"], jsonschema.Draft7Validator)
            answered += 1
    assert answered > 0.9 * len(examples())


def test_a_method_without_an_example_is_described_all_the_same() -> None:
    namespace = Namespace("toy_api")

    @namespace.method
    def double(_context: Any, number: int) -> int:
        """Twice as much.

        And more words.
        """
        return number * 2

    (described,) = document(namespace.methods.values())["methods"]
    assert (described["summary"], described["description"]) == ("Twice as much.", "And more words.")
    assert (described["examples"], described["result"]["schema"]) == ([], {})


def test_a_schema_beside_a_cast_is_told() -> None:
    def even(_context: Any, number: Annotated[int, Schema(multipleOf=2)] = 4) -> int:
        return number

    method = Method("toy_api.even", even, positional=False, bare_object=False)
    assert method.parameters[0].schema == {"type": "integer", "multipleOf": 2}
    assert method(None, {"number": "6"}) == 6, "the usual cast still holds"


def test_what_is_the_operators_is_no_part_of_the_public_document() -> None:
    registry = RpcWorld().dispatcher.registry
    all_of_it, public = (
        {method["name"]: method for method in one.methods["rpc.discover"](None, {})["methods"]}
        for one in (registry, registry.public())
    )
    hidden = {name for name, method in registry.methods.items() if method.for_operator}
    assert hidden
    assert set(all_of_it) - set(public) == hidden
    assert {name for name, method in all_of_it.items() if method["x-operator"]} == hidden


def test_methods_that_come_later_are_described_too() -> None:
    world = RpcWorld()
    before = len(world.ask("rpc.discover")["methods"])
    late = Namespace("late_api")
    late.add(lambda _context: 1, name="one")
    world.dispatcher.registry.include(late)
    assert len(world.ask("rpc.discover")["methods"]) == before + 1
