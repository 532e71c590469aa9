"""Every method that hived has is served here, or left out with a reason."""

import pytest

from node.rpc.apis import make_registry
from node.rpc.left_out import LEFT_OUT
from tests.helpers.api_docs import METHODS_OF_HIVED
from tests.node.rpc_world import Refused, RpcWorld

OURS = make_registry().methods
OF_HIVED = [f"{namespace}.{name}" for namespace, names in METHODS_OF_HIVED.items() for name in names]


WORLD = RpcWorld()


def is_left_out(name: str) -> bool:
    return name in LEFT_OUT or name.partition(".")[0] in LEFT_OUT


def test_every_method_of_hived_is_served_or_left_out() -> None:
    assert len(OF_HIVED) > 190
    assert [name for name in OF_HIVED if name not in OURS and not is_left_out(name)] == []


def test_nothing_that_is_left_out_is_served() -> None:
    assert [name for name in OURS if is_left_out(name)] == []


@pytest.mark.parametrize("name", LEFT_OUT)
def test_whoever_asks_for_what_is_left_out_is_told_why(name: str) -> None:
    method = name if "." in name else f"{name}.anything"
    with pytest.raises(Refused) as refusal:
        WORLD.ask(method)
    assert refusal.value.code == -32002
    what = f"method {name.partition('.')[2]}" if "." in name else f"API {name}"
    assert refusal.value.message.endswith(f"Could not find {what}")
    assert refusal.value.data["stack"][0]["data"]["reason"] == LEFT_OUT[name]
