"""A second, slow implementation of docs/models.md in plain Python, to compare the package with."""

import struct
from hashlib import sha256

MISSING = -(2**31)


def linear_raw(model, row):
    out = [int(b) for b in model.bias]
    for f, mode, operand, weights in zip(
        model.feature.tolist(),
        model.mode.tolist(),
        model.operand.tolist(),
        model.weights.tolist(),
        strict=True,
    ):
        x = row[f]
        if mode == 128:
            seen = int(x == operand)
        else:
            seen = operand if x == MISSING else max(-(2**mode), min(2**mode, x))
        out = [o + seen * w for o, w in zip(out, weights, strict=True)]
    return out


def walk(model, tree, row, with_path=False):
    """Return (leaf value, path): the path bottom-up as (feature, flags, threshold, went right, sibling)."""
    start = int(model.counts[:tree].sum())
    part = slice(start, start + int(model.counts[tree]))
    columns = (model.flags, model.feature, model.value)
    records = list(zip(*(column[part].tolist() for column in columns), strict=True))

    def end(i):
        return i + 1 if records[i][0] == 0x80 else end(end(i + 1))

    def digest(i):
        flags, feature, value = records[i]
        if flags == 0x80:
            return sha256(b"\0" + struct.pack(">i", value)).digest()
        head = b"\1" + struct.pack(">HBi", feature, flags, value)
        return sha256(head + digest(i + 1) + digest(end(i + 1))).digest()

    i, path = 0, []
    while records[i][0] != 0x80:
        flags, feature, value = records[i]
        x = row[feature]
        right = (x == value if flags & 2 else x > value) or (x == MISSING and bool(flags & 1))
        left_child, right_child = i + 1, end(i + 1)
        if with_path:
            path.append((feature, flags, value, right, digest(left_child if right else right_child)))
        i = right_child if right else left_child
    return records[i][2], path[::-1]


def fold_path(leaf, path):
    """Return the root of a tree from one leaf and the path to it, as a contract does."""
    digest = sha256(b"\0" + struct.pack(">i", leaf)).digest()
    for feature, flags, threshold, right, sibling in path:
        pair = sibling + digest if right else digest + sibling
        digest = sha256(b"\1" + struct.pack(">HBi", feature, flags, threshold) + pair).digest()
    return digest


def tree_raw(model, row):
    out = [int(b) for b in model.bases]
    for tree in range(len(model.counts)):
        out[tree % model.head.outputs] += walk(model, tree, row)[0]
    return out


def raw(model, row):
    return tree_raw(model, row) if hasattr(model, "counts") else linear_raw(model, row)


def decide(model, raw):
    if model.head.task == 2:
        return raw[0] // model.head.divisor
    return int(raw[0] > 0) if len(raw) == 1 else raw.index(max(raw))


def judge(metric, predicted, label, classes, bound):
    correct = predicted == label and 0 <= label < classes
    if metric == 1:
        return [int(correct)]
    if metric == 2:
        known = [int(label == c) for c in range(classes)]
        return [k * int(correct) for k in known] + known
    error = min(abs(predicted - label), bound)
    return [error if metric == 3 else error**2]


def hash_of_lanes(values):
    lanes = [value + 2**31 for value in values] + [2**31] * (-len(values) % 8)
    return sha256(struct.pack(f">{len(lanes)}I", *lanes)).digest()


def hash_of_trees(values, outputs):
    """Hash what trees contribute: in one piece, or of more than 256 trees chunk by chunk."""
    if len(values) <= 256:
        return hash_of_lanes(values)
    listed = b""
    for first in range(0, len(values), 256):
        sums = [0] * outputs
        for tree in range(first, min(first + 256, len(values))):
            sums[tree % outputs] += values[tree]
        listed += hash_of_lanes(values[first : first + 256]) + struct.pack(f">{outputs}q", *sums)
    return sha256(listed).digest()


def evidence(model, rows, labels, metric, classes, bound, k, submission):
    """Return (root, sums, [leaf])."""
    level, leaves = [], []
    for i, (row, label) in enumerate(zip(rows, labels, strict=True)):
        out = raw(model, row)
        sums = judge(metric, decide(model, out), label, classes, bound)
        body = b"".join(z.to_bytes(16, "big", signed=True) for z in out)
        body += b"".join(s.to_bytes(16, "big") for s in sums)
        if hasattr(model, "counts"):
            body += hash_of_trees([walk(model, t, row)[0] for t in range(len(model.counts))], len(out))
        salt = sha256(b"tessera/v1/evidence" + k + submission + struct.pack(">Q", i)).digest()
        leaves.append(sha256(b"\0" + struct.pack(">Q", i) + salt + body).digest())
        level.append((leaves[-1], [1, *sums]))
    while len(level) & (len(level) - 1):
        level.append((bytes(32), [0] * len(level[0][1])))

    def pack(sums):
        return struct.pack(">Q", sums[0]) + b"".join(s.to_bytes(16, "big") for s in sums[1:])

    while len(level) > 1:
        level = [
            (
                sha256(b"\1" + a + pack(sa) + b + pack(sb)).digest(),
                [p + q for p, q in zip(sa, sb, strict=True)],
            )
            for (a, sa), (b, sb) in zip(level[::2], level[1::2], strict=True)
        ]
    top, sums = level[0]
    return sha256(b"tessera/v1/evidence-root" + pack(sums) + top).digest(), sums[1:], leaves
