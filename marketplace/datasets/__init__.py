"""Tables, their integer row schema, hidden test rows and public description."""

from marketplace.datasets.demo import BREAST_CANCER_TARGET, load_breast_cancer_table
from marketplace.datasets.describe import describe, split
from marketplace.datasets.plain import choose_columns, is_plain_csv, plain_csv, project
from marketplace.datasets.rows import (
    TestRows,
    make_salts,
    pack_rows,
    parse_rows,
    row_leaf,
    row_proof,
    rows_root,
    serialise_rows,
    unpack_rows,
)
from marketplace.datasets.schema import Feature, RowSchema, build_schema, parse_schema
from marketplace.datasets.sensitive import Suspect, find_sensitive
from marketplace.datasets.singling import Singling, find_singling
from marketplace.datasets.table import Table, parse_table, read_table, read_table_bytes, write_table
from marketplace.datasets.target import Target, parse_target

__all__ = [
    "BREAST_CANCER_TARGET",
    "Feature",
    "RowSchema",
    "Singling",
    "Suspect",
    "Table",
    "Target",
    "TestRows",
    "build_schema",
    "choose_columns",
    "describe",
    "find_sensitive",
    "find_singling",
    "is_plain_csv",
    "load_breast_cancer_table",
    "make_salts",
    "pack_rows",
    "parse_rows",
    "parse_schema",
    "parse_table",
    "parse_target",
    "plain_csv",
    "project",
    "read_table",
    "read_table_bytes",
    "row_leaf",
    "row_proof",
    "rows_root",
    "serialise_rows",
    "split",
    "unpack_rows",
    "write_table",
]
