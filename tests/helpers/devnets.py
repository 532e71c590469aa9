"""The devnet of genesis.json, with other rules where a test needs them."""

from dataclasses import replace
from typing import Any

from chain.presets import Genesis, preset


def devnet(**params: Any) -> Genesis:
    """With these parameters; those not named are as in the preset."""
    genesis = preset("devnet")
    return replace(genesis, params=replace(genesis.params, **params))


def devnet_by_the_old_rule(**params: Any) -> Genesis:
    """Blocks become irreversible when three quarters of the witnesses have built on them: for chains that nobody votes on."""
    return devnet(**{"finality_votes": False} | params)
