"""``tessera model``: integer models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.scores import METRICS, metric_name, show_score
from marketplace.errors import DataError

if TYPE_CHECKING:
    from marketplace.datasets import RowSchema, TestRows
    from marketplace.models import IntegerModel

KINDS = ("linear", "forest", "boosting", "tree")
MAX_SCHEMA_BYTES = 2**20
MAX_ROWS_BYTES = 2**30
ROWS_MAGIC = b"TSRR"

_SCHEMA = click.option(
    "--schema", "schema_path", type=click.Path(path_type=Path), help="The row schema: tessera bounty schema."
)
_BOUNTY = click.option("--bounty", "bounty_id", metavar="BOUNTY", help="The contest whose row schema it is.")


@click.group()
def model() -> None:
    """Train, convert, inspect and score integer models.

    A model of your own is converted in Python: fit a scikit-learn estimator on the row schema's features,
    then marketplace.models.convert(estimator, space, rows=rows). No command reads pickles, since to
    open one is to run what is in it; see docs/models.md.
    """


@model.command("train")
@click.argument("table", type=click.Path(path_type=Path))
@_SCHEMA
@_BOUNTY
@click.option("--target", help="Without a schema: what is to be predicted, a column or a condition.")
@click.option("--kind", type=click.Choice(KINDS), default="boosting", show_default=True, help="Baseline.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def train(app: App, table: Path, target: str | None, kind: str, out: Path, **where: Any) -> None:
    """Train a baseline on a table and convert it to an integer model; says what the conversion cost.

    \b
    tessera model train table.csv --bounty 0x71c0 --kind forest --out model.bin
    """
    from marketplace.cli.files import require_writable, write_file
    from marketplace.datasets import build_schema, read_table
    from marketplace.models import encode_model, model_hash
    from marketplace.services.train import train as fit

    if sum(value is not None for value in (target, *where.values())) != 1:
        raise click.UsageError("give one of --bounty, --schema and --target")
    require_writable(app, out)
    rows = read_table(table)
    schema = build_schema(rows, target) if target is not None else _schema(app, **where)
    with app.busy(f"training: {kind}"):
        trained = fit(rows, schema, kind)
    write_file(out, encode_model(trained.model))
    cost, digest = trained.agreement, model_hash(trained.model).hex()
    data = {"file": str(out), "model_hash": digest, "kind": kind, "rows": cost.rows}
    data |= {"equal": cost.equal, "float_score": cost.float_score, "integer_score": cost.integer_score}
    what = "accuracy" if schema.target.is_classes else "mean absolute error"
    app.done(
        data,
        f"wrote model {digest} to {out}",
        f"on the {cost.rows} training rows: {what} {cost.float_score:.6f} as trained, "
        f"{cost.integer_score:.6f} in integers ({cost.lost:+.6f} lost); "
        f"{cost.equal:.2%} of the predictions are equal",
    )


@model.command("inspect")
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@shared
def inspect(app: App, path: Path) -> None:
    """Show what an integer model is: shape, task, features, hash.

    \b
    tessera model inspect model.bin
    """
    from marketplace.models import LinearModel, encode_model

    found = _model(path)
    size = len(encode_model(found))
    data: dict[str, Any] = {"model_hash": _hash(found), "bytes": size}
    data |= {"shape": "linear" if isinstance(found, LinearModel) else "trees"}
    data |= {
        "task": found.head.task.name.lower(),
        "features": found.head.features,
        "outputs": found.head.outputs,
    }
    if not isinstance(found, LinearModel):
        data |= {"trees": len(found.counts), "nodes": int(found.counts.sum())}
    app.fields(str(path), data, [(name.replace("_", " "), str(value)) for name, value in data.items()])


@model.command("score")
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("rows", required=False, type=click.Path(path_type=Path))
@_SCHEMA
@_BOUNTY
@click.option("--metric", type=click.Choice(METRICS), help="The contest's, else accuracy or absolute error.")
@shared
def score(app: App, path: Path, rows: Path | None, metric: str | None, **where: Any) -> None:
    """Score a model exactly as a panel does: on a table, a rows file, or a contest's opened rows.

    \b
    tessera model score model.bin test.csv --schema rows.schema.json
    """
    from marketplace.models import Metric, predict, score_from_sums
    from marketplace.models.metrics import add_up, contributions
    from marketplace.services.train import default_metric

    if sum(value is not None for value in where.values()) != 1:
        raise click.UsageError("give one of --bounty and --schema")
    if rows is None and where["bounty_id"] is None:
        raise click.UsageError("give the rows: a table, a rows file, or --bounty alone for its opened rows")
    found, schema = _model(path), _schema(app, **where)
    target, kind = schema.target, default_metric(schema)
    features, labels = _opened_rows(app, where["bounty_id"]) if rows is None else _rows(rows, schema)
    if metric is not None:
        kind = Metric(METRICS.index(metric) + 1)
    elif where["bounty_id"] is not None:
        kind = Metric(_terms_metric(app, where["bounty_id"]))
    with app.busy("scoring"):
        sums = add_up(
            contributions(kind, predict(found, features), labels, len(target.classes), target.bound)
        )
    parts = score_from_sums(kind, sums, len(labels), len(target.classes), target.bound)
    data = {"score": parts, "sums": sums, "rows": len(labels), "metric": metric_name(kind)}
    app.done(data, f"{metric_name(kind)} {show_score(parts)} on {len(labels)} rows")


def _model(path: Path) -> IntegerModel:
    from marketplace.cli.files import read_file
    from marketplace.constants import MAX_MODEL_BYTES
    from marketplace.models import decode_model

    return decode_model(read_file(path, MAX_MODEL_BYTES))


def _hash(found: IntegerModel) -> str:
    from marketplace.models import model_hash

    return model_hash(found).hex()


def _schema(app: App, schema_path: Path | None, bounty_id: str | None) -> RowSchema:
    from marketplace.cli.files import read_file
    from marketplace.datasets import parse_schema
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.submit import read_schema

    if schema_path is not None:
        return parse_schema(read_file(schema_path, MAX_SCHEMA_BYTES))
    market = app.reader()
    return read_schema(market, load_bounty(market, find_bounty(market, bounty_id or "")).terms)


def _terms_metric(app: App, bounty_id: str) -> int:
    from marketplace.services.bounties import find_bounty, load_bounty

    market = app.reader()
    return load_bounty(market, find_bounty(market, bounty_id)).terms.metric


def _opened_rows(app: App, bounty_id: str) -> Any:
    from marketplace.services.bounties import find_bounty, load_bounty
    from marketplace.services.submit import open_test_rows

    market = app.reader()
    found: TestRows = open_test_rows(market, load_bounty(market, find_bounty(market, bounty_id)))
    return found.arrays()


def _rows(path: Path, schema: RowSchema) -> Any:
    """Read a rows file, or a table by the row schema; return features and labels."""
    from marketplace.cli.files import read_file
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
