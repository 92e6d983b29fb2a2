"""What a fuzzer throws bytes at: every parser of bytes that others made.

A target refuses bytes by raising a `MarketplaceError`. Anything else that it raises, a hang or a blow-up
of memory is a bug; the bytes go into tests/fuzz/corpus/TARGET, which every test run tries again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from marketplace.errors import MarketplaceError
from tests.fuzz import content, documents

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """A parser, bytes to begin with, and how long they get."""

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    longest: int = 4096

    def one(self, data: bytes) -> None:
        """Try bytes; returns if they are taken or refused."""
        try:
            self.run(data)
        except MarketplaceError as error:
            if "\n" in str(error) + error.hint:
                raise AssertionError("an error of several lines") from error


TARGETS = {
    "cid": Target(content.cid, content.cids, 100),
    "node": Target(content.node, content.nodes),
    "tree": Target(content.tree, content.trees, 600),
    "car": Target(content.car, content.cars),
    "envelope": Target(content.envelope, content.envelopes, 6000),
    "preview": Target(content.preview, content.previews, 12_000),
    "grant": Target(content.grant, content.grants),
    "model": Target(documents.model, documents.models),
    "rows": Target(documents.rows, documents.row_files),
    "table": Target(documents.table, documents.tables),
    "schema": Target(documents.schema, documents.schemas),
    "manifest": Target(documents.manifest, documents.manifests, 8192),
    "relay": Target(documents.relay, documents.relays),
    "wallet": Target(documents.wallet, documents.wallets),
    "logs": Target(documents.logs, documents.log_bytes),
    "answers": Target(documents.answers, documents.answer_texts),
    "skops": Target(documents.skops_zip, documents.skops_zips, 16_384),
    "skops_schema": Target(documents.skops_schema, documents.skops_schemas, 16_384),
    "settings": Target(documents.settings, documents.setting_texts, 1024),
    "deployment": Target(documents.deployment, documents.deployments, 2048),
}
