"""What the same steps cost elsewhere.

Gas of receipts on anvil 1.7.1 under Prague, calldata included, in steady state, measured on the systems' own
published contracts: Ocean contracts 2.6.0 (commit 1c779f90), iExec PoCo 6.1.0 (fd0c823e), DanKu (7c6a5cf).
Sources: https://github.com/oceanprotocol/contracts, https://github.com/iExecBlockchainComputing/PoCo,
https://github.com/algorithmiaio/danku.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rival:
    """A step of another system.

    Parameters
    ----------
    system, operation : str
    gas : int
    """

    system: str
    operation: str
    gas: int


OCEAN_PUBLISH = Rival("Ocean 2.6", "publish NFT, datatoken and fixed rate", 1_457_512)
OCEAN_BUY = Rival("Ocean 2.6", "buyDT + startOrder (no key check, no refund)", 217_504)
IEXEC_DATASET = Rival("iExec 6.1", "createDataset", 563_639)
IEXEC_MATCH = Rival("iExec 6.1", "matchOrders", 761_608)
IEXEC_CONTRIBUTE = Rival("iExec 6.1", "contribute + reveal", 394_756 + 93_455)
IEXEC_FINALIZE = Rival("iExec 6.1", "finalize", 317_029)
DANKU_SUBMIT = Rival("DanKu", "submit (2-2 net)", 280_595)
DANKU_CONTEST = Rival("DanKu", "whole contest, one submission, smallest net", 6_824_265)

COMPARED: tuple[tuple[str, tuple[str, ...], tuple[Rival, ...]], ...] = (
    ("list", ("list the asset",), (OCEAN_PUBLISH, IEXEC_DATASET)),
    ("order + settle", ("order, lock the price", "settle an order"), (OCEAN_BUY, IEXEC_MATCH)),
    ("submit a model", ("submit a model",), (DANKU_SUBMIT,)),
    ("attest (commit + reveal)", ("commit to attestations", "reveal attestations"), (IEXEC_CONTRIBUTE,)),
    ("finalize a contest", ("finalize",), (IEXEC_FINALIZE,)),
    ("whole contest", (), (DANKU_CONTEST,)),
)
"""Our step, the transactions it is made of, and what it is compared with."""
