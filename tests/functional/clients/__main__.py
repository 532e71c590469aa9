"""python -m tests.functional.clients [NAME …]: run the clients, print how it went and keep it in results.json."""

import sys
import tempfile
import time
from pathlib import Path

from tests.functional.clients.flows import CLIENTS
from tests.functional.clients.packages import Missing
from tests.functional.clients.results import write_results
from tests.functional.clients.suite import ClientsDevnet, Outcome, run_client


def main(names: list[str]) -> int:
    results: dict[str, dict[str, Outcome]] = {}
    with tempfile.TemporaryDirectory() as folder, ClientsDevnet(Path(folder) / "devnet") as devnet:
        for name in names or CLIENTS:
            started = time.monotonic()
            try:
                results[name] = run_client(CLIENTS[name], devnet)
            except Missing as missing:
                print(f"{name}: not run, {missing}")
                continue
            print(f"{name}: {time.monotonic() - started:.1f} seconds")
            for outcome in results[name].values():
                print(f"  {outcome.flow}: {outcome.recorded()} {outcome.error}".rstrip())
    write_results({name: {one.flow: one.recorded() for one in outcomes.values()} for name, outcomes in results.items()})
    return any(one.recorded() == "failed" for outcomes in results.values() for one in outcomes.values())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
