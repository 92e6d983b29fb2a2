"""``tessera model convert|export``: from one file of a model to another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from marketplace.cli.common import App, shared
from marketplace.cli.model_inputs import BOUNTY, SCHEMA, TARGET_SCALE, TRUST

if TYPE_CHECKING:
    from marketplace.datasets import RowSchema
    from marketplace.services.scoring import Converted


@click.command("convert")
@click.argument("path", metavar="FILE.skops", type=click.Path(path_type=Path))
@SCHEMA
@BOUNTY
@click.option(
    "--rows", type=click.Path(path_type=Path), help="Training table: tighter integers, and what it cost."
)
@TARGET_SCALE
@TRUST
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File to write.")
@shared
def convert(
    app: App,
    path: Path,
    rows: Path | None,
    target_scale: int,
    trust: tuple[str, ...],
    out: Path,
    **where: Any,
) -> None:
    """Convert your scikit-learn estimator, saved with skops, to an integer model; says what that cost.

    The file is opened with a list of trusted types: any other is named and refused, unless you name it with
    --trust. Save one with marketplace.save_estimator(estimator, "model.skops"); no command reads pickles.

    \b
    tessera model convert model.skops --bounty 0x71c0 --rows train.csv --out model.bin
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.model_inputs import one_schema, read_rows
    from marketplace.crypto.files import write_file
    from marketplace.models import encode_model, model_hash
    from marketplace.services.estimators import open_estimator
    from marketplace.services.scoring import convert_estimator

    require_writable(app, out)
    schema = one_schema(app, **where)
    features, labels = (None, None) if rows is None else read_rows(rows, schema)
    with app.busy("opening and converting the estimator"):
        estimator = open_estimator(path, trust)
        found = convert_estimator(estimator, schema, target_scale, features, labels)
    write_file(out, encode_model(found.model))
    digest, cost = model_hash(found.model).hex(), found.agreement
    data: dict[str, Any] = {"file": str(out), "model_hash": digest, "estimator": type(estimator).__name__}
    data |= {"rows": None if cost is None else cost.rows, "random_rows": found.random}
    data |= {"equal": None if cost is None else cost.equal}
    data |= {"float_score": None if cost is None else cost.float_score}
    data |= {"integer_score": None if cost is None else cost.integer_score}
    app.done(data, f"wrote model {digest} to {out}", _told(found, schema))


def _told(found: Converted, schema: RowSchema) -> str:
    """Say how an estimator and its model compare."""
    cost = found.agreement
    if cost is None:
        return "not compared: the estimator takes no random rows; give your training table with --rows"
    if found.random:
        return f"on {cost.rows} random rows {cost.equal:.2%} of the predictions are equal; better: --rows"
    return told_cost(cost, schema)


def told_cost(cost: Any, schema: RowSchema) -> str:
    """Say what a conversion cost on the rows that a model was trained on."""
    what = "accuracy" if schema.target.is_classes else "mean absolute error"
    return (
        f"on the {cost.rows} training rows: {what} {cost.float_score:.6f} as trained, "
        f"{cost.integer_score:.6f} in integers ({cost.lost:+.6f} lost); "
        f"{cost.equal:.2%} of the predictions are equal"
    )


@click.command("export")
@click.argument("path", metavar="MODEL", type=click.Path(path_type=Path))
@click.argument("out", metavar="FILE.onnx", type=click.Path(path_type=Path))
@shared
def export(app: App, path: Path, out: Path) -> None:
    """Write an integer model as ONNX, of integer operations: every runtime computes the same bits.

    \b
    tessera model export model.bin model.onnx
    """
    from marketplace.cli.files import require_writable
    from marketplace.cli.model_inputs import read_model_file
    from marketplace.crypto.files import write_file
    from marketplace.models import decode_model, model_hash
    from marketplace.models.to_onnx import INPUT, LABEL, OPSET, RAW, to_onnx

    found = decode_model(read_model_file(path))
    require_writable(app, out)
    with app.busy("writing ONNX"):
        data = to_onnx(found)
    write_file(out, data)
    shown = {"file": str(out), "bytes": len(data), "opset": OPSET, "model_hash": model_hash(found).hex()}
    app.done(
        {**shown, "input": INPUT, "outputs": [RAW, LABEL]},
        f"wrote {len(data):,} bytes of ONNX, opset {OPSET}, to {out}",
        f"input {INPUT!r}: int32 (n, {found.head.features}), by the row schema, missing is -2147483648",
        f"outputs {RAW!r}: int64 (n, {found.head.outputs}), and {LABEL!r}: int64 (n)",
    )
