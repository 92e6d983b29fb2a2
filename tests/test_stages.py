"""`make test` says at its end which tests failed: whoever sees the last lines only sees them."""

import sys

import pytest

from tests.tools import load

TOOL = load("test")


def stage(text, code=0, shows="tests of something"):
    """A stage whose program says a text."""
    program = f"import sys; sys.stdout.write({text!r}); sys.exit({code})"
    return TOOL.Stage(shows, [sys.executable, "-c", program])


PYTEST = """
ERROR    marketplace.chain:client.py:5 a line of a log, and no test
FAILED tests/integration/test_sale.py::test_sale__x - AssertionError: assert 1
ERROR tests/integration/test_cli.py::test_y - OSError
\x1b[31mFAILED\x1b[0m tests/test_docs.py::test_z
2 failed, 7 passed, 1 error in 3.40s
"""
FORGE = """
[PASS] test_a() (gas: 5)
[FAIL: Vault_Short()] test_b() (gas: 5)
3 tests passed, 1 failed, 0 skipped (4 total tests)
[FAIL: Vault_Short()] test_b() (gas: 5)
"""


@pytest.mark.parametrize(
    ("text", "passed", "failed"),
    [
        (PYTEST, 7, ["FAILED tests/integration/test_sale.py::test_sale__x - AssertionError: assert 1",
                     "ERROR tests/integration/test_cli.py::test_y - OSError",
                     "FAILED tests/test_docs.py::test_z"]),
        (FORGE, 3, ["[FAIL: Vault_Short()] test_b() (gas: 5)"]),
        ("first\nno node\n\n", 0, ["exit code 1: no node"]),
    ],
)  # fmt: skip
def test_run__tests_fail__are_named_each_once(text, passed, failed, capfd):
    found = TOOL.run(stage(text, 1))
    assert (found.ok, found.passed, found.failed) == (False, passed, failed)
    assert text in capfd.readouterr().out


def test_run__nothing_was_tested__is_a_failure():
    assert not TOOL.run(stage("no tests ran in 0.1s\n")).ok
    assert TOOL.run(stage("5 passed in 0.1s\n")).ok


def test_main__a_stage_fails__its_tests_stand_above_the_last_line(monkeypatch, capfd):
    monkeypatch.setattr(TOOL, "QUICK", [stage(PYTEST, 1), stage("5 passed in 1s\n", shows="others")])
    monkeypatch.setattr(sys, "argv", ["test.py", "quick"])
    assert TOOL.main() == 1
    *_, shows, one, two, three, empty, last = capfd.readouterr().out.splitlines()
    assert shows == "tests of something:"
    assert all(line.startswith(("  FAILED tests/", "  ERROR tests/")) for line in (one, two, three))
    assert empty == ""
    assert last.startswith("NOT shown: tests of something failed (passed: 7 tests of something, 5 others; ")


def test_told__very_many__are_cut_off():
    found = TOOL.told([TOOL.Result(stage(""), False, 0, [str(n) for n in range(100)])])
    assert len(found) == TOOL.MOST_NAMES + 2
    assert found[-1] == f"  and {100 - TOOL.MOST_NAMES} more"


def test_missing__nothing_is_here__each_need_says_why(monkeypatch):
    monkeypatch.setattr(TOOL.shutil, "which", lambda name: None)
    monkeypatch.setattr(TOOL, "missing_postgres", lambda: "no initdb")
    monkeypatch.setattr(TOOL, "prepare", lambda programs: f"no {programs.name}")
    monkeypatch.setattr(TOOL.fuzz, "missing", lambda: "no wheel")
    monkeypatch.setattr(TOOL.proving, "prepare", lambda: "no npm")
    found = TOOL.missing()
    assert set(found) == set(TOOL.NEEDS)
    assert "apt-get install gcc" in found["compiler"]
