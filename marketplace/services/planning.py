"""What a listing would be, before anything leaves this computer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from marketplace.constants import MAX_MODEL_BYTES
from marketplace.errors import DataError
from marketplace.services.amounts import show_seconds
from marketplace.services.catalog import SHARES
from marketplace.services.croissant import LATER
from marketplace.services.drafts import file_facts, open_file
from marketplace.services.licences import require_spdx
from marketplace.services.manifest import DATASET, DEFAULT_LICENCE, DEFAULT_USES, MODEL, Manifest
from marketplace.services.structs import Parent

if TYPE_CHECKING:
    from marketplace.datasets import Singling, Suspect, Table
    from marketplace.models import IntegerModel
    from marketplace.services.market import Market

DEFAULT_SETTLE_SECONDS = 3600
"""Time a seller has to hand over the key."""

DEFAULT_DISPUTE_SECONDS = 86_400
"""Time in which a wrong file can be disproved."""

MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS = 600, 30 * 86_400
"""What the contract allows for both."""

MODEL_MEDIA_TYPE = "application/vnd.tessera.model"
"""Media type of an integer model's canonical bytes (docs/models.md)."""


@dataclass(frozen=True)
class Plan:
    """A listing before anything is public.

    Parameters
    ----------
    path : Path
        The plain file.
    size_bytes : int
    manifest : Manifest
        Without its artifact.
    price, bond : int
        Token base units.
    settle_window, dispute_window : int
        Seconds.
    parents : tuple of Parent
        To whom a part of the income flows; fixed for ever.
    notes : tuple of str
        How the table was read. Never a cell.
    content : bytes or None
        What is published instead of the file as it is: some of its columns, or the table as plain CSV.
    suspects : tuple of Suspect
        Columns that look like they say who somebody is.
    singling : Singling or None
        How many rows stand alone or among few; of a table.
    """

    path: Path
    size_bytes: int
    manifest: Manifest
    price: int
    bond: int
    settle_window: int
    dispute_window: int
    parents: tuple[Parent, ...] = ()
    notes: tuple[str, ...] = ()
    content: bytes | None = field(default=None, repr=False)
    suspects: tuple[Suspect, ...] = ()
    singling: Singling | None = None


def plan_dataset(
    path: Path,
    *,
    price: int,
    name: str | None = None,
    columns: Sequence[str] = (),
    drop: Sequence[str] = (),
    as_is: bool = False,
    **options: Any,
) -> Plan:
    """Read a table and say what would be listed; nothing leaves this computer.

    Sold is plain CSV, which every reader takes: the file itself if it is that, else a copy made of it
    in memory. With ``columns`` or ``drop`` the copy has only the columns that were chosen.

    Parameters
    ----------
    path : Path
        A delimited text file with a header; never changed.
    price : int
        Token base units.
    name : str, optional
        That of the file by default.
    columns, drop : sequence of str, optional
        Publish only these columns, or all but these.
    as_is : bool, default False
        Sell the very bytes of the file, though other tools may not read them.
    **options
        ``description``, ``licence``, ``uses``, ``accepted_only``, ``version`` (`Manifest`), ``bond`` (the
        price by default), ``settle_window``, ``dispute_window``, ``parents`` (`Plan`).

    Raises
    ------
    DataError
        If the table can't be used, or an option is out of range.
    """
    from marketplace import datasets

    path = Path(path)
    data = datasets.read_table_bytes(path)
    table = datasets.parse_table(data, path.stem)
    kept = datasets.choose_columns(table, columns, drop)
    chosen, content, notes = table, None, table.notes
    if len(kept) < len(table.columns):
        if as_is:
            raise DataError("a file that is sold as it is keeps all its columns", "leave out --as-is")
        chosen, content = datasets.project(table, kept), datasets.plain_csv(data, table, kept)
        notes = (*notes, f"published: {len(kept)} of {len(table.columns)} columns, as plain CSV")
    elif not datasets.is_plain_csv(data, table):
        notes = (*notes, "other tools may not read this file as CSV: it is sold as it is")
        if not as_is:
            content = datasets.plain_csv(data, table, kept)
            notes = (*notes[:-1], "sold as plain CSV (UTF-8, commas, empty cells), not byte by byte as it is")
    subject, about = _dataset_subject(chosen)
    options.setdefault("description", about)
    plan = _plan(path, DATASET, name or table.name, "text/csv", subject, price, notes, options, content)
    suspects = tuple(datasets.find_sensitive(chosen))
    singling = datasets.find_singling(chosen, tuple(one.column for one in suspects))
    return replace(plan, suspects=suspects, singling=singling)


def _dataset_subject(table: Table) -> tuple[dict[str, Any], str]:
    """Return what a manifest says of a table, and a sentence for want of a description."""
    from marketplace.datasets import describe

    facts = describe(table)
    fields = [{"name": c["name"], "dataType": c["type"], "missing": c["missing"]} for c in facts["columns"]]
    subject = {"records": facts["rows"], "fields": fields}
    return subject, table_sentence(subject)


def table_sentence(subject: Mapping[str, Any]) -> str:
    """Describe a table in a sentence, for want of a description."""
    return f"A table of {subject['records']} rows and {len(subject['fields'])} columns."


def own_description(manifest: Manifest) -> str | None:
    """Return the description its seller wrote; None if it is the sentence for want of one."""
    made = table_sentence if manifest.kind == DATASET else model_sentence
    try:
        return None if manifest.description == made(manifest.subject) else manifest.description
    except KeyError:
        return manifest.description


def as_published(plan: Plan, market: Market, account: str | None) -> Manifest:
    """Return the manifest with what publishing adds to it today, by the chain's clock, as far as known."""
    creator = "" if account is None else f"did:pkh:eip155:{market.chain_id}:{account}"
    today = datetime.fromtimestamp(market.now(), UTC).date().isoformat()
    return replace(plan.manifest, published=today, creator=creator, url=LATER)


def plan_model(path: Path, *, price: int, name: str | None = None, **options: Any) -> Plan:
    """Read an integer model, or a skops file, and say what would be listed; options as of `plan_dataset`."""
    from marketplace.models import decode_model
    from marketplace.models.skops_file import MAX_FILE_BYTES, is_skops
    from marketplace.services.estimators import SKOPS_MEDIA_TYPE, estimator_sentence, estimator_subject

    path = Path(path)
    with open_file(path) as source:
        data = source.read(MAX_MODEL_BYTES + 1)
        if is_skops(data):
            subject = estimator_subject(data + source.read(MAX_FILE_BYTES + 1 - len(data)))
            options.setdefault("description", estimator_sentence(subject))
            return _plan(path, MODEL, name or path.stem, SKOPS_MEDIA_TYPE, subject, price, (), options)
    subject = model_subject(decode_model(data))
    options.setdefault("description", model_sentence(subject))
    return _plan(path, MODEL, name or path.stem, MODEL_MEDIA_TYPE, subject, price, (), options)


def model_sentence(subject: Mapping[str, Any]) -> str:
    """Describe a model in a sentence, for want of a description."""
    return f"An integer model ({subject['shape']}, {subject['task']}) of {subject['features']} features."


def model_subject(model: IntegerModel) -> dict[str, Any]:
    """Return what a manifest says of a model: its hash and shape, not its weights."""
    from marketplace.models import LinearModel, model_hash

    return {
        "hash": model_hash(model).hex(),
        "shape": "linear" if isinstance(model, LinearModel) else "trees",
        "task": model.head.task.name.lower(),
        "features": model.head.features,
        "outputs": model.head.outputs,
    }


def _plan(
    path: Path,
    kind: int,
    name: str,
    encoding: str,
    subject: dict[str, Any],
    price: int,
    notes: tuple[str, ...],
    options: dict[str, Any],
    content: bytes | None = None,
) -> Plan:
    licence = options.pop("licence", DEFAULT_LICENCE)
    require_spdx(licence)
    manifest = Manifest(
        kind=kind,
        name=name,
        description=options.pop("description", ""),
        licence=licence,
        uses=tuple(options.pop("uses", DEFAULT_USES)),
        encoding=encoding,
        subject=subject,
        version=options.pop("version", "1.0.0"),
        accepted_only=options.pop("accepted_only", False),
    )
    manifest.to_bytes()  # refuses what does not fit
    values = {
        "bond": price,
        "settle_window": DEFAULT_SETTLE_SECONDS,
        "dispute_window": DEFAULT_DISPUTE_SECONDS,
        "parents": (),
        **options,
    }
    _require_window("settle", values["settle_window"])
    _require_window("dispute", values["dispute_window"])
    values["parents"] = tuple(values["parents"])
    if sum(parent.bps for parent in values["parents"]) > SHARES:
        raise DataError("the parents get more than 10,000 basis points together", "give each of them less")
    path = Path(path)
    size = file_facts(path).st_size if content is None else len(content)
    return Plan(path, size, manifest, price, notes=notes, content=content, **values)


def _require_window(name: str, seconds: int) -> None:
    """Refuse here what the contract would refuse after money was moved for it."""
    if not MIN_WINDOW_SECONDS <= seconds <= MAX_WINDOW_SECONDS:
        least, most = show_seconds(MIN_WINDOW_SECONDS), show_seconds(MAX_WINDOW_SECONDS)
        raise DataError(
            f"the {name} window is {show_seconds(seconds)}: the contract takes {least} to {most}",
            f"choose another: --{name}-window 2h",
        )
