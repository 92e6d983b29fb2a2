"""How often the fuzzers reached each state, as tools/invariants.py adds it up."""

import sys

import pytest

from tests.tools import load


@pytest.fixture
def invariants(monkeypatch, tmp_path):
    """Load the tool, with a folder of its own and a forge that writes into it."""
    module = load("invariants")
    monkeypatch.setattr(module, "FOLDER", tmp_path / "reached")
    return module


def fake_forge(invariants, monkeypatch, text, code=0):
    """Let forge write ``text`` as what one campaign reached, and end with ``code``."""

    def run(*_args, **_kwargs):
        if text:
            (invariants.FOLDER / "market.txt").write_text(text, "utf-8")
        return type("Done", (), {"returncode": code})

    monkeypatch.setattr(invariants.subprocess, "run", run)
    monkeypatch.setattr(sys, "argv", ["invariants.py"])


def test_read__several_runs__adds_them_up(invariants):
    counts, runs = invariants.read("ordered=2,third void=0\nordered=0,third void=0\nordered=3,third void=1\n")
    assert runs == 3
    assert counts == {"ordered": (5, 2), "third void": (1, 1)}


def test_main__everything_reached__passes(invariants, monkeypatch, capsys):
    fake_forge(invariants, monkeypatch, "ordered=2,settled=1\n")
    assert invariants.main() == 0
    assert "ordered 2 (100 %); settled 1 (100 %)" in capsys.readouterr().out


def test_main__a_state_never_reached__fails_and_names_it(invariants, monkeypatch, capsys):
    fake_forge(invariants, monkeypatch, "ordered=2,settled=0\nordered=1,settled=0\n")
    assert invariants.main() == 1
    assert "NEVER reached, so not tested: market: settled" in capsys.readouterr().out


def test_main__forge_fails__fails(invariants, monkeypatch):
    fake_forge(invariants, monkeypatch, "ordered=2\n", code=1)
    assert invariants.main() == 1
