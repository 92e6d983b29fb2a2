"""The picture of the terminal in README.md shows what the demo says, and loads nothing."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.tools import load

REPOSITORY = Path(__file__).parents[1]
TOLD = ("services/story.py", "services/story_panel.py", "cli/demo.py")
SOURCES = [REPOSITORY / "marketplace" / name for name in TOLD]
WRITTEN = (
    "\x1b[1mA dataset is listed, and sold against a verified key\x1b[0m\r\n"
    "  hospital  deposit into the vault, let Assets use it          165,913 gas  hospital deposits 50\r\n"
    "  hospital  list the asset                                120,906 gas  hospital locks 50 of its own\r\n"
    "  ada       order, lock the price                               94,046 gas  ada locks 50 in Exchange\r\n"
    "  ada       order, lock the price                               76,946 gas  ada locks 50 in Exchange\r\n"
    "\r\n"
    "\x1b[1mMakers score their own models and claim, with a bond\x1b[0m\r\n"
    "\x1b[2m    ada claims 97.65 %\x1b[0m\r\n"
    "\x1b[2m    ben claims 94.12 %\x1b[0m\r\n"
)


@pytest.fixture(scope="module")
def tool():
    return load("picture")


def shown(svg):
    """Return the lines of text of a picture."""
    root = ElementTree.fromstring(svg)
    rows = {}
    for one in root.iter("{http://www.w3.org/2000/svg}text"):
        rows.setdefault(float(one.get("y")), []).append((float(one.get("x")), one.text or ""))
    lines = ["".join(text for _, text in sorted(row)) for _, row in sorted(rows.items())]
    return [line.replace("\xa0", " ").rstrip() for line in lines]


def test_choose__written_by_the_demo__whole_lines_one_of_a_kind(tool):
    lines = [line.plain for line in tool.choose(WRITTEN)]
    assert [line.split("  ")[-1] for line in lines] == [
        "",
        "A dataset is listed, and sold against a verified key",
        "hospital locks 50 of its own",
        "ada locks 50 in Exchange",
        "",
        "Makers score their own models and claim, with a bond",
        "ada claims 97.65 %",
        "ben claims 94.12 %",
    ]
    drawn = shown(tool.draw(tool.choose(WRITTEN)))
    assert "    ben claims 94.12 %" in drawn
    assert not any("deposits" in line for line in drawn)


def test_picture__committed__shows_the_story_as_it_is_told_today(tool):
    text = tool.PICTURE.read_text("utf-8")
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")  # a README's picture loads nothing
    source = "".join(path.read_text("utf-8") for path in SOURCES)
    lines = shown(text)
    chapters = [line for line in lines[1:] if line[:1].isupper() and "conservation" not in line]
    assert len(chapters) >= 6, lines
    for chapter in chapters:
        assert chapter in source, f"run: make docs ({chapter!r})"
