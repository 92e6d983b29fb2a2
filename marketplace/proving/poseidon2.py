"""Poseidon2 over the scalar field of BN254, as circuits hash (docs/proving.md).

The permutation has four words, 8 full and 56 partial rounds and fifth powers; its round constants come out
of the Grain shift register, as the paper says, and are those of Noir and Barretenberg.

References
----------
Grassi, Khovratovich, Schofnegger 2023, "Poseidon2". https://eprint.iacr.org/2023/323
Grassi et al. 2019, "Poseidon", appendix E (the register). https://eprint.iacr.org/2019/458
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from marketplace.constants import BN254_R

WIDTH, RATE = 4, 3
FULL_ROUNDS, PARTIAL_ROUNDS = 8, 56

DIAGONAL = (
    0x10DC6E9C006EA38B04B1E03B4BD9490C0D03F98929CA1D7FB56821FD19D3B6E7,
    0x0C28145B6A44DF3E0149B3D0A30B3BB599DF9756D4DD9B84A86B38CFB45A740B,
    0x00544B8338791518B2C7645A50392798B21F75BB60E3596170067D00141CAC15,
    0x222C01175718386F2E2E82EB122789E352E105A3B8FA852613BC534433EE428B,
)
"""Of the matrix of the partial rounds, less one; every other entry is one. As in Noir and Barretenberg."""

State = tuple[int, int, int, int]


def _register() -> Iterator[int]:
    """Yield the bits of the Grain register for this field, power, width and rounds."""
    fields = (
        (1, 2),
        (0, 4),
        (254, 12),
        (WIDTH, 12),
        (FULL_ROUNDS, 10),
        (PARTIAL_ROUNDS, 10),
        (2**30 - 1, 30),
    )
    bits = [int(bit) for value, width in fields for bit in f"{value:0{width}b}"]

    def step() -> int:
        bit = bits[62] ^ bits[51] ^ bits[38] ^ bits[23] ^ bits[13] ^ bits[0]
        bits.append(bit)
        del bits[0]
        return bit

    for _ in range(160):
        step()
    while True:
        if step():
            yield step()
        else:
            step()


@cache
def round_constants() -> tuple[tuple[int, ...], ...]:
    """Return the constants of each round: four in a full one, one in a partial one."""
    bits = _register()

    def word() -> int:
        while True:
            value = int("".join(str(next(bits)) for _ in range(254)), 2)
            if value < BN254_R:
                return value

    half = FULL_ROUNDS // 2
    widths = [WIDTH] * half + [1] * PARTIAL_ROUNDS + [WIDTH] * half
    return tuple(tuple(word() for _ in range(width)) for width in widths)


def permute(state: Sequence[int]) -> State:
    """Return the permutation of four words.

    Parameters
    ----------
    state : sequence of int
        Four numbers below `BN254_R`.
    """
    a, b, c, d = _mix(*state)
    for constants in round_constants():
        if len(constants) == WIDTH:
            w, x, y, z = constants
            a, b, c, d = _mix(_fifth(a + w), _fifth(b + x), _fifth(c + y), _fifth(d + z))
        else:
            a = _fifth(a + constants[0])
            total = a + b + c + d
            e, f, g, h = DIAGONAL
            a, b = (a * e + total) % BN254_R, (b * f + total) % BN254_R
            c, d = (c * g + total) % BN254_R, (d * h + total) % BN254_R
    return a, b, c, d


def sponge(tag: int, words: Iterable[int]) -> int:
    """Hash words under a tag, three to a permutation.

    Not for words of any number: what is hashed under one tag always has the same length.
    """
    state, filled = [0, 0, 0, tag], 0
    for word in words:
        if filled == RATE:
            state, filled = list(permute(state)), 0
        state[filled] = (state[filled] + word) % BN254_R
        filled += 1
    return permute(state)[0]


def pads(key: int, tag: int, context: int, count: int) -> list[int]:
    """Return numbers that cover ``count`` words: three of each permutation of (key, tag, i, context)."""
    blocks = (permute((key, tag, i, context))[:RATE] for i in range(-(-count // RATE)))
    return [pad for block in blocks for pad in block][:count]


def _fifth(x: int) -> int:
    square = x * x % BN254_R
    return square * square * x % BN254_R


def _mix(a: int, b: int, c: int, d: int) -> State:
    """Multiply by the matrix of the full rounds, (5 7 1 3 / 4 6 1 1 / 1 3 5 7 / 1 1 4 6)."""
    return (
        (5 * a + 7 * b + c + 3 * d) % BN254_R,
        (4 * a + 6 * b + c + d) % BN254_R,
        (a + 3 * b + 5 * c + 7 * d) % BN254_R,
        (a + b + 4 * c + 6 * d) % BN254_R,
    )
