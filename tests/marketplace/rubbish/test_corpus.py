"""Bytes that broke a parser once, and those that a fuzzer begins with, tried again without one."""

import pytest

from marketplace.errors import MarketplaceError
from tests.fuzz import CORPUS, TARGETS

FOUND = sorted(path for path in CORPUS.glob("*/*"))


@pytest.mark.parametrize("path", FOUND, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_target__what_broke_it__is_taken_or_refused(path):
    TARGETS[path.parent.name].one(path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_target__its_seeds__are_tried_to_the_end(name):
    target, taken = TARGETS[name], 0
    for seed in target.seeds():
        target.one(seed)
        try:
            target.run(seed)
            taken += 1
        except MarketplaceError:
            continue
    assert taken, "the fuzzer begins with nothing that is right"


def test_corpus__folders__have_targets():
    assert {path.parent.name for path in FOUND} <= set(TARGETS)
