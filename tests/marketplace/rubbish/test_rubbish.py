"""Commands that need no chain, on more than a thousand files that are none of what they read."""

import pytest
from kinds import blocks, furnish, kinds
from spoiling import anything, places, spoiled
from trying import Case, try_all

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
