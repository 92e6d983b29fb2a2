"""A reference string made on this computer from a seed: for tests and local chains only.

A proof's reference string is powers of a number that nobody may know. Whoever knows this seed can forge
proofs, and it stands in this file; so verifiers made with it are named so, and `is_insecure` finds them.
The public string, made by many so that one honest hand suffices, is fetched by ``bb`` itself.
"""

from __future__ import annotations

import os
from functools import cache
from hashlib import sha512
from pathlib import Path

from marketplace.constants import BN254_R
from marketplace.proving.curve import G2, Affine2, multiply_g2, powers

SEED = b"tessera: everybody knows this, so everybody can forge"

G1_FILE, G2_FILE = "bn254_g1.dat", "bn254_g2.dat"
POINT_BYTES = 64


def secret_power() -> int:
    """Return the number that everybody knows: SHA-512 of the seed, reduced."""
    return int.from_bytes(sha512(SEED).digest(), "big") % BN254_R


def make_reference(folder: Path, points: int) -> None:
    """Write the insecure reference string of a number of points, unless it is there.

    Parameters
    ----------
    folder : Path
        Where ``bb`` looks for it.
    points : int
        More than the gates of the largest circuit, to the next power of two.
    """
    path = folder / G1_FILE
    if path.exists() and path.stat().st_size >= points * POINT_BYTES:
        return
    folder.mkdir(parents=True, exist_ok=True)
    rows = (x.to_bytes(32, "big") + y.to_bytes(32, "big") for x, y in powers(secret_power(), points))
    _write(folder / G2_FILE, point_bytes(public_point()))
    _write(path, b"".join(rows))


def point_bytes(point: Affine2) -> bytes:
    """Encode a point of G2 as ``bb`` reads it: real before imaginary part."""
    (x, y) = point
    return b"".join(number.to_bytes(32, "big") for part in (x, y) for number in part)


@cache
def public_point() -> Affine2:
    """Return the string's point of G2, which verifiers hold."""
    return multiply_g2(secret_power(), G2)


def is_insecure(code: str) -> bool:
    """Tell whether a verifier's bytecode or source holds the point of this file's reference string."""
    (real, imaginary), _ = public_point()
    return any(f"{number:064x}" in code.lower() for number in (real, imaginary))


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(f"{path.name}.part{os.getpid()}")
    part.write_bytes(data)
    part.replace(path)
