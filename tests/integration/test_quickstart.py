"""The quick start of README.md is what a stranger sees who types it."""

from pathlib import Path

import pytest

from tests.tools import load

REPOSITORY = Path(__file__).parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def tool():
    return load("quickstart")


def test_quick_start__typed_in_a_fresh_home__says_what_the_readme_shows(tool):
    steps = tool.parse(tool.block(README))
    assert 8 <= len(steps) <= tool.MOST_COMMANDS
    assert all(step.command.startswith("tessera ") for step in steps)
    wrong = tool.differences(steps, list(tool.replay(steps)))
    assert wrong == [], "run .venv/bin/python tools/quickstart.py --write\n" + "\n".join(wrong)


def test_differences__other_ids_times_and_gas__are_none(tool):
    one = [tool.Step("tessera a", "made 0x1234567890AbcdEF at 2026-01-01 00:00:00 UTC, gas 12,345")]
    two = [tool.Step("tessera a", "made 0xabcDEF0123456789 at 2027-02-03 04:05:06 UTC, gas 9")]
    assert tool.differences(one, two) == []


@pytest.mark.parametrize(
    "changed",
    [
        "paid 0x1234567890 and 0xabcdef0123, 50 tokens",
        "paid 0x1234567890 and 0x1234567890, 51 tokens",
        "paid 0x1234567890, 50 tokens",
    ],
)
def test_differences__other_words_amounts_or_another_id__are_told(tool, changed):
    one = [tool.Step("tessera a", "paid 0x1234567890 and 0x1234567890, 50 tokens")]
    assert tool.differences(one, [tool.Step("tessera a", changed)])
