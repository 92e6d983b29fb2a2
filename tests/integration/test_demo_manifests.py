"""Every manifest that the demo makes is Croissant, and its bought file loads by its description."""

import json

import mlcroissant
from click.testing import CliRunner

from marketplace.cli import cli
from marketplace.datasets import read_table
from marketplace.services import catalog, ledger, received
from marketplace.services.cast import MAKERS, SELLER
from marketplace.services.manifest import DATASET


def test_demo__each_manifest__is_croissant_and_loads(monkeypatch):
    seen = []

    def look(scene):
        market = scene.cast[SELLER]
        for listing in catalog.list_assets(market):
            data = json.loads(catalog.manifest_bytes(market, listing.terms))
            issues = mlcroissant.Dataset(jsonld=data).metadata.ctx.issues
            seen.append((listing.terms.kind, issues.errors, issues.warnings))
            if listing.asset_id == scene.dataset.asset_id:
                load_bought(market, listing, scene.folder / f"{MAKERS[0]}.csv")
        return real(scene)

    def load_bought(market, listing, bought):
        path = received.write_description(catalog.read_manifest(market, listing.terms), bought)
        rows = list(mlcroissant.Dataset(path).records("records"))
        table = read_table(bought)
        assert len(rows) == table.count
        assert list(rows[0].values())[:-1] == list(table.frame.iloc[0])[:-1]

    real = ledger.settle_accounts
    monkeypatch.setattr(ledger, "settle_accounts", look)
    result = CliRunner().invoke(cli, ["demo", "--json"])
    assert result.exit_code == 0, result.output
    assert [kind == DATASET for kind, _, _ in seen].count(
        True
    ) == 2  # one of them describes what its buyer did not get
    assert len(seen) == 3
    assert not any(errors for _, errors, _ in seen)
    assert sum(len(warnings) for _, _, warnings in seen) <= 1  # a contest's model has no date
