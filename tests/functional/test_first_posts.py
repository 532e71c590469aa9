"""The programs of docs/app-developers.md, run as they stand there: each makes its first post on a devnet with a chain id of its own."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.functional.clients import packages
from tests.functional.node_process import NodeProcess
from tests.helpers.first_posts import FIRST_POSTS, FOLDER, FirstPost

pytestmark = pytest.mark.functional


@pytest.fixture(scope="module")
def devnet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NodeProcess]:
    node = NodeProcess(tmp_path_factory.mktemp("posts") / "devnet", speed=10, options=["--hive-compatible"])
    node.start()
    yield node
    node.stop()


def command_for(one: FirstPost, folder: Path) -> list[str]:
    """A program in JavaScript finds packages in the folders above it: so it goes beside them, as in a project of its own."""
    if one.file.endswith(".py"):
        return [packages.python_command(), str(one.path)]
    shutil.copy(one.path, folder)
    (folder / "node_modules").symlink_to(packages.npm_folder() / "node_modules")
    return [packages.node_command(), str(folder / one.file)]


def test_every_program_is_in_the_docs() -> None:
    assert {path.name for path in FOLDER.iterdir()} == {one.file for one in FIRST_POSTS}


@pytest.mark.parametrize("one", FIRST_POSTS, ids=lambda one: one.client)
def test_a_library_makes_its_first_post(one: FirstPost, devnet: NodeProcess, tmp_path: Path) -> None:
    try:
        command = command_for(one, tmp_path)
    except packages.Missing as missing:
        pytest.skip(str(missing))
    environment = os.environ | {"HIVE_NODE": f"http://127.0.0.1:{devnet.port}"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    devnet.hang_up()  # the node may have done so while the program ran
    sought = {"transaction_id": done.stdout.split()[-1]}
    while devnet.ask("transaction_status_api.find_transaction", sought)["status"] == "within_mempool":
        devnet.ask("devnet_api.produce", {"count": 1})
    post = devnet.ask("condenser_api.get_content", ["alice", one.permlink])
    assert (post["author"], post["body"]) == ("alice", "A first post.")
