"""What commands about models read: models, estimators, row schemas, rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App
from marketplace.cli.values import COUNT
from marketplace.errors import DataError

if TYPE_CHECKING:
    import numpy as np

    from marketplace.datasets import RowSchema, TestRows
    from marketplace.models import Metric

MAX_SCHEMA_BYTES = 2**20
MAX_ROWS_BYTES = 2**30
ROWS_MAGIC = b"TSRR"

SCHEMA = click.option(
    "--schema", "schema_path", type=click.Path(path_type=Path), help="The row schema: tessera bounty schema."
)
BOUNTY = click.option("--bounty", "bounty_id", metavar="BOUNTY", help="The contest whose row schema it is.")
TRUST = click.option(
    "--trust", multiple=True, metavar="TYPE", help="A type that a skops file may make; repeat for several."
)
TARGET_SCALE = click.option(
    "--target-scale",
    type=COUNT,
    default=1,
    show_default=True,
    help="Target units of 1.0 as the estimator predicts it, unless it was trained on the schema's labels.",
)


def one_schema(app: App, schema_path: Path | None, bounty_id: str | None) -> RowSchema:
    """Read the row schema from a file, or of a contest; exactly one of them is given."""
    from marketplace.crypto.files import read_file
    from marketplace.datasets import parse_schema
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.submit import read_schema

    if (schema_path is None) == (bounty_id is None):
        raise click.UsageError("give one of --bounty and --schema")
    if schema_path is not None:
        content = read_file(schema_path, MAX_SCHEMA_BYTES)
        try:
            return parse_schema(content)
        except DataError as error:
            hint = "write one: tessera bounty schema BOUNTY --out rows.schema.json"
            raise DataError(f"{schema_path} is no row schema: {error}", hint) from error
    market = app.reader()
    return read_schema(market, load_bounty(market, find_bounty(market, bounty_id or "")).terms)


def read_rows(path: Path, schema: RowSchema) -> tuple[np.ndarray, np.ndarray]:
    """Read a rows file, or a table by the row schema; return features and labels."""
    from marketplace.crypto.files import read_file
    from marketplace.datasets import parse_rows, read_table

    if path.is_file() and path.open("rb").read(4) == ROWS_MAGIC:
        features, labels = parse_rows(read_file(path, MAX_ROWS_BYTES)).arrays()
        if features.shape[1] != schema.width:
            raise DataError(
                f"the rows have {features.shape[1]} features, the row schema {schema.width}",
                "name the row schema that they were made with",
            )
        return features, labels
    return schema.encode(read_table(path))


def opened_rows(app: App, bounty_id: str) -> tuple[np.ndarray, np.ndarray]:
    """Open the public rows of a contest; return features and labels."""
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.submit import open_test_rows

    market = app.reader()
    found: TestRows = open_test_rows(market, load_bounty(market, find_bounty(market, bounty_id)))
    return found.arrays()


def one_metric(app: App, name: str | None, bounty_id: str | None, schema: RowSchema) -> Metric:
    """Return the metric that is named, else the contest's, else the schema's default."""
    from marketplace.cli.scores import METRICS
    from marketplace.models import Metric
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.train import default_metric

    if name is not None:
        return Metric(METRICS.index(name) + 1)
    if bounty_id is None:
        return default_metric(schema)
    market = app.reader()
    return Metric(load_bounty(market, find_bounty(market, bounty_id)).terms.metric)


def read_model_file(path: Path) -> bytes:
    """Read a file that holds an integer model or a scikit-learn object."""
    from marketplace.crypto.files import read_file
    from marketplace.models.skops_file import MAX_FILE_BYTES

    return read_file(path, MAX_FILE_BYTES)


def shape_data(data: bytes) -> dict[str, Any]:
    """Return what an integer model is, as plain data."""
    import numpy as np

    from marketplace.models import LinearModel, decode_model, model_hash
    from marketplace.models.trees import LEAF

    found = decode_model(data)
    linear, head = isinstance(found, LinearModel), found.head
    shown: dict[str, Any] = {"model_hash": model_hash(found).hex(), "bytes": len(data)}
    shown |= {"shape": "linear" if linear else "trees", "task": head.task.name.lower()}
    shown |= {"features": head.features, "outputs": head.outputs, "classes": head.classes}
    if isinstance(found, LinearModel):
        shown["columns"], read = len(found.feature), found.feature
    else:
        depths = found.depths
        shown |= {"trees": len(found.counts), "nodes": int(found.counts.sum())}
        shown |= {"depth": int(depths.max()), "mean_depth": round(float(depths.mean()), 2)}
        read = found.feature[found.flags != LEAF]
    shown["features_read"] = len(np.unique(read))
    return shown
