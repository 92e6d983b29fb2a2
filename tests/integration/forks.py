"""Commands as real processes, without the second that imports take: a server forks itself for each.

A forked child is a process like any other: it has its own memory, files and connections, and dies of
SIGKILL at once. Only its modules are there already.
"""

import contextlib
import gc
import importlib
import json
import os
import pkgutil
import signal
import subprocess
import sys
import tempfile
import traceback
from dataclasses import dataclass
from pathlib import Path

LONGEST_SECONDS = 300
ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Parameters
    ----------
    code : int
        Negative: the signal that killed it.
    out, err : str
    points : tuple of str
        Names of the points it passed.
    """

    code: int
    out: str
    err: str
    points: tuple


class Forks:
    """Starts commands, one after the other."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        self.runs = 0
        self._server = subprocess.Popen(
            [sys.executable, "-m", "tests.integration.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def run(self, environment, words, *, left=0, folders=()):
        """Run a command to its end, or to its death at a point."""
        self.runs += 1
        files = {name: str(self.folder / f"{name}") for name in ("out", "err", "points")}
        Path(files["points"]).unlink(missing_ok=True)
        job = {
            "environment": environment,
            "words": [str(word) for word in words],
            "left": left,
            "folders": [str(folder) for folder in folders],
            **files,
        }
        self._server.stdin.write(json.dumps(job) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        assert answer, "the server of forks is dead"
        texts = {}
        for name, path in files.items():
            texts[name] = Path(path).read_text() if Path(path).exists() else ""
        points = tuple(texts["points"].splitlines())
        return Ended(json.loads(answer)["code"], texts["out"], texts["err"], points)

    def close(self):
        self._server.stdin.close()
        self._server.wait(120)


def serve():
    """Fork for each line of standard input, and tell how the child ended."""
    _warm_up()
    for line in sys.stdin:
        job = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(job)
        _, status = os.waitpid(child, 0)
        print(json.dumps({"code": os.waitstatus_to_exitcode(status)}), flush=True)


def _warm_up():
    """Import all modules, also those that only a first use imports; nothing is left running."""
    import marketplace
    from marketplace.chain import LocalSigner
    from marketplace.chain.artifacts import load_artifact
    from marketplace.chain.reverts import shipped_errors
    from marketplace.constants import SCRYPT_N_LIGHT
    from marketplace.crypto.keystore import Keystore

    for module in pkgutil.walk_packages(marketplace.__path__, "marketplace."):
        # what is compiled in native are libraries for cffi, not modules
        if not module.name.endswith("__main__") and not module.name.startswith("marketplace.native."):
            importlib.import_module(module.name)
    importlib.import_module("tests.integration.audit_lies")
    with tempfile.TemporaryDirectory() as folder:
        keystore = Keystore(Path(folder), SCRYPT_N_LIGHT)
        keystore.create("nobody", "password")
        signer = LocalSigner(keystore.unlock("nobody", "password").account)
        fields = {"nonce": 0, "gas": 21_000, "maxFeePerGas": 1, "maxPriorityFeePerGas": 1, "value": 0}
        signer.sign_transaction({**fields, "to": signer.address, "chainId": 1, "data": "0x", "type": 2})
    for name in ("Vault", "Assets", "Exchange", "Operators", "Panels", "Bounties", "Referee", "TestToken"):
        load_artifact(name)
    shipped_errors()
    gc.freeze()  # children share these pages


def _live(job):
    """Be the command."""
    code = 70
    try:
        signal.alarm(LONGEST_SECONDS)
        os.environ.clear()
        os.environ.update(job["environment"])
        for number, (name, flags) in enumerate(
            ((os.devnull, os.O_RDONLY), (job["out"], os.O_WRONLY), (job["err"], os.O_WRONLY))
        ):
            handle = os.open(name, flags | (os.O_CREAT | os.O_TRUNC if number else 0), 0o600)
            os.dup2(handle, number)
            os.close(handle)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        from tests.integration.crooked import main
        from tests.integration.deaths import arm

        reaper = arm(job["left"], job["folders"], job["points"])
        sys.argv = ["tessera", *job["words"]]
        try:
            main()
            code = 0
        except SystemExit as error:
            code = error.code if isinstance(error.code, int) else int(error.code is not None)
        reaper.count("before the end")
    except BaseException:
        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
