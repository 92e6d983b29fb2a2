"""Commands that need no chain, on more than a thousand files that are none of what they read."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from kinds import blocks, furnish, kinds
from spoiling import anything, places, spoiled
from trying import Case, look, try_all

NAMES = ["table", "schema", "rows", "model", "skops", "car", "keystore", "wallet", "backup", "deployment",
         "settings", "password"]  # fmt: skip
SPOILED, SPOILED_DEEP = 25, 1500
MAY_BE_RIGHT = (0, 1, 2)
"""Spoiled bytes can be right by chance: a byte of a label, say."""

FINE = {
    "settings": (
        "empty",
        "a line",
        "lines of spaces",
        "carriage returns",
        "a mark",
        "nothing",
        "a pipe that nobody writes to",
        "a link to nothing",
    ),
    "keystore": ("no address",),
    "schema": ("a condition of 400,000 spaces",),
}
"""Rubbish that a kind takes: an empty ``.env`` says nothing."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("template")
    furnish(folder)
    return folder


def line(text, place):
    return tuple(word.replace("FILE", place) for word in text.split())


def cases_of(name, kind, chance, count):
    """Yield all cases of a kind of file: by hand, rubbish of any kind, places, and good ones spoiled."""
    by_hand = kind.by_hand()
    for text in kind.lines:
        args = line(text, kind.place)
        ways = spoiled(chance, kind.good, count)
        for title, content in {**by_hand, **anything(), **places(), **ways}.items():
            codes = MAY_BE_RIGHT if title in ways or title in FINE.get(name, ()) else (1, 2)
            files = {kind.place: content}
            yield Case(f"{name}: {title}", args, files, dict(kind.env), codes=codes, memory=kind.most)


def require(outcomes, record_property):
    """Fail with all that is wrong; say how many inputs were tried, and refused."""
    wrong = [f"{one.case.name} | {' '.join(one.case.args)}\n{one.wrong}" for one in outcomes if one.wrong]
    refused = sum(one.refused for one in outcomes)
    record_property("tried", len(outcomes))
    record_property("refused", refused)
    assert not wrong, f"{len(wrong)} of {len(outcomes)}:\n" + "\n\n".join(wrong[:20])


@pytest.mark.parametrize("name", NAMES)
def test_files__of_any_rubbish__are_refused_in_one_line(
    template, tmp_path, chance, deep, name, record_property
):
    count = SPOILED_DEEP if deep else SPOILED
    found = list(cases_of(name, kinds(template)[name], chance, count))
    require(try_all(found, template, tmp_path / "case"), record_property)


def stored(found):
    """Return the files of blocks in a store."""
    return {f"home/store/blocks/{str(cid)[-3:-1]}/{cid}": data for cid, data in found.items()}


def test_blocks__of_no_file__are_refused(template, tmp_path, record_property):
    cases = []
    for title, (cid, found) in blocks().items():
        for text in ("storage verify CID", "storage get CID --out out.bin", "storage export CID out.car"):
            args = tuple(word.replace("CID", str(cid)) for word in text.split())
            codes = MAY_BE_RIGHT if "nine blocks" in title and "get" not in args else (1,)
            cases.append(Case(f"{title}: {text}", args, stored(found), codes=codes))
    require(try_all(cases, template, tmp_path / "case"), record_property)


EXECUTABLE = (
    ("model", "40 bytes for 10^9 trees"),
    ("skops", "600 MiB that say they are 10 bytes"),
    ("keystore", "scrypt n = 2^40"),
    ("backup", "pbkdf2 c = 10^12"),
    ("schema", "1,025 features"),
    ("settings", "a zero byte"),
)
"""What the program itself is given, beside what its entry point is given in this process."""


def run_program(template, folder, args, **given):
    """Run the program as it is installed; return what came of it after checking the form."""
    environ = {**os.environ, "HOME": str(folder), "TESSERA_PASSWORD_FILE": str(folder / "password")}
    command = [str(Path(sys.executable).with_name("tessera")), *args]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, timeout=120, **given)
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1, lines
    assert [line.split(": ")[0] for line in lines] == ["error", "hint"]
    assert not done.stdout
    return lines


def test_program__a_sample__says_the_same(template, tmp_path, record_property):
    found = kinds(template)
    for number, (name, title) in enumerate(EXECUTABLE):
        kind, folder = found[name], tmp_path / str(number)
        shutil.copytree(template, folder)
        (folder / kind.place).write_bytes(kind.by_hand()[title])
        before = look(folder)
        run_program(template, folder, (*line(kind.lines[0], kind.place), *HOME.get(name, ("--home", "home"))))
        assert look(folder) == before, title
    record_property("tried", len(EXECUTABLE))
    record_property("refused", len(EXECUTABLE))


HOME = {"settings": ()}
"""Options that name the home; what ``.env`` says is passed over for an option."""


def test_program__field_of_a_gigabyte_through_a_pipe__is_refused(template, tmp_path, deep):
    """CI sends a hundredth of it: it is refused by its length either way."""
    folder, size = tmp_path / "folder", 2**30 - 100 if deep else 2**25
    shutil.copytree(template, folder)
    reading, writing = os.pipe()

    def write():
        with os.fdopen(writing, "wb") as sink:
            sink.write(b"age,income,town,ill\n1,2,")
            for _ in range(size // 2**20):
                sink.write(b"x" * 2**20)

    threading.Thread(target=write, daemon=True).start()
    args = ("model", "train", "/dev/stdin", "--schema", "schema.json", "--out", "out.bin", "--home", "home")
    with os.fdopen(reading, "rb") as source:
        lines = run_program(template, folder, args, stdin=source)
    assert "16,777,216 bytes" in lines[0]
