"""The shipped contracts are what the sources compile to, metadata aside."""

import importlib.util
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[1] / "tools" / "compile.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("compile_tool", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def output(tool):
    return tool.compile_files(tool.sources())


def test_artifacts__compiled_again__equal_what_is_shipped(tool, output):
    fresh = tool.artifacts_of(output)
    assert sorted(fresh) == sorted(tool.SHIPPED)
    assert tool.differences(fresh) == []


def test_sources__shipped_for_explorers__are_those_compiled(tool, output):
    assert tool.shipped_bundle() == tool.bundle_of(output), "run: make artifacts"


def test_contracts__deployed_size__below_the_limit_of_eip_170(tool, output):
    for name, artifact in tool.artifacts_of(output).items():
        size_bytes = (len(artifact["deployedBytecode"]) - 2) // 2
        assert 0 < size_bytes <= tool.SIZE_LIMIT_BYTES, f"{name} has {size_bytes} bytes"


def test_without_metadata__changed_cbor_block__compares_equal(tool):
    code = "0x6001600255"
    assert tool.without_metadata(code + "a1b2c3" + "0003") == tool.without_metadata(
        code + "ffeeddcc" + "0004"
    )
    assert tool.without_metadata(code + "a1b2c3" + "0003") != tool.without_metadata("0x6001600256a1b2c30003")
