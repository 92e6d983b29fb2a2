"""Write tests/vectors/models.json with the slow implementation: python make_vectors.py."""

import json
from pathlib import Path

import models_reference as ref
import numpy as np

from marketplace.datasets import TestRows, pack_rows, serialise_rows
from marketplace.models import Head, LinearModel, Task, TreeModel, encode_model, model_hash, score_from_sums

TARGET = Path(__file__).parents[2] / "vectors" / "models.json"
K, SUBMISSION = bytes(range(32)), bytes(range(32, 64))
ROWS = [[5, -3, 1], [-7, 2**31 - 1, 0], [-(2**31), 4, -(2**31)], [0, 0, 2], [100000, -100000, 1]]
LABELS = [1, 0, 2, -5, 1]


def linear(task, outputs, divisor, columns, weights, bias):
    f, m, o = np.array(columns).T
    head = Head(task, outputs, 3, divisor)
    return LinearModel(
        head, f.astype(np.int32), m.astype(np.uint8), o.astype(np.int32), np.array(weights), np.array(bias)
    )


def trees(task, outputs, divisor, bases, forest):
    flat = np.array([node for tree in forest for node in tree])
    counts = np.array([len(tree) for tree in forest])
    parts = flat[:, 0].astype(np.uint8), flat[:, 1].astype(np.int32), flat[:, 2].astype(np.int32)
    return TreeModel(Head(task, outputs, 3, divisor), np.array(bases), counts, *parts)


def models():
    """Return the models of the vectors by name."""
    columns = [(0, 4, -9), (1, 31, 0), (2, 128, -(2**31)), (2, 128, 1)]
    leaf, stump = (0x80, 0, -3), [(0, 1, 3), (0x80, 0, 7), (0x80, 0, -8)]
    deep = [
        (1, 0, 4),
        (2, 2, 1),
        (0x80, 0, 100),
        (3, 1, 4),
        (0x80, 0, 5),
        (0x80, 0, -5),
        (0x80, 0, 2**31 - 1),
    ]
    return {
        "linear binary": linear(Task.CLASSIFY, 1, 1, columns, [[3], [-2], [2**40], [-(2**62)]], [-11]),
        "linear classes": linear(
            Task.CLASSIFY, 3, 1, columns, [[1, 2, 3], [4, -5, 6], [7, 8, -9], [0, 0, 1]], [1, 2, 3]
        ),
        "linear number": linear(Task.REGRESS, 1, 7, columns, [[3], [-2], [5], [9]], [-1]),
        "trees binary": trees(Task.CLASSIFY, 1, 1, [-2], [deep, stump, [leaf]]),
        "trees classes": trees(Task.CLASSIFY, 2, 1, [-2, 2**61], [deep, stump, [leaf], stump]),
        "trees number": trees(Task.REGRESS, 1, 3, [-(2**61)], [stump] * 9),
        "forest of chunks": trees(Task.CLASSIFY, 3, 1, [1, -2, 3], [deep, stump, [leaf], stump, deep] * 105),
    }


def vector(name, model):
    """Return one vector: bytes, hash, outputs and evidence under every metric."""
    raw = [ref.raw(model, row) for row in ROWS]
    out = {
        "name": name,
        "bytes": encode_model(model).hex(),
        "hash": model_hash(model).hex(),
        "raw": [[str(z) for z in row] for row in raw],
        "predicted": [str(ref.decide(model, z)) for z in raw],
        "evidence": [],
    }
    for metric, classes, bound in ((1, 3, 0), (2, 3, 0), (3, 0, 1000), (4, 0, 2**32 - 1)):
        root, sums, leaves = ref.evidence(model, ROWS, LABELS, metric, classes, bound, K, SUBMISSION)
        out["evidence"].append(
            {
                "metric": metric,
                "classes": classes,
                "bound": bound,
                "root": root.hex(),
                "sums": [str(s) for s in sums],
                "score": score_from_sums(metric, sums, len(ROWS), classes, bound),
                "leaves": [leaf.hex() for leaf in leaves],
            }
        )
    if hasattr(model, "counts"):
        leaf, path = ref.walk(model, 0, ROWS[0], with_path=True)
        out["path"] = {
            "row": 0,
            "tree": 0,
            "leaf": leaf,
            "steps": [
                {"feature": f, "flags": g, "threshold": t, "right": bool(r), "sibling": s.hex()}
                for f, g, t, r, s in path
            ],
            "root": ref.fold_path(leaf, path).hex(),
        }
    return out


def main():
    """Write the file."""
    salts = [bytes([i]) * 32 for i in range(len(ROWS))]
    test = TestRows(pack_rows(np.array(ROWS, dtype=np.int32), np.array(LABELS)), salts)
    document = {
        "k": K.hex(),
        "submission_id": SUBMISSION.hex(),
        "rows": ROWS,
        "labels": LABELS,
        "rows_file": serialise_rows(test).hex(),
        "rows_root": test.root().hex(),
        "models": [vector(name, model) for name, model in models().items()],
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n")


if __name__ == "__main__":
    main()
