"""The short form of tests.node.rpc_fuzz; `make fuzz` runs the long one."""

from tests.node.rpc_fuzz import fuzz

SEED = 20261128
MEMORY_MIB_MAX = 50


def test_whatever_is_asked_is_answered_like_hived() -> None:
    print(f"seed {SEED}")
    run, report = fuzz(bodies=1_500, calls=1_000, seed=SEED)
    assert not report.bugs
    assert not report.broken
    assert report.covered == set(run.everything.methods)
    assert report.codes[0] > 100  # it is not all refused at the door
    assert report.grown_mib < MEMORY_MIB_MAX
