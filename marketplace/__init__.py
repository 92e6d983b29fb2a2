"""Tessera: a marketplace in which data and models earn.

The public names, by what one does with them (docs/api.md has a line for each):

>>> import marketplace
>>> settings = marketplace.load_settings()
>>> market = marketplace.Market.connect(settings)  # doctest: +SKIP

They are imported from their modules when they are first used, so that ``import marketplace`` is quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_PUBLIC = {
    "marketplace.config": ("Settings", "load_settings"),
    "marketplace.errors": (
        "ChainError",
        "ConfigError",
        "ContentMismatch",
        "ContentNotFound",
        "ContractReverted",
        "DataError",
        "DecryptionError",
        "IndexUnavailable",
        "InvalidSignature",
        "KeystoreError",
        "MarketplaceError",
        "NodeUnavailable",
        "SpendingLimitReached",
        "StorageError",
        "TrainingError",
        "TransactionFailed",
    ),
    "marketplace.crypto.keystore": ("Keystore", "Wallet"),
    "marketplace.storage": (
        "ContentStore",
        "FolderStore",
        "GatewayStore",
        "KuboStore",
        "MemoryStore",
        "open_store",
        "read_car",
        "write_car",
    ),
    "marketplace.services.wallets": ("backup", "restore"),
    "marketplace.services.recover": ("recover",),
    "marketplace.services.doctor": ("examine",),
    "marketplace.services.market": ("Market", "Step", "unlock"),
    "marketplace.services.setup": ("deploy", "faucet", "pass_time", "start_localnet", "stop_localnet"),
    "marketplace.services.accounts": (
        "approve",
        "conservation",
        "deposit",
        "ensure_funds",
        "withdraw",
    ),
    "marketplace.services.balances": ("load_balances",),
    "marketplace.services.locks": ("find_locks", "sweep"),
    "marketplace.services.publish": ("plan_dataset", "plan_model", "publish", "publish_version"),
    "marketplace.services.catalog": (
        "find_asset",
        "find_order",
        "list_assets",
        "list_orders",
        "load_asset",
        "load_assets",
        "load_income",
        "load_order",
        "read_manifest",
    ),
    "marketplace.services.sell": (
        "claim",
        "collect",
        "flush",
        "flush_up",
        "matured_sales",
        "open_sales",
        "release_bond",
        "reprice",
        "settle",
        "transfer",
        "unlist",
    ),
    "marketplace.services.buy": ("check", "order", "receive", "refund"),
    "marketplace.services.dispute": ("dispute_file", "load_reversal", "recourse", "verify_file"),
    "marketplace.services.received": ("write_description",),
    "marketplace.services.previews": ("check_preview", "make_preview"),
    "marketplace.services.receipts": ("order_receipt",),
    "marketplace.services.receipt_page": ("receipt_page",),
    "marketplace.services.buyers": ("accept_buyers", "accepted_buyers", "clear_buyers", "remove_buyers"),
    "marketplace.services.costs": ("listing_cost",),
    "marketplace.services.request": (
        "BountyDraft",
        "draft_bounty",
        "lock_delivery",
        "open_bounty",
        "open_rows",
        "receive_model",
    ),
    "marketplace.services.submit": (
        "ModelListing",
        "activate_model",
        "claim_bad_rows",
        "claim_score",
        "deliver",
        "grant_key",
        "open_test_rows",
        "own_score",
        "publish_key",
        "read_schema",
        "rows_are_bad",
        "score_model",
        "submit_model",
    ),
    "marketplace.services.structs": ("Parent",),
    "marketplace.services.operators": ("announce_leave", "join", "leave", "list_seats"),
    "marketplace.services.evaluator": ("load_evaluator",),
    "marketplace.services.evaluate": ("awaits_grant", "commit", "judge", "open_attestations", "reveal"),
    "marketplace.services.bounties": ("BountyView", "find_bounty", "list_bounties", "load_bounty"),
    "marketplace.services.attestations": ("list_attestations", "read_opened", "write_opened"),
    "marketplace.services.contest": (
        "advance",
        "await_seed",
        "choose",
        "close_commits",
        "close_reveals",
        "draw",
        "due",
        "finalize",
        "lapse",
        "release",
    ),
    "marketplace.services.search": ("Query", "fetch_manifests", "search_assets"),
    "marketplace.services.history": ("history",),
    "marketplace.services.index_health": ("IndexHealth", "check_index", "index_status"),
    "marketplace.services.train": ("baseline_score", "feature_space", "train"),
    "marketplace.services.estimators": ("load_model", "open_estimator", "save_estimator", "save_model"),
    "marketplace.datasets": (
        "RowSchema",
        "Table",
        "build_schema",
        "parse_target",
        "read_table",
        "split",
        "write_table",
    ),
    "marketplace.models": (
        "FeatureSpace",
        "Metric",
        "agreement",
        "build_evidence",
        "convert",
        "decode_model",
        "encode_model",
        "model_hash",
        "predict",
        "score_from_sums",
        "to_onnx",
    ),
}
_MODULE_OF = {name: module for module, names in _PUBLIC.items() for name in names}

__all__ = ["__version__", *sorted(_MODULE_OF)]


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'marketplace' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)


def __dir__() -> list[str]:
    return __all__
