"""Raw logs of a range of blocks, checked and put into the form in which the index keeps them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from marketplace.chain.deployment import TOKEN, Deployment
from marketplace.chain.events import Event
from marketplace.chain.index_decode import BadLog, Codec, codecs_of
from marketplace.chain.index_tables import BLOCK_BITS, LOG_BITS
from marketplace.errors import ChainError

Row = tuple[int, int, bytes, bytes | None, bytes | None, bytes | None, bytes | None, bytes]
"""An event as it is kept: id, kind, transaction, topics 1 to 3, subject, data."""


@dataclass(frozen=True)
class Header:
    """A block as far as the index needs it."""

    number: int
    hash: bytes
    time: int

    @classmethod
    def parse(cls, data: Any) -> Header:
        """Read a node's answer.

        Raises
        ------
        ChainError
            If it is not a block.
        """
        try:
            return cls(_number(data["number"]), _hash(data["hash"]), _number(data["timestamp"]))
        except (TypeError, KeyError, ValueError) as error:
            raise ChainError("the node answered with what is no block") from error


@dataclass
class Batch:
    """Events of a range of blocks, in order.

    Parameters
    ----------
    rows : list of Row
    blocks : dict of int to tuple of (bytes, int or None, bytes)
        By number: hash, time (None: the node did not say), digest of the block's events.
    assets : list of (int, Event)
        Events of `Assets` with their ids, for the listings.
    """

    rows: list[Row] = field(default_factory=list)
    blocks: dict[int, tuple[bytes, int | None, bytes]] = field(default_factory=dict)
    assets: list[tuple[int, Event]] = field(default_factory=list)


class Schema:
    """The events of a deployment, and the numbers under which an index keeps them.

    Parameters
    ----------
    deployment : Deployment
    chain_id : int
    """

    def __init__(self, deployment: Deployment, chain_id: int) -> None:
        known = {name: place for name, place in deployment.addresses().items() if name != TOKEN}
        self.contracts = {name: address.lower() for name, address in known.items() if codecs_of(name)}
        self.first = min((deployment.first_block(name) for name in self.contracts), default=0)
        parts = [f"{chain_id}"]
        for name, address in sorted(self.contracts.items()):
            parts += [f"{name} {address}", *sorted(topic.hex() for topic in codecs_of(name))]
        # Other addresses, or events that an older version did not know: another index.
        self.fingerprint = sha256("\n".join(parts).encode()).hexdigest()
        self.codecs = {
            self.kind(name, codec.name): codec
            for name in self.contracts
            for codec in codecs_of(name).values()
        }
        self._known = {
            (self.contracts[codec.contract], codec.topic): (codec, kind)
            for kind, codec in self.codecs.items()
        }

    def kind(self, contract: str, name: str) -> int:
        """Return the number of an event: the same in every process, another for another deployment."""
        text = f"{self.fingerprint} {contract}.{name}"
        return int.from_bytes(sha256(text.encode()).digest()[:7], "big")

    def codec(self, contract: str, name: str) -> Codec:
        """Return the reader of an event.

        Raises
        ------
        ValueError
            If the contract has no such event.
        """
        for codec in codecs_of(contract).values():
            if codec.name == name:
                return codec
        raise ValueError(f"{contract} has no event {name}")

    def read(self, logs: Any, source: int, low: int, high: int) -> Batch:
        """Check and convert the answer of ``eth_getLogs`` for the blocks ``low`` to ``high``.

        Raises
        ------
        ChainError
            If it is not such an answer.
        """
        batch = Batch()
        try:
            found = sorted(self._rows(logs, source, low, high), key=lambda pair: pair[0][0])
        except (BadLog, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ChainError(f"the node answered with logs that can't be used: {error}") from error
        digests: dict[int, Any] = {}
        last = -1
        for row, block_hash, when, codec, args in found:
            number = block_of(row[0])
            known = batch.blocks.setdefault(number, (block_hash, when, b""))
            if known[0] != block_hash or row[0] == last:
                raise ChainError("the node answered with two versions of one block")
            last = row[0]
            digests.setdefault(number, sha256()).update(row_bytes(row))
            batch.rows.append(row)
            if codec.contract == "Assets":
                event = Event("Assets", codec.name, args, number, "", "", row[0] & (1 << LOG_BITS) - 1)
                batch.assets.append((row[0], event))
        for number, digest in digests.items():
            batch.blocks[number] = (*batch.blocks[number][:2], digest.digest())
        return batch

    def _rows(self, logs: Any, source: int, low: int, high: int) -> Iterable[Any]:
        for log in logs:
            if log.get("removed"):
                continue
            topics = [_hash(topic) for topic in log["topics"]]
            codec, kind = self._known.get((log["address"].lower(), topics[0] if topics else b""), (None, 0))
            if codec is None:
                continue  # nothing that the shipped contracts know
            number, index = _number(log["blockNumber"]), _number(log["logIndex"])
            if not low <= number <= high or index >> LOG_BITS:
                raise ValueError(f"a log of block {number} was not asked for")
            data = bytes.fromhex(log["data"][2:])
            args = codec.decode(topics[1:], data)
            one, two, three = (*topics[1:], None, None, None)[:3]
            place = row_id(source, number, index)
            tx = _hash(log["transactionHash"])
            row = (place, kind, tx, one, two, three, codec.subject(data), data)
            stamp = log.get("blockTimestamp")
            yield row, _hash(log["blockHash"]), _number(stamp) if stamp else None, codec, args

    def event(self, row: Sequence[Any], block_hash: bytes) -> Event:
        """Turn a kept row into an event.

        Raises
        ------
        BadLog
            If it was tampered with.
        """
        codec = self.codecs[row[1]]
        args = codec.decode([topic for topic in row[3:6] if topic is not None], row[7])
        index = row[0] & (1 << LOG_BITS) - 1
        tx = "0x" + row[2].hex()
        return Event(codec.contract, codec.name, args, block_of(row[0]), "0x" + block_hash.hex(), tx, index)


def row_id(source: int, block: int, index: int) -> int:
    """Return the id of an event, by its source, block and place in the block.

    Raises
    ------
    ChainError
        If the block is too high for this layout.
    """
    if block >> BLOCK_BITS:
        raise ChainError(f"block {block} is higher than an index can count")
    return (source << BLOCK_BITS | block) << LOG_BITS | index


def block_id(source: int, block: int) -> int:
    """Return the id of a block."""
    return source << BLOCK_BITS | block


def block_of(row: int) -> int:
    """Return the block of an event's id."""
    return row >> LOG_BITS & (1 << BLOCK_BITS) - 1


def row_bytes(row: Sequence[Any]) -> bytes:
    """Return what a block's digest covers of an event."""
    return b"".join((row[0].to_bytes(8, "big"), row[1].to_bytes(8, "big"), *(x or b"-" for x in row[2:])))


def _hash(text: Mapping[str, Any] | str) -> bytes:
    if not isinstance(text, str) or len(text) != 66:
        raise ValueError("a hash has 32 bytes")
    found = bytes.fromhex(text[2:])  # passes over spaces
    if len(found) != 32:
        raise ValueError("a hash has 32 bytes")
    return found


def _number(text: Any) -> int:
    """Read a quantity that a database can keep."""
    value = int(text, 16)
    if not 0 <= value < 2**63:
        raise ValueError("a number is out of range")
    return value
