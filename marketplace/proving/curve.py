"""BN254's groups in plain integers: as much as a reference string takes.

References
----------
EIP-196 and EIP-197. https://eips.ethereum.org/EIPS/eip-197
"""

from __future__ import annotations

from collections.abc import Iterator

from marketplace.constants import BN254_P as P
from marketplace.constants import BN254_R

Affine = tuple[int, int]
Number2 = tuple[int, int]
"""A number a + b·i of the quadratic extension: (a, b)."""
Affine2 = tuple[Number2, Number2]

G1: Affine = (1, 2)
G2: Affine2 = (
    (
        0x1800DEEF121F1E76426A00665E5C4479674322D4F75EDADD46DEBD5CD992F6ED,
        0x198E9393920D483A7260BFB731FB5D25F1AA493335A9E71297E485B7AEF312C2,
    ),
    (
        0x12C85EA5DB8C6DEB4AAB71808DCB408FE3D1E7690C43D37B4CE6CC0166FA7DAA,
        0x090689D0585FF075EC9E99AD690C3395BC4B313370B38EF355ACDADCD122975B,
    ),
)

WINDOW_BITS = 10
BATCH = 8192


def powers(base: int, count: int) -> Iterator[Affine]:
    """Yield base^0 · G1, base^1 · G1, … in batches, each addition's inversion shared by the batch.

    Parameters
    ----------
    base : int
        Below the group's order, not 0.
    count : int
    """
    tables = _tables()
    scalar = 1
    for start in range(0, count, BATCH):
        scalars = []
        for _ in range(min(BATCH, count - start)):
            scalars.append(scalar)
            scalar = scalar * base % BN254_R
        yield from _multiples(tables, scalars)


def multiply_g2(scalar: int, point: Affine2) -> Affine2:
    """Return a multiple of a point of G2, the scalar not 0 and below the order."""
    total = point
    for bit in f"{scalar:b}"[1:]:
        total = _add2(total, total)
        if bit == "1":
            total = _add2(total, point)
    return total


def _tables() -> list[list[Affine]]:
    """Return for each window of a scalar the multiples 1 .. 2^w of its power of two times G1."""
    tables, base = [], G1
    for _ in range(0, 254, WINDOW_BITS):
        row = [base]
        while len(row) < 2**WINDOW_BITS:
            row += _add_all([row[-1]] * len(row), row)  # doubles what there is: k·B + (1 … k)·B
        tables.append(row)
        base = row[-1]
    return tables


def _multiples(tables: list[list[Affine]], scalars: list[int]) -> list[Affine]:
    """Return scalar · G1 of each scalar, none of them 0: every window but the lowest is added in turn."""
    totals: list[Affine | None] = [None] * len(scalars)
    mask = 2**WINDOW_BITS - 1
    for number, table in enumerate(tables):
        digits = [scalar >> (number * WINDOW_BITS) & mask for scalar in scalars]
        adding = [i for i, digit in enumerate(digits) if digit and totals[i] is not None]
        sums = _add_all([totals[i] for i in adding], [table[digits[i] - 1] for i in adding])  # type: ignore[misc]
        for i, digit in enumerate(digits):
            if digit and totals[i] is None:
                totals[i] = table[digit - 1]
        for i, total in zip(adding, sums):
            totals[i] = total
    return [total for total in totals if total is not None]


def _add_all(first: list[Affine], second: list[Affine]) -> list[Affine]:
    """Add pairs of points, no sum infinite, with one inversion for all (Montgomery's trick)."""
    slopes: list[tuple[int, int]] = []
    prefix, product = [], 1
    for (x1, y1), (x2, y2) in zip(first, second):
        over, under = (y2 - y1, x2 - x1) if x1 != x2 else (3 * x1 * x1, 2 * y1)
        slopes.append((over, under))
        prefix.append(product)
        product = product * under % P
    inverse = pow(product, -1, P)
    sums: list[Affine] = []
    for i in range(len(first) - 1, -1, -1):
        over, under = slopes[i]
        slope = over * (inverse * prefix[i] % P) % P
        inverse = inverse * under % P
        (x1, y1), (x2, _) = first[i], second[i]
        x = (slope * slope - x1 - x2) % P
        sums.append((x, (slope * (x1 - x) - y1) % P))
    sums.reverse()
    return sums


def _times2(first: Number2, second: Number2) -> Number2:
    (a, b), (c, d) = first, second
    return (a * c - b * d) % P, (a * d + b * c) % P


def _inverse2(number: Number2) -> Number2:
    a, b = number
    norm = pow(a * a + b * b, -1, P)
    return a * norm % P, -b * norm % P


def _minus2(first: Number2, second: Number2) -> Number2:
    return (first[0] - second[0]) % P, (first[1] - second[1]) % P


def _add2(first: Affine2, second: Affine2) -> Affine2:
    (x1, y1), (x2, y2) = first, second
    if x1 == x2:
        square = _times2(x1, x1)
        over, under = (3 * square[0], 3 * square[1]), (2 * y1[0], 2 * y1[1])
    else:
        over, under = _minus2(y2, y1), _minus2(x2, x1)
    slope = _times2(over, _inverse2(under))
    x = _minus2(_minus2(_times2(slope, slope), x1), x2)
    return x, _minus2(_times2(slope, _minus2(x1, x)), y1)
