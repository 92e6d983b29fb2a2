"""Grumpkin, the curve inside BN254: y² = x³ - 17 over BN254's scalar field, of prime order.

Circuits encrypt to keys on it. Points are affine; infinity is (0, 0), which is not on the curve, as in Noir.
Not in constant time: keys are used on their owner's computer, on data that nobody else times.

References
----------
https://hackmd.io/@aztec-network/ByzgNxBfd#2-Grumpkin---A-curve-on-top-of-BN-254-for-SNARK-efficient-group-operations
"""

from __future__ import annotations

from marketplace.constants import BN254_P, BN254_R

GENERATOR = (1, 0x2CF135E7506A45D632D270D45F1181294833FC48D823F272C)
"""The one that Noir's ``fixed_base_scalar_mul`` multiplies."""

ORDER = BN254_P
"""Of the group: the modulus of BN254's coordinates."""

CircuitPoint = tuple[int, int]
INFINITY: CircuitPoint = (0, 0)


def is_on_curve(point: CircuitPoint) -> bool:
    """Tell whether a point is on the curve; infinity is not."""
    x, y = point
    return 0 <= x < BN254_R and 0 <= y < BN254_R and (y * y - x * x * x + 17) % BN254_R == 0


def add(first: CircuitPoint, second: CircuitPoint) -> CircuitPoint:
    """Return the sum of two points."""
    if first == INFINITY or second == INFINITY:
        return second if first == INFINITY else first
    (x1, y1), (x2, y2) = first, second
    if x1 == x2:
        if (y1 + y2) % BN254_R == 0:
            return INFINITY
        slope = 3 * x1 * x1 * pow(2 * y1, -1, BN254_R)
    else:
        slope = (y2 - y1) * pow(x2 - x1, -1, BN254_R)
    x = (slope * slope - x1 - x2) % BN254_R
    return x, (slope * (x1 - x) - y1) % BN254_R


def multiply(scalar: int, point: CircuitPoint = GENERATOR) -> CircuitPoint:
    """Return a multiple of a point."""
    total = INFINITY
    for bit in f"{scalar % ORDER:b}":
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total
