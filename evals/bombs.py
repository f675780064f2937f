"""What bombs of every class cost: processor time, memory, bytes inflated, each in its own process.

    python -m evals.bombs

The bombs are those of the tests. It prints a table and returns 1 if one of them takes two seconds
of processor time, or 200 MiB.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Final

from evals.deep import run
from tests.helpers.bombs import BOMBS

_SECONDS: Final = 2.0
_MEMORY: Final = 200 << 20


def main() -> int:
    """Print the figures."""
    print("| bomb | bytes | processor s | memory MiB | inflated MiB | told |")
    print("|---|---|---|---|---|---|")
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        bomb, report = Path(folder, "bomb"), Path(folder, "report.json")
        command = [sys.executable, "-m", "modelassay", "scan", str(bomb), "--format", "json"]
        for name, (build, _, _) in BOMBS.items():
            bomb.write_bytes(build())
            cost = run(command, report)
            told = json.loads(report.read_bytes())
            rules = sorted({f"{one['rule']} {one['severity']}" for one in told["findings"]})
            inflated = told["coverage"]["bytes_inflated"]
            cells = (f"{cost.cpu:.2f}", f"{cost.memory >> 20}", f"{inflated >> 20}")
            print(f"| {name} | {bomb.stat().st_size} | {' | '.join(cells)} | {', '.join(rules)} |")
            worst += cost.cpu > _SECONDS or cost.memory > _MEMORY
    return int(worst > 0)


if __name__ == "__main__":
    sys.exit(main())
