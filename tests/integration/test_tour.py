"""docs/tour.ipynb runs from start to end through the public package, and is committed with its outputs."""

import ast
from pathlib import Path

import nbformat
import pytest

from tests.tools import load

REPOSITORY = Path(__file__).parents[2]
TOUR = REPOSITORY / "docs" / "tour.ipynb"


@pytest.fixture(scope="module")
def tool():
    return load("tour")


def said(book):
    return "".join(
        output.text
        for cell in book.cells
        for output in cell.get("outputs", [])
        if output.output_type == "stream" and output.name == "stdout"
    )


def pictures(book):
    return sum("image/png" in o.get("data", {}) for cell in book.cells for o in cell.get("outputs", []))


def test_tour__run_anew__tells_the_story_without_an_error(tool, tmp_path):
    book = tool.run(TOUR, tmp_path / "tour.ipynb")
    for words in (
        "cleo claims 100.00%",
        "the bounty ended PAID",
        "the vault's books hold: True",
        "the chain is stopped: True",
    ):
        assert words in said(book)
    assert pictures(book) == 3
    assert (tmp_path / "tour.ipynb").exists()


def test_tour__committed__has_its_outputs_and_no_error():
    book = nbformat.read(TOUR, as_version=4)
    nbformat.validate(book)
    kinds = {o.output_type for cell in book.cells for o in cell.get("outputs", [])}
    assert kinds == {"stream", "display_data"}
    assert pictures(book) == 3
    assert "the bounty ended PAID" in said(book)
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")


def test_tour__imports__the_public_package_alone():
    for cell in nbformat.read(TOUR, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        for node in ast.walk(ast.parse(cell.source)):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.startswith("marketplace.") for name in names), names
