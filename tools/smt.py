#!/usr/bin/env python3
"""Solve one question of halmos: ``smt.py FILE``. Two try, and the first answer counts.

Yices, bit by bit, is quick at sums and memory, and finds counterexamples. Where 256-bit words are multiplied
and divided it never ends: there integers.py, which starts a moment later, shows that there is none.
"""

import subprocess
import sys
import time
from pathlib import Path

LEAD_S = 0.3  # most questions yices answers sooner


def main() -> int:
    """Print what the faster solver answers."""
    yices = Path(sys.executable).parent / "yices-smt2"
    commands = [
        [str(yices), "--smt2-model-format", "--bvconst-in-decimal", sys.argv[1]],
        [sys.executable, str(Path(__file__).with_name("integers.py")), sys.argv[1]],
    ]
    solvers: list[subprocess.Popen[str]] = []
    began = time.monotonic()
    try:
        while commands or solvers:
            if commands and (not solvers or time.monotonic() > began + LEAD_S):
                solvers.append(subprocess.Popen(commands.pop(0), stdout=subprocess.PIPE, text=True))
                began = time.monotonic()
            for solver in [one for one in solvers if one.poll() is not None]:
                assert solver.stdout is not None
                answer = solver.stdout.read()
                if answer.startswith(("sat", "unsat")):
                    sys.stdout.write(answer)
                    return 0
                solvers.remove(solver)
            time.sleep(0.01)
    finally:
        for solver in solvers:
            solver.kill()
    return 1


if __name__ == "__main__":
    sys.exit(main())
