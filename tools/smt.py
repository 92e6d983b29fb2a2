#!/usr/bin/env python3
"""Solve one question of halmos: ``smt.py FILE``. Yices and bitwuzla both try, the first answer counts.

Yices is quick at sums and at memory, bitwuzla at dividing 256-bit words; neither at both.
"""

import subprocess
import sys
import time
from pathlib import Path

BITWUZLA = """
import sys, bitwuzla
options = bitwuzla.Options()
options.set(bitwuzla.Option.PRODUCE_MODELS, True)
bitwuzla.Parser(bitwuzla.TermManager(), options).parse(sys.argv[1])
"""


def main() -> int:
    """Print what the faster solver answers."""
    yices = Path(sys.executable).parent / "yices-smt2"
    commands = [
        [str(yices), "--smt2-model-format", "--bvconst-in-decimal", sys.argv[1]],
        [sys.executable, "-c", BITWUZLA, sys.argv[1]],
    ]
    solvers = [subprocess.Popen(each, stdout=subprocess.PIPE, text=True) for each in commands]
    try:
        while solvers:
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
