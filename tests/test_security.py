"""The page on security names tests: each is there, under that very name."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "security.md").read_text()
DISPUTES = (ROOT / "docs" / "disputes.md").read_text()


def defined():
    """Return the names of all tests, Python's and Solidity's."""
    texts = [path.read_text() for path in (ROOT / "tests").rglob("*") if path.suffix in (".py", ".sol")]
    return set(re.findall(r"(?:def|function) (test\w+)", "\n".join(texts)))


def test_security__tests_it_names__exist():
    named = set(re.findall(r"`(test\w+)`", PAGE))
    assert len(named) > 50
    assert not named - defined()


def test_disputes__tests_it_names__exist():
    named = set(re.findall(r"`(test_\w+)`", DISPUTES))
    assert len(named) > 20
    assert not named - defined()


def test_security__files_it_names__exist():
    named = re.findall(r"`(tests/[\w/.]+)`", PAGE) + re.findall(r"\]\((\w+\.md)", PAGE)
    assert not [name for name in named if not ((ROOT / name).exists() or (ROOT / "docs" / name).exists())]
