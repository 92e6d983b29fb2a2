"""Points and scalars against a pure-Python twin of the on-chain arithmetic."""

import pytest
from eth_account import Account
from eth_utils import keccak, to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from marketplace.constants import SECP256K1_N as N
from marketplace.crypto.points import (
    Point,
    contest_h,
    lock_address,
    recover_key,
    sale_h,
    settlement_scalar,
    shared_address,
)
from marketplace.errors import DataError

P = 2**256 - 2**32 - 977
GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798
GY = 0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8
ZERO = to_checksum_address(bytes(20))
CONTRACT = to_checksum_address("0x" + "c0" * 20)
scalars = st.integers(1, N - 1)


def add(a, b):
    """Add two points of secp256k1; None is infinity."""
    if a is None or b is None:
        return a or b
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = 3 * a[0] ** 2 * pow(2 * a[1], -1, P) % P
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P) % P
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def multiply(scalar, point):
    total = None
    while scalar:
        if scalar & 1:
            total = add(total, point)
        point, scalar = add(point, point), scalar >> 1
    return total


def lift(x, parity):
    """Return the point with that x and parity, or None off the curve."""
    y = pow(x**3 + 7, (P + 1) // 4, P)
    if y * y % P != (x**3 + 7) % P:
        return None
    return (x, y if y % 2 == parity else P - y)


def ecrecover(digest, v, r, s):
    """The precompile at address 1; zero where it returns nothing (high s is accepted)."""
    if v not in (27, 28) or not 0 < r < N or not 0 < s < N:
        return ZERO
    point = lift(r, v - 27)
    if point is None:
        return ZERO
    inverse = pow(r, -1, N)
    minus = (GX, P - GY)
    key = add(multiply(s * inverse % N, point), multiply(digest * inverse % N, minus))
    return ZERO if key is None else address_of(key)


def address_of(point):
    return to_checksum_address(keccak(point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big"))[12:])


@settings(max_examples=15, deadline=None)
@given(scalars)
def test_address__scalar__precompile_agrees(t):
    expected = ecrecover(0, 27, GX, t * GX % N)
    assert Point.from_scalar(t).address() == expected == Account.from_key(t.to_bytes(32, "big")).address


@settings(max_examples=15, deadline=None)
@given(scalars, scalars)
def test_shared_address__both_sides_and_precompile__agree(b, p):
    ours, theirs = Point.from_scalar(b), Point.from_scalar(p)
    expected = ecrecover(0, 27 + theirs.parity, theirs.x, b * theirs.x % N)
    assert shared_address(b, theirs) == shared_address(p, ours) == expected


@settings(max_examples=15, deadline=None)
@given(scalars, scalars)
def test_lock_address__key_and_blinding__precompile_and_settlement_agree(k, h):
    point = Point.from_scalar(k)
    expected = ecrecover(-h * point.x % N, 27 + point.parity, point.x, point.x)
    if (k + h) % N == 0:
        return
    t = settlement_scalar(k, h)
    assert lock_address(point, h) == expected == Point.from_scalar(t).address()
    assert recover_key(t, h) == k


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**256 - 1), st.integers(0, 1))
def test_is_valid__any_x__as_the_precompile_says(x, parity):
    expected = ecrecover(x % 2**256, 27 + parity, x, x)
    assert Point(x, parity).is_valid() == (0 < x < N and lift(x, parity) is not None)
    if Point(x, parity).is_valid():
        point = Point(x, parity)
        assert point.address() == ecrecover(0, 27 + parity, x, x) != ZERO
        assert Point.from_compressed(point.compressed()) == point
    else:
        assert expected == ZERO


@pytest.mark.parametrize(
    "point",
    [
        Point(0, 0),
        Point(5, 0),
        Point(GX, 2),
        Point(GX, -1),
        Point(N, 0),
        Point(N + 1, 1),
        Point(P, 0),
        Point(-1, 0),
    ],
)
def test_point__not_acceptable__refused_everywhere(point):
    assert not point.is_valid()
    for use in (point.address, lambda: shared_address(1, point), lambda: lock_address(point, 1)):
        with pytest.raises(DataError):
            use()


def test_sale_h__order__hash_of_the_abi_encoding():
    shared = Point.from_scalar(7).address()
    encoded = b"".join(
        (
            bytes(12),
            bytes.fromhex(shared[2:]),
            (31337).to_bytes(32, "big"),
            bytes(12),
            b"\xc0" * 20,
            (5).to_bytes(32, "big"),
        )
    )
    expected = int.from_bytes(keccak(encoded), "big") % N
    assert sale_h(shared, 31337, CONTRACT, 5) == expected
    assert sale_h(shared, 31337, CONTRACT, (5).to_bytes(32, "big")) == expected
    assert contest_h(shared, 31337, CONTRACT, 5) == expected


def test_sale_h__another_order_chain_or_contract__another_blinding():
    shared = Point.from_scalar(7).address()
    variants = {
        sale_h(shared, 1, CONTRACT, 5),
        sale_h(shared, 2, CONTRACT, 5),
        sale_h(shared, 1, CONTRACT, 6),
        sale_h(shared, 1, shared, 5),
        sale_h(CONTRACT, 1, CONTRACT, 5),
    }
    assert len(variants) == 5


def test_lock_address__sum_is_infinity__data_error():
    with pytest.raises(DataError):
        lock_address(Point.from_scalar(N - 5), 5)
    with pytest.raises(ValueError):
        settlement_scalar(N - 5, 5)


@pytest.mark.parametrize("scalar", [0, N, -1, N + 1])
def test_scalars__out_of_range__value_error(scalar):
    for use in (
        lambda: Point.from_scalar(scalar),
        lambda: shared_address(scalar, Point.from_scalar(1)),
        lambda: settlement_scalar(scalar, 1),
        lambda: recover_key(scalar, 1),
    ):
        with pytest.raises(ValueError):
            use()


@pytest.mark.parametrize("data", [b"", bytes(33), b"\x04" + bytes(32), b"\x02" + (5).to_bytes(32, "big")])
def test_from_compressed__malformed__data_error(data):
    with pytest.raises(DataError):
        Point.from_compressed(data)
