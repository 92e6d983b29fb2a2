"""scikit-learn objects in skops files: opened only with a list of the types that may be made from them.

Nothing of a file is run to look at it. To open one is to make the objects it names, so only types
of a list are made, and trees, which native code follows without looking, are checked before use.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from marketplace.errors import DataError

MAX_FILE_BYTES = 2**28
MAX_OPENED_BYTES = 2**29
"""Of all parts together, unfolded: a forest of 300 trees on 500 rows has 6 MB."""

MAX_MEMBERS = 200_000
MAX_SCHEMA_BYTES = 2**26
"""The part that says what the objects are, 15 KB a tree; Python needs some ten times as much to read it."""

TRUSTED = (
    "functools.partial",
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)
"""Types that files of the estimators we convert hold, beside those that skops itself trusts (scikit-learn's
public estimators, numpy arrays, plain containers). A partial makes only what it holds, itself on a list."""

_SCHEMA = "schema.json"
_TREE_TYPES = ("Tree", "TreePredictor")
_TREE_MODULES = (
    "sklearn.tree.",
    "sklearn.ensemble._forest",
    "sklearn.ensemble._gb",
    "sklearn.ensemble._iforest",
    "sklearn.ensemble._hist_gradient_boosting.gradient_boosting",
)
_STEP_BYTES = 2**20
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    ValueError,
)
"""What zipfile raises for a file that is none; RuntimeError for one under a password, too."""

_SET_WORDS = 8
"""Words of 32 bits of a set of categories."""


def is_skops(data: bytes) -> bool:
    """Tell whether bytes begin like a skops file, which is a zip archive."""
    return data[:4] == b"PK\x03\x04"


def estimator_class(data: bytes) -> str:
    """Return the full name of the class that a file holds; nothing is opened.

    Raises
    ------
    DataError
        If it is no skops file, or is too large.
    """
    try:
        with _archive(data) as archive:
            schema = json.loads(_unfold(archive, archive.getinfo(_SCHEMA)))
        return f"{schema['__module__']}.{schema['__class__']}"
    except (*_DAMAGED, TypeError) as error:
        raise _no_skops_file() from error


def unknown_types(data: bytes) -> list[str]:
    """Return the types that a file needs and nobody has trusted yet; nothing is opened.

    Raises
    ------
    DataError
        If it is no skops file, or skops is not installed.
    """
    return _unknown_types(_plain_copy(data))


def _unknown_types(plain: bytes) -> list[str]:
    skops = _skops()
    try:
        found = skops.get_untrusted_types(data=plain)
    except Exception as error:  # skops raises whatever a malformed schema makes it stumble over
        raise _no_skops_file() from error
    return sorted(set(found) - set(TRUSTED))


def open_estimator_bytes(data: bytes, trust: Iterable[str] = ()) -> Any:
    """Open a scikit-learn object.

    Parameters
    ----------
    data : bytes
        A skops file.
    trust : iterable of str
        Types to trust beyond `TRUSTED`, by their full names.

    Returns
    -------
    object
        As it was saved.

    Raises
    ------
    DataError
        If it holds a type that is not trusted, a damaged tree, or skops is not installed.
    """
    named, plain = set(trust), _plain_copy(data)
    unknown = [name for name in _unknown_types(plain) if name not in named]
    if unknown:
        raise DataError(
            f"the file makes objects of types that are not trusted: {', '.join(unknown)}",
            "if you know what each does, and who made the file, name them: "
            + " ".join(f"--trust {name}" for name in unknown),
        )
    try:
        found = _skops().loads(plain, trusted=sorted({*TRUSTED, *named}))
    except Exception as error:
        raise DataError(
            f"the skops file can't be opened: {str(error).splitlines()[0] if str(error) else error!r}",
            "it may be damaged, or made with another version of scikit-learn",
        ) from error
    for tree, width in _trees(found):
        _check_tree(tree, width)
    return found


def dump_estimator(estimator: Any) -> bytes:
    """Write a scikit-learn object as a skops file; refuses what could not be opened again.

    Raises
    ------
    DataError
        If skops can't save it, or is not installed.
    """
    skops = _skops()
    try:
        return bytes(skops.dumps(estimator, compression=zipfile.ZIP_DEFLATED))
    except Exception as error:
        raise DataError(
            f"skops can't save the {type(estimator).__name__}: {str(error).splitlines()[0]}",
            "save an estimator made of scikit-learn's own classes",
        ) from error


def _skops() -> Any:
    try:
        import skops.io
    except ImportError as error:
        raise DataError(
            "scikit-learn files need the package skops, which is not installed",
            "in the repository: .venv/bin/pip install -e '.[skops]'",
        ) from error
    return skops.io


def _archive(data: bytes) -> zipfile.ZipFile:
    """Open the archive, unless it is too large or unfolds into too much."""
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = archive.infolist()
    if len(data) > MAX_FILE_BYTES or len(members) > MAX_MEMBERS:
        raise DataError(f"the skops file has {len(data):,} bytes in {len(members)} parts, too many")
    if sum(one.file_size for one in members) > MAX_OPENED_BYTES:
        raise DataError(f"the skops file unfolds into more than {MAX_OPENED_BYTES:,} bytes")
    if any(one.filename == _SCHEMA and one.file_size > MAX_SCHEMA_BYTES for one in members):
        raise DataError(f"the schema of the skops file has more than {MAX_SCHEMA_BYTES:,} bytes")
    return archive


def _unfold(archive: zipfile.ZipFile, one: zipfile.ZipInfo) -> bytes:
    """Read a part in steps: at once, it would unfold into more than it says before that is noticed."""
    if one.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("another compression, which can't be read in steps")
    with archive.open(one) as part:
        return b"".join(iter(lambda: part.read(_STEP_BYTES), b""))


def _plain_copy(data: bytes) -> bytes:
    """Return the same archive with every part unfolded, each once and as long as it says."""
    sink = io.BytesIO()
    try:
        with _archive(data) as archive, zipfile.ZipFile(sink, "w") as copy:
            members = archive.infolist()
            if len({one.filename for one in members}) < len(members):
                raise ValueError("a part twice")
            for one in members:
                copy.writestr(one.filename, _unfold(archive, one))
    except _DAMAGED as error:
        raise _no_skops_file() from error
    return sink.getvalue()


def _no_skops_file() -> DataError:
    return DataError(
        "this is no skops file",
        "make one from a fitted estimator: marketplace.save_estimator(estimator, 'model.skops')",
    )


def _trees(found: Any) -> Iterator[tuple[Any, float]]:
    """Yield every tree inside an object, however it is nested, and how many columns it is given."""
    seen: set[int] = set()
    waiting: list[tuple[Any, float]] = [(found, np.inf)]
    while waiting:
        one, width = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if type(one).__name__ in _TREE_TYPES:
            yield one, width
        elif isinstance(one, dict):
            waiting += [(item, width) for item in one.values()]
        elif isinstance(one, (list, tuple, set)) or (isinstance(one, np.ndarray) and one.dtype == object):
            waiting += [(item, width) for item in (one.ravel() if isinstance(one, np.ndarray) else one)]
        else:
            parts = getattr(one, "__dict__", {})
            inside = _width(one, parts, width)
            waiting += [(item, inside) for item in parts.values()]


def _width(owner: Any, parts: dict[str, Any], width: float) -> float:
    """Return how many columns an ensemble hands to its trees; it checks its own number, they do not."""
    if not type(owner).__module__.startswith(_TREE_MODULES):
        return width
    own = parts.get("n_features_in_", 0)  # not fitted: then it has no trees either
    return min(width, int(own)) if isinstance(own, (int, np.integer)) else 0


def _check_tree(tree: Any, width: float) -> None:
    """Refuse a tree whose nodes lead outside of it or in a circle: native code would follow them."""
    if type(tree).__name__ == "Tree":
        inner = tree.children_left != -1
        left, right = tree.children_left[inner], tree.children_right[inner]
        used, width, count = tree.feature[inner], min(width, tree.n_features), tree.node_count
    else:
        inner = tree.nodes["is_leaf"] == 0
        left, right = (tree.nodes[side][inner].astype(np.int64) for side in ("left", "right"))
        used, count = tree.nodes["feature_idx"][inner].astype(np.int64), len(tree.nodes)
        rows = tree.nodes["bitset_idx"][inner & (tree.nodes["is_categorical"] != 0)]
        sets = tree.raw_left_cat_bitsets
        if len(rows) and (rows.max() >= len(sets) or sets.shape[1:] != (_SET_WORDS,)):
            raise _damaged()
    children = np.sort(np.concatenate([left, right]))  # each but the root is one node's child: no circle
    whole = count and np.array_equal(children, np.arange(1, count))
    if not whole or (len(used) and (used.min() < 0 or used.max() >= width)):
        raise _damaged()


def _damaged() -> DataError:
    return DataError("a tree of the skops file is damaged: its nodes lead nowhere", "do not use this file")
