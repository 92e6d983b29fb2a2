"""Sealing and opening 1 GiB, over the tools people use for it, and over what the machine could do at most.

The tools: ``age`` encrypts the file into another, ``ipfs add --only-hash`` names that one. We read the same
file and write an artifact, with its content root and CID; both sides are processes of their own and write to
the same folder, without waiting for the disk. The limit: the same cipher over each byte and the same passes
of SHA-256 (plain pieces, encrypted pieces, and when sealing the store's leaves), by ``openssl speed`` on all
cores at once. When opening, the artifact is a file as it was fetched, and the plain file is written.
The least: what nobody who publishes can leave out, by the same cipher and the same compiled hashes, in a
process for each core that starts no interpreter and puts nothing in order; no sealing can be quicker here.

Memory is warm for each side (see ``warm``): else to have it back took up to 3.6 s for a new file of 1 GiB.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from bench_common import ROOT, Results, best_in_turns, figure, missing, ratio, timed, warm

SIZE = 2**30
TIMES = 6
IPFS = ROOT / "build" / "ipfs"

SEAL = """
import sys, time
from marketplace.crypto.envelope import seal
from marketplace.storage import CidHasher
started, hasher = time.perf_counter(), CidHasher()
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as sink:
    sealed = seal(source, sink, 12345, bytes(32), on_bytes=hasher.update)
print(time.perf_counter() - started, sealed.content_root.hex(), hasher.finish())
for line in open("/proc/self/status") if sys.platform == "linux" else ():
    if line.startswith("VmHWM"):
        print(int(line.split()[1]) // 1024)
"""
"""Prints seconds, content root and CID, then the largest resident set in MiB."""

OPEN = """
import sys, time
from marketplace.crypto.envelope import open_sealed
started = time.perf_counter()
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as sink:
    open_sealed(source, sink, 12345, bytes.fromhex(sys.argv[3]), int(sys.argv[4]))
print(time.perf_counter() - started)
"""

LEAST = """
import os, sys, time
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import ChaCha20
from marketplace.crypto.batches import new_buffer
from marketplace.hashing import Rows, hash_each
size, part, parts, batch = *map(int, sys.argv[3:]), 2**22
source, sink = os.open(sys.argv[1], os.O_RDONLY), os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT)
plain, out, digests = new_buffer(batch), new_buffer(batch), bytearray(2**15)
cipher = Cipher(ChaCha20(bytes(32), bytes(16)), mode=None).encryptor()
started = time.perf_counter()
for at in range(part * batch, size, parts * batch):
    os.preadv(source, [plain], at)
    cipher.update_into(plain, out)
    for data, count in ((plain, 1024), (out, 1024), (out, 16)):
        hash_each(count, Rows(data, batch // count, batch // count), Rows(digests, 32, 32))
    os.pwrite(sink, out, at)
print(time.perf_counter() - started)
"""
"""Prints the seconds of one of several processes that share what no publishing can leave out."""


class Bench:
    """The file, and what each side does with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plain = folder / "plain"
        self.artifact = folder / "artifact"
        with self.plain.open("wb") as sink:
            for _ in range(SIZE // 2**24):
                sink.write(os.urandom(2**24))
            os.fsync(sink.fileno())  # else it goes to disk while something is measured
        self.root = ""
        self.peaks: list[int] = []
        self.seal_seconds: list[float] = []

    def tools(self) -> float:
        """Encrypt with age and name the result with ipfs; return seconds."""
        out = self.folder / "plain.age"
        out.unlink(missing_ok=True)
        age = [
            "age",
            "--recipients-file",
            str(self.folder / "recipient"),
            "--output",
            str(out),
            str(self.plain),
        ]
        name = [str(IPFS), "add", "--only-hash", "--quieter", "--cid-version=1", "--raw-leaves", str(out)]
        env = {**os.environ, "IPFS_PATH": str(self.folder / "ipfs")}
        warm(self.folder, SIZE)
        seconds = timed(lambda: [run(*age), run(*name, env=env)])
        out.unlink()
        return seconds

    def seal(self) -> float:
        """Seal in a process of its own; return its seconds."""
        self.artifact.unlink(missing_ok=True)
        shown: list[str] = []
        warm(self.folder, SIZE)
        whole = timed(lambda: shown.append(python(SEAL, self.plain, self.artifact)))
        words = shown[0].split()
        self.root = words[1]
        self.seal_seconds.append(float(words[0]))
        self.peaks += map(int, words[3:])
        return whole

    def least(self) -> float:
        """Read, encrypt, hash three times and write, in a process for each core, and make nothing of it."""
        out = self.folder / "least"
        parts = len(os.sched_getaffinity(0))
        warm(self.folder, SIZE)
        begin = [sys.executable, "-c", LEAST, str(self.plain), str(out), str(SIZE)]
        running = [
            subprocess.Popen([*begin, str(part), str(parts)], stdout=subprocess.PIPE, text=True)
            for part in range(parts)
        ]
        seconds = max(float(process.communicate()[0]) for process in running)
        out.unlink()
        return seconds

    def open(self) -> float:
        """Open the artifact; return the seconds that took, the start of the process aside."""
        out = self.folder / "opened"
        warm(self.folder, SIZE)
        seconds = float(python(OPEN, self.artifact, out, self.root, SIZE))
        out.unlink()
        return seconds

    def cipher(self) -> float:
        """Return the least seconds for the cipher, by the machine's own measure."""
        return SIZE / speed("chacha20", 65536)

    def passes(self) -> float:
        """Return the least seconds for one pass of SHA-256."""
        return SIZE / speed("sha256", 16384)


def measure_envelope(folder: Path) -> Results:
    """Measure all in turns."""
    for name, hint in (("age", "apt-get install age"), ("openssl", "apt-get install openssl")):
        if shutil.which(name) is None:
            return missing("envelope.*", f"install {name}: {hint}")
    if not IPFS.exists():
        return missing("envelope.*", "make kubo")
    bench = Bench(folder)
    key = run("age-keygen", "--output", str(folder / "key")).stderr.split()[-1]
    (folder / "recipient").write_text(key + "\n")
    run(str(IPFS), "init", "--profile=test", env={**os.environ, "IPFS_PATH": str(folder / "ipfs")})
    tools, seal, least, opened, cipher, one_pass = best_in_turns(
        TIMES, bench.tools, bench.seal, bench.least, bench.open, bench.cipher, bench.passes
    )
    inner, cores = min(bench.seal_seconds), len(os.sched_getaffinity(0))
    limit = f"openssl speed on {cores} cores"
    results = {
        "envelope.publish_vs_tools": ratio(
            seal, tools, 2.0, "1 GiB encrypted, with root and CID, over age and then ipfs add --only-hash"
        ),
        "envelope.publish_least_vs_tools": ratio(
            least,
            tools,
            None,
            f"1 GiB read, encrypted, hashed three times and written by {cores} processes, over these tools",
        ),
        "envelope.encrypt_vs_limit": ratio(
            inner,
            cipher + 3 * one_pass,
            0.6,
            f"the same over ChaCha20 and three passes of SHA-256 by {limit}",
        ),
        "envelope.open_vs_limit": ratio(
            opened,
            cipher + 2 * one_pass,
            0.6,
            f"1 GiB opened, over ChaCha20 and two passes of SHA-256 by {limit}",
        ),
    }
    if bench.peaks:
        how = "largest resident set of a process that encrypts 1 GiB, with content root and CID"
        peak = figure(max(bench.peaks), "MiB", 256, how, better="lower")
        results["envelope.encrypt_rss_mib"] = peak
    return results


def speed(algorithm: str, size: int) -> float:
    """Return bytes a second that OpenSSL does on all cores together."""
    cores = str(len(os.sched_getaffinity(0)))
    command = ["openssl", "speed", "-seconds", "1", "-bytes", str(size), "-multi", cores, "-evp", algorithm]
    return float(run(*command).stdout.split()[-1].removesuffix("k")) * 1000


def python(code: str, *arguments: object) -> str:
    """Run code in a Python of its own."""
    return run(sys.executable, "-c", code, *map(str, arguments)).stdout


def run(*command: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program that must succeed."""
    return subprocess.run(command, check=True, capture_output=True, text=True, env=env)
