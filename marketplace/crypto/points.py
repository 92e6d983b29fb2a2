"""Points and scalars of secp256k1: key locks, shared points and settlement.

A point travels as (x, parity). On the chain its address is always derived from it by the
``ecrecover`` precompile, never given beside it; the functions here compute the same values:

* ``address(t*G) = ecrecover(0, 27, Gx, t*Gx mod n)``
* ``address(s*P) = ecrecover(0, 27 + parity, x, s*x mod n)``
* ``address(K + h*G) = ecrecover(-h*x mod n, 27 + parity, x, x)``
"""

from __future__ import annotations

from dataclasses import dataclass

from coincurve import PrivateKey, PublicKey
from eth_utils import keccak, to_canonical_address, to_checksum_address

from marketplace.constants import SECP256K1_N
from marketplace.errors import DataError


@dataclass(frozen=True, slots=True)
class Point:
    """A point of secp256k1 as it travels on the chain.

    Parameters
    ----------
    x : int
        Horizontal coordinate.
    parity : int
        0 or 1: whether the other coordinate is odd.
    """

    x: int
    parity: int

    @classmethod
    def from_scalar(cls, scalar: int) -> Point:
        """Return ``scalar * G``.

        Raises
        ------
        ValueError
            If ``scalar`` is not in 1 .. n-1.
        """
        return _from_key(_private(scalar).public_key)

    @classmethod
    def from_compressed(cls, data: bytes) -> Point:
        """Decode 33 bytes in the SEC 1 compressed form.

        Raises
        ------
        DataError
            If they are no point that a contract accepts.
        """
        if len(data) != 33 or data[0] not in (2, 3):
            raise DataError("a compressed point has 33 bytes and starts with 02 or 03")
        point = cls(int.from_bytes(data[1:], "big"), data[0] - 2)
        _public(point)
        return point

    def compressed(self) -> bytes:
        """Return the SEC 1 compressed form, 33 bytes."""
        return bytes([2 + self.parity]) + self.x.to_bytes(32, "big")

    def address(self) -> str:
        """Return the checksummed Ethereum address of this point.

        Raises
        ------
        DataError
            If it is no point that a contract accepts.
        """
        return _address(_public(self))

    def is_valid(self) -> bool:
        """Tell whether a contract accepts this point: 0 < x < n, on the curve, parity 0 or 1."""
        try:
            _public(self)
        except DataError:
            return False
        return True


def shared_address(scalar: int, point: Point) -> str:
    """Return the address of ``scalar * point``, which both sides of an exchange can compute.

    Parameters
    ----------
    scalar : int
        One's own secret, 1 .. n-1.
    point : Point
        The other side's.

    Returns
    -------
    str
        Checksummed address.

    Raises
    ------
    DataError
        If ``point`` is no point that a contract accepts.
    ValueError
        If ``scalar`` is out of range.
    """
    _require_scalar(scalar)
    return _address(_public(point).multiply(scalar.to_bytes(32, "big")))


def lock_address(key_point: Point, h: int) -> str:
    """Return the key lock of an order or a delivery, ``address(K + h*G)``.

    Parameters
    ----------
    key_point : Point
        ``K = k*G`` of the artifact.
    h : int
        Blinding of this one exchange, from `sale_h` or `contest_h`.

    Returns
    -------
    str
        Checksummed address.

    Raises
    ------
    DataError
        If ``key_point`` is invalid or the sum is the point at infinity.
    """
    _require_scalar(h)
    try:
        return _address(_public(key_point).add(h.to_bytes(32, "big")))
    except ValueError as error:
        raise DataError("this key and blinding add up to nothing: make a new order") from error


def coordinates(point: Point) -> tuple[int, int]:
    """Return both coordinates of a point.

    Raises
    ------
    DataError
        If it is no point that a contract accepts.
    """
    data = _public(point).format(compressed=False)
    return int.from_bytes(data[1:33], "big"), int.from_bytes(data[33:], "big")


def sale_h(shared: str, chain_id: int, exchange: str, order_id: int | bytes) -> int:
    """Return the blinding of a sale.

    Parameters
    ----------
    shared : str
        Address of ``b*P = p*B``, from `shared_address`.
    chain_id : int
    exchange : str
        Address of the contract.
    order_id : int or bytes of length 32

    Returns
    -------
    int
        ``keccak256(abi.encode(shared, chain_id, exchange, order_id)) mod n``.
    """
    return _blinding(shared, chain_id, exchange, order_id)


def contest_h(shared: str, chain_id: int, bounties: str, submission_id: int | bytes) -> int:
    """Return the blinding of a delivery in a contest.

    Parameters
    ----------
    shared : str
        Address of ``w*R = r*W``, from `shared_address`.
    chain_id : int
    bounties : str
        Address of the contract.
    submission_id : int or bytes of length 32

    Returns
    -------
    int
        ``keccak256(abi.encode(shared, chain_id, bounties, submission_id)) mod n``.
    """
    return _blinding(shared, chain_id, bounties, submission_id)


def settlement_scalar(k: int, h: int) -> int:
    """Return what a seller publishes to settle, ``t = k + h mod n``.

    Raises
    ------
    ValueError
        If ``k`` or ``h`` is out of range, or the sum is zero.
    """
    _require_scalar(k)
    t = (k + h) % SECP256K1_N
    _require_scalar(t)
    return t


def recover_key(t: int, h: int) -> int:
    """Return the artifact's key from a published settlement, ``k = t - h mod n``.

    Raises
    ------
    ValueError
        If ``t`` is out of range, or the difference is zero.
    """
    _require_scalar(t)
    k = (t - h) % SECP256K1_N
    _require_scalar(k)
    return k


def _blinding(shared: str, chain_id: int, contract: str, identifier: int | bytes) -> int:
    number = int.from_bytes(identifier, "big") if isinstance(identifier, bytes) else identifier
    words = (
        to_canonical_address(shared).rjust(32, b"\0"),
        chain_id.to_bytes(32, "big"),
        to_canonical_address(contract).rjust(32, b"\0"),
        number.to_bytes(32, "big"),
    )
    return int.from_bytes(keccak(b"".join(words)), "big") % SECP256K1_N


def _require_scalar(scalar: int) -> None:
    if not 0 < scalar < SECP256K1_N:
        raise ValueError("a scalar lies in 1 .. n-1")


def _private(scalar: int) -> PrivateKey:
    _require_scalar(scalar)
    return PrivateKey(scalar.to_bytes(32, "big"))


def _public(point: Point) -> PublicKey:
    """Decode a point under the contracts' rules (the precompile refuses x >= n)."""
    if point.parity not in (0, 1) or not 0 < point.x < SECP256K1_N:
        raise DataError("not a point that a contract accepts: x or parity is out of range")
    try:
        return PublicKey(point.compressed())
    except ValueError as error:
        raise DataError("not a point of secp256k1") from error


def _from_key(key: PublicKey) -> Point:
    data = key.format(compressed=True)
    return Point(int.from_bytes(data[1:], "big"), data[0] - 2)


def _address(key: PublicKey) -> str:
    return str(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))
