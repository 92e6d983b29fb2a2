"""Trees are followed by compiled code where there is some, by numpy elsewhere: tests may ask for both."""

import shutil

import pytest

from marketplace.models import paths


@pytest.fixture
def compiled():
    """Leave a test out where nothing could be compiled, and nowhere else."""
    if paths._library() is None:
        assert shutil.which("cc") is None, "it is not compiled: pip install --editable . (as make dev does)"
        pytest.skip("no C compiler here")


@pytest.fixture(params=["compiled", "numpy"])
def way(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(paths, "_library", lambda: None)
    else:
        request.getfixturevalue("compiled")
