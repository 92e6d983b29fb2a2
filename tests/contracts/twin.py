"""A twin of the on-chain arithmetic, in Python integers, which the tests compare with the contracts.

Written from the documentation of the interfaces, with coincurve where the contracts use ``ecrecover``.
"""

from collections import defaultdict

from coincurve import PrivateKey, PublicKey
from eth_abi import encode
from eth_utils import keccak, to_checksum_address

N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""Order of secp256k1. Source: SEC 2, section 2.4.1"""
P = 2**256 - 2**32 - 977
"""Prime of the field of secp256k1. Source: SEC 2, section 2.4.1"""
SHARES = 10_000
FULL_BPS = 10_000
SCORE_ONE = 10**9

TERMS = "(address,uint8,uint128,uint128,uint32,uint32,bytes32,bytes32,(uint256,uint8),(uint256,uint8))"
ORDER = "(uint256,bytes32,address,address,uint128,uint40,uint32)"
PARENTS = "(uint256,uint16)[]"


# Points: (x, parity), and the key equation


def point(scalar):
    """Return ``scalar * G``."""
    return _wire(PrivateKey(scalar.to_bytes(32, "big")).public_key)


def address(of):
    """Return the address of a point."""
    return _address(_public(of))


def scaled(of, scalar):
    """Return the address of ``scalar * of``."""
    return _address(_public(of).multiply(scalar.to_bytes(32, "big")))


def shifted(of, scalar):
    """Return the address of ``of + scalar * G``."""
    return _address(_public(of).add(scalar.to_bytes(32, "big")))


def sale_scalar(shared, chain_id, exchange, order_id):
    """Return ``h`` of a sale, from the address of the shared point."""
    packed = encode(["address", "uint256", "address", "uint256"], [shared, chain_id, exchange, order_id])
    return int.from_bytes(keccak(packed), "big") % N


def on_curve(x):
    """Tell whether a point with abscissa ``x`` exists: by Euler's criterion."""
    return pow(x**3 + 7, (P - 1) // 2, P) == 1


def _public(of):
    return PublicKey(bytes([2 + of[1]]) + of[0].to_bytes(32, "big"))


def _wire(public):
    compressed = public.format()
    return int.from_bytes(compressed[1:], "big"), compressed[0] - 2


def _address(public):
    return to_checksum_address(keccak(public.format(compressed=False)[1:])[12:])


# Ids and hashes


def order_id(chain_id, exchange, buyer, salt):
    """Return the id of an order."""
    return _id(["uint256", "address", "address", "bytes32"], [chain_id, exchange, buyer, salt])


def asset_id(chain_id, assets, birth):
    """Return the id of an asset; ``birth`` is (creator, origin, salt, parents)."""
    types = ["uint256", "address", "address", "address", "bytes32", PARENTS]
    return _id(types, [chain_id, assets, *birth])


def terms_hash(terms):
    """Return the hash under which terms are listed."""
    return keccak(encode([TERMS], [terms]))


def unlisted_hash(terms, at):
    """Return the hash of terms that were unlisted at a Unix time."""
    return keccak(encode(["bytes32", "uint256"], [terms_hash(terms), at]))


def order_state(order, settled_at=0):
    """Return what is stored of an order: its hash, the low 40 bits replaced by the time of settlement."""
    value = int.from_bytes(keccak(encode([ORDER], [order])), "big")
    return (value >> 40 << 40 | settled_at).to_bytes(32, "big")


def _id(types, values):
    return int.from_bytes(keccak(encode(types, values)), "big")


# Income of assets


class Asset:
    """Income of one asset: what its shareholders and its parents earned, to the unit."""

    def __init__(self, creator, parents=()):
        self.parents = parents
        self.bps = sum(bps for _, bps in parents)
        self.bucket = self.per_share = self.held = self.due = self.remainder = 0
        self.shares = defaultdict(int, {creator: SHARES})
        self.paid = defaultdict(int)

    def count(self):
        """Divide what came in since the last time; return what went to holders and to parents."""
        fresh = self.bucket - self.held - self.due - self.remainder
        to_parents = fresh * self.bps // FULL_BPS
        each, rest = divmod(fresh - to_parents + self.remainder, SHARES)
        if each == 0 and to_parents == 0:
            return 0, 0
        self.per_share += each
        self.held += each * SHARES
        self.due += to_parents
        self.remainder = rest if self.bps else 0
        return each * SHARES, to_parents


class Ledger:
    """Assets by id, and free balances by holder, as the walk of the twin moves them."""

    def __init__(self):
        self.assets = {}
        self.free = defaultdict(int)

    def list(self, asset, creator, parents=()):
        self.assets[asset] = Asset(creator, parents)

    def earn(self, asset, payer, amount):
        self.free[payer] -= amount
        self.assets[asset].bucket += amount

    def claim(self, asset, holder):
        self.assets[asset].count()
        self._settle(asset, holder)

    def transfer(self, asset, giver, taker, shares):
        for holder in (giver, taker):
            self.claim(asset, holder)
        self.assets[asset].shares[giver] -= shares
        self.assets[asset].shares[taker] += shares

    def flush(self, asset):
        it = self.assets[asset]
        it.count()
        unit = it.due // it.bps if it.bps else 0
        for parent, bps in it.parents:
            self.assets[parent].bucket += unit * bps
            it.bucket -= unit * bps
            it.due -= unit * bps

    def claimable(self, asset, holder):
        """Return what ``holder`` would be paid now, and change nothing."""
        it = self.assets[asset]
        kept = it.per_share, it.held, it.due, it.remainder
        it.count()
        amount = it.shares[holder] * (it.per_share - it.paid[holder])
        it.per_share, it.held, it.due, it.remainder = kept
        return amount

    def _settle(self, asset, holder):
        it = self.assets[asset]
        amount = it.shares[holder] * (it.per_share - it.paid[holder])
        it.paid[holder] = it.per_share
        it.held -= amount
        it.bucket -= amount
        self.free[holder] += amount


# Seats


def census(seats, locked, seat_count, cutoff):
    """Count live seats and free ones, place by place; ``seats`` are (owner, since, leaveAt, parts)."""
    old = [
        place
        for place, (_, since, _, parts) in enumerate(seats[:seat_count])
        if parts == 16 and since < cutoff
    ]
    return len(old), sum(place not in locked for place in old)


# Scores


def score(metric, classes, bound, rows, sums):
    """Return the score of sums over rows, or None where they can't belong to that many rows."""
    if metric == 2:
        pairs = list(zip(sums[:classes], sums[classes:]))
        fits = len(sums) == 2 * classes and all(right <= count for right, count in pairs)
        if not fits or sum(count for _, count in pairs) > rows:
            return None
        recalls = [right * SCORE_ONE // count for right, count in pairs if count]
        return sum(recalls) // len(recalls) if recalls else 0
    worst = {1: rows, 3: rows * bound, 4: rows * bound**2}[metric]
    if len(sums) != 1 or sums[0] > worst:
        return None
    part = sums[0] * SCORE_ONE // worst
    return part if metric == 1 else SCORE_ONE - part
