"""Proving tools that prove a statement once, and show that proof again: it is real, and always holds.

A story that is told a hundred times would else take an hour of proving. With `same_people`
even stories of other runs are about the same statements. The folder looks like that of
`marketplace.proving.toolchain`; what is in it asks the true tools, of build/proving, for what is new.
"""

import fcntl
import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).parents[2]
TRUE = ROOT / "build" / "proving"
PROOFS = ROOT / "build" / "proved-once"
RESULTS = ("proof", "public_inputs")
PLACES = "node_modules/@aztec/bb.js/build/*/bb"
"""Of the programs, one for each kind of machine."""

BB = """#!{python}
import sys
sys.path.insert(0, {root!r})
from tests.integration import proof_cache
proof_cache.bb({true!r}, sys.argv[1:])
"""


def make_tools(folder):
    """Make a folder of proving tools."""
    for true in TRUE.glob(PLACES):
        mine = folder / true.relative_to(TRUE)
        mine.parent.mkdir(parents=True)
        mine.write_text(BB.format(python=sys.executable, root=str(ROOT), true=str(true)))
        mine.chmod(0o755)
    (folder / "witness.mjs").write_text("// the witness is only computed for what was not proved before\n")
    shutil.copyfile(TRUE / ".installed", folder / ".installed")
    (folder / "reference").symlink_to(TRUE / "reference")
    return folder


def bb(true, words):
    """Do what ``bb prove`` does, for the inputs beside the witness."""
    options = dict(zip(words[1::2], words[2::2]))
    folder = Path(options["-o"])
    inputs = json.loads((folder / "inputs.json").read_text())
    inputs.pop("secret", None)  # any scalar seals as well
    parts = [json.dumps(inputs, sort_keys=True).encode(), (folder / "vk").read_bytes()]
    found = PROOFS / sha256(b"".join([*parts, (TRUE / ".installed").read_bytes()])).hexdigest()
    found.mkdir(parents=True, exist_ok=True)
    with (found / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found / RESULTS[-1]).exists():
            _prove(true, words, options, folder)
            for name in RESULTS:
                shutil.copyfile(folder / name, found / f"{name}.new")
                os.replace(found / f"{name}.new", found / name)
    for name in RESULTS:
        shutil.copyfile(found / name, folder / name)


def _prove(true, words, options, folder):
    program, witness = options["-b"], options["-w"]
    node = ["node", str(TRUE / "witness.mjs"), program, str(folder / "inputs.json"), witness]
    for command in (node, [true, *words]):
        subprocess.run(command, cwd=TRUE, check=True, stdout=subprocess.DEVNULL)
