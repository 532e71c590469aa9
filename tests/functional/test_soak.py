"""Two mishaps of the soak, under load. Hours of them: `make soak`."""

from pathlib import Path

import pytest

from tests.functional.load import LoadNetwork
from tests.functional.node_process import REPOSITORY
from tests.functional.soak import NODES, Soak, Trickle, slope, sources_of

pytestmark = pytest.mark.functional

SEED = 2


def test_a_network_under_load_survives_a_kill_and_a_partition(tmp_path: Path) -> None:
    print(f"seed {SEED}")
    with LoadNetwork(tmp_path, nodes=NODES, people=20, seed=SEED, interval_seconds=1) as network:
        network.start()
        soak = Soak(network, SEED, print)
        with Trickle(network, rate=10) as trickle:
            soak.kill()
            soak.calm("kill -9")
            soak.part(1)
            soak.calm("part 3 + 1")
    assert trickle.outcomes["accepted"] > 10
    assert not network.conflicts
    assert soak.calms[0].head_num < soak.calms[1].head_num
    assert all(calm.files[0] < 100 for calm in soak.calms)


def test_another_version_is_named_by_its_directory_or_by_a_commit(tmp_path: Path) -> None:
    assert sources_of(str(tmp_path), tmp_path) == tmp_path
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a checkout")
    assert (sources_of("HEAD", tmp_path) / "cli" / "main.py").read_text().startswith('"""The command `skald`')


def test_a_slope_is_that_of_the_line_through_the_samples() -> None:
    assert slope([(0.0, 5.0), (1.0, 7.0), (2.0, 9.0)]) == pytest.approx(2.0)
    assert slope([(1.0, 5.0)]) == 0.0
