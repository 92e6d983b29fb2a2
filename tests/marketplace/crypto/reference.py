"""The envelope written down a second time, from docs/envelope.md alone: slow, whole in memory, obvious."""

from hashlib import sha256


def quarter(state, a, b, c, d):
    for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[x] = (state[x] + state[y]) & 0xFFFFFFFF
        mixed = state[z] ^ state[x]
        state[z] = (mixed << turn | mixed >> (32 - turn)) & 0xFFFFFFFF


def chacha20_block(key, counter, nonce):
    """RFC 8439, section 2.3."""
    words = [
        int.from_bytes(part[i : i + 4], "little")
        for part in (b"expand 32-byte k", key)
        for i in range(0, len(part), 4)
    ]
    words += [counter] + [int.from_bytes(nonce[i : i + 4], "little") for i in range(0, 12, 4)]
    state = words[:]
    for _ in range(10):
        for column in range(4):
            quarter(state, column, column + 4, column + 8, column + 12)
        for column in range(4):
            quarter(state, column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4)
    return b"".join((a + b & 0xFFFFFFFF).to_bytes(4, "little") for a, b in zip(state, words, strict=True))


def chacha20(key, nonce, data):
    stream = b"".join(chacha20_block(key, i, nonce) for i in range(-(-len(data) // 64)))
    return bytes(a ^ b for a, b in zip(data, stream, strict=False))


def tree_root(row):
    while len(row) & (len(row) - 1):
        row = [*row, bytes(32)]
    while len(row) > 1:
        row = [sha256(b"\1" + row[i] + row[i + 1]).digest() for i in range(0, len(row), 2)]
    return row[0]


def seal(plain, k, nonce):
    """Return everything a vector says of one artifact."""
    k32 = k.to_bytes(32, "big")
    key = sha256(b"tessera/v1/payload" + k32 + nonce).digest()
    cipher = b"".join(
        chacha20(key, (at // 65536).to_bytes(12, "big"), plain[at : at + 65536])
        for at in range(0, len(plain), 65536)
    )
    index, row = b"", []
    for i, at in enumerate(range(0, len(plain), 4096)):
        number = i.to_bytes(8, "big")
        salt = sha256(b"tessera/v1/salt" + k32 + nonce + number).digest()
        entry = sha256(b"tessera/v1/plain" + salt + plain[at : at + 4096]).digest()
        entry += sha256(cipher[at : at + 4096]).digest()
        row.append(sha256(b"\0" + number + entry).digest())
        index += entry
    root = tree_root(row)
    bound = nonce + len(plain).to_bytes(8, "big") + len(row).to_bytes(8, "big") + root
    return {
        "key": key.hex(),
        "salt_0": sha256(b"tessera/v1/salt" + k32 + nonce + bytes(8)).hexdigest(),
        "leaf_0": row[0].hex(),
        "pieces": len(row),
        "tree_root": root.hex(),
        "content_root": sha256(b"tessera/v1/content\1" + bound).hexdigest(),
        "artifact": b"tessera/envelope\1" + bytes(15) + nonce + cipher + index,
    }
