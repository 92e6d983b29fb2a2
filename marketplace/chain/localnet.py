"""A local chain: anvil, started and stopped for you."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from marketplace.chain.artifacts import load_artifact
from marketplace.chain.rpc import LOCAL_CHAIN_ID, Node
from marketplace.constants import MAX_RECORD_BYTES
from marketplace.errors import ChainError
from marketplace.foreign import read_text

DEFAULT_PORT = 8545
START_TIMEOUT_SECONDS = 20.0
STOP_TIMEOUT_SECONDS = 5.0
_POLL_SECONDS = 0.02
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


@dataclass(frozen=True)
class LocalnetState:
    """A running local chain.

    Parameters
    ----------
    pid, port, chain_id : int
    """

    pid: int
    port: int
    chain_id: int

    @property
    def url(self) -> str:
        """JSON-RPC address."""
        return f"http://127.0.0.1:{self.port}"


def find_anvil(setting: Path | None = None) -> Path:
    """Find the anvil program: the setting, else node_modules, else PATH.

    Raises
    ------
    ChainError
        If there is none.
    """
    hint = "install it with: make setup (or npm install), or set TESSERA_ANVIL"
    if setting is not None:
        if os.access(setting, os.X_OK) and setting.is_file():
            return setting
        raise ChainError(f"TESSERA_ANVIL names no program: {setting}", hint)
    for root in (Path(__file__).parents[2], Path.cwd()):
        for path in sorted((root / "node_modules" / "@foundry-rs").glob("anvil-*/bin/anvil")):
            if os.access(path, os.X_OK):
                return path
    if found := shutil.which("anvil"):
        return Path(found)
    raise ChainError("the program anvil was not found", hint)


class Localnet:
    """Start, find and stop the local chain of a folder.

    As a context manager the chain ends with the block, with the process, and, on Linux, with the
    thread that started it, however that ends. Without, it runs until `stop`, also from another process.

    Parameters
    ----------
    folder : Path
        Keeps the process id and the log.
    anvil : Path, optional
        The program; see `find_anvil`.
    """

    def __init__(self, folder: Path, anvil: Path | None = None) -> None:
        self.folder = Path(folder)
        self._anvil = anvil
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> LocalnetState:
        return self.start(port=0, bound=True)

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def _file(self) -> Path:
        return self.folder / "localnet.json"

    @property
    def _states(self) -> Path:
        return self.folder / "states"

    def status(self) -> LocalnetState | None:
        """Return the running chain, or None."""
        try:
            state = LocalnetState(**json.loads(read_text(self._file, MAX_RECORD_BYTES)))
        except (OSError, ValueError, TypeError):
            return None
        return state if _is_anvil(state) else None

    def start(
        self, *, port: int | None = None, chain_id: int = LOCAL_CHAIN_ID, bound: bool = False
    ) -> LocalnetState:
        """Start the chain, or return the one that runs.

        Parameters
        ----------
        port : int, optional
            0 is any free one; by default 8545, or any free one if that is taken.
        chain_id : int
        bound : bool
            End it together with this process.

        Raises
        ------
        ChainError
            If anvil is not found or does not answer.
        """
        if (running := self.status()) is not None:
            return running
        anvil = find_anvil(self._anvil)
        self.folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.mkdir(exist_ok=True)
        chosen = _free_port(DEFAULT_PORT if port is None else port, strict=bool(port))
        command = [str(anvil), "--host", "127.0.0.1", "--port", str(chosen), "--chain-id", str(chain_id)]
        command += ["--hardfork", "prague", "--accounts", "1", "--silent"]
        self._forget_states()
        command += ["--cache-path", str(self._states)]
        log = self.folder / "anvil.log"
        try:
            with log.open("wb") as output:
                self._process = subprocess.Popen(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                    preexec_fn=_die_with_parent if bound and sys.platform == "linux" else None,
                )
        except OSError as error:
            raise ChainError(f"can't start {anvil}: {error.strerror}") from error
        if bound:
            atexit.register(self.stop)
        state = LocalnetState(self._process.pid, chosen, chain_id)
        self._file.write_text(json.dumps(asdict(state)), "utf-8")
        self._wait_until_ready(state, log)
        return state

    def stop(self) -> bool:
        """Stop the chain for sure; tell whether one ran."""
        state = self.status()
        if state is not None:
            self._end(state.pid)
            self._wait_until_closed(state.port)
        if self._process is not None and self._process.poll() is None:
            self._end(self._process.pid)
        self._process = None
        self._file.unlink(missing_ok=True)
        self._forget_states()
        atexit.unregister(self.stop)
        return state is not None

    def _forget_states(self) -> None:
        """Remove the states of old blocks, gigabytes that a chain leaves where it kept them."""
        shutil.rmtree(self._states, ignore_errors=True)

    def _end(self, pid: int) -> None:
        for sent in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, sent)
            deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
            while time.monotonic() < deadline:
                if self._process is not None:
                    self._process.poll()  # reaps it
                if not _is_alive(pid):
                    return
                time.sleep(_POLL_SECONDS)

    def _wait_until_closed(self, port: int) -> None:
        """Wait for the last thread of a process that counts as ended: it holds the port a moment longer."""
        deadline = time.monotonic() + STOP_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
            except OSError:
                return
            time.sleep(_POLL_SECONDS)

    def _wait_until_ready(self, state: LocalnetState, log: Path) -> None:
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                break
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", state.port), timeout=1).close()
                return
            time.sleep(_POLL_SECONDS)
        self.stop()
        said = log.read_text("utf-8", "replace").strip().splitlines()
        raise ChainError(f"the local chain did not start: {said[-1][:200] if said else 'no answer'}")


class LocalChain:
    """What only a local chain can do: time, blocks and money at will.

    Parameters
    ----------
    node : Node

    Raises
    ------
    ChainError
        If the node is not anvil.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        version = str(node.request("web3_clientVersion"))
        if not version.startswith("anvil"):
            raise ChainError(
                f"this works on a local chain only, not on {version[:60]}",
                "start one with: tessera localnet start",
            )

    def advance(self, seconds: int) -> int:
        """Move time on by some seconds and mine a block; return its time, Unix seconds."""
        if seconds < 0:
            raise ValueError("time only moves on")
        self._node.request("evm_increaseTime", seconds)
        self._node.request("evm_mine")
        return self._node.block().timestamp

    def mine(self, blocks: int = 1) -> int:
        """Mine blocks, one second apart; return the newest number."""
        self._node.request("anvil_mine", hex(blocks), hex(1))
        return self._node.block().number

    def set_balance(self, address: str, wei: int) -> None:
        """Set an address's balance of the chain's own coin, wei."""
        self._node.request("anvil_setBalance", address, hex(wei))

    def mint(self, token: str, address: str, amount: int) -> None:
        """Mint test tokens, in base units, to an address."""
        with self._node.errors():
            web3 = self._node.web3
            contract = web3.eth.contract(web3.to_checksum_address(token), abi=load_artifact("TestToken").abi)
            sent = contract.functions.mint(web3.to_checksum_address(address), amount).transact(
                {"from": web3.eth.accounts[0]}
            )
            web3.eth.wait_for_transaction_receipt(sent, poll_latency=_POLL_SECONDS)


def _free_port(wanted: int, *, strict: bool) -> int:
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                if strict:
                    raise ChainError(f"port {port} is taken", "choose another with --port") from error
                continue
            return int(probe.getsockname()[1])
    raise ChainError("no port is free")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    # A dead process that nobody has waited for still has its id.
    with contextlib.suppress(OSError, IndexError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return True


def _is_anvil(state: LocalnetState) -> bool:
    """Tell whether the process is that anvil: a process id may have been given away again."""
    if not _is_alive(state.pid):
        return False
    shown = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(state.pid)], capture_output=True, text=True, check=False
    )
    return "anvil" in shown.stdout and f"--port {state.port}" in shown.stdout


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
