"""What to do next, by Solidity error."""

from __future__ import annotations

_LATE = "this stage is over: the next step, or the refund, is now open to anybody"
_EARLY = "wait until the deadline has passed; on a local chain: tessera localnet advance"
_POINT = "this is a fault of the program that made the point: make a new key and try again"
_TERMS = "somebody changed them in between, or the local copy is old: fetch them again and retry"
_REPEATED = "it was done before: look at it with the show command, or use another salt"
_WIRING = "only another contract of the deployment may call this: use the tessera command for it"
_KEY = "the key does not belong to this lock: check that the wallet is the one that listed or submitted"

HINTS: dict[str, str] = {
    # Solidity's own
    "NoReason": "the contract gave no reason: check that the deployment file belongs to this chain",
    "Unknown": "the error is of a contract this version does not know: check the deployment file",
    "Error": "read the reason above",
    "Panic": "this is a fault of the contract: please report it with the transaction's data",
    # Vault
    "Vault_WrongAmountArrived": "the token keeps a part of each transfer: such tokens can't be used",
    "Vault_WrongAmountLeft": "the token moved more or less than was asked: look at what its issuer changed",
    "Vault_TooLittle": "deposit more into the vault with: tessera vault deposit",
    "Vault_NotApproved": "let the contract use that much of the balance with: tessera vault approve",
    "Vault_BucketTooSmall": "this money was paid out before: look at the state with the show command",
    "Vault_NotSigned": "sign the approval again with the account that owns the balance",
    "Vault_ToItself": "name an account, not the vault: there the tokens would be nobody's",
    "Vault_SignatureExpired": "sign the approval again with a later deadline",
    # Assets
    "Assets_Exists": _REPEATED,
    "Assets_NotTerms": _TERMS,
    "Assets_NotSeller": "use the wallet of the seller: tessera asset show tells who it is",
    "Assets_NotModule": _WIRING,
    "Assets_NoParent": "check the parent's id with: tessera asset list",
    "Assets_TooManyParents": "name fewer parents",
    "Assets_BadBps": "give each parent at least 1 basis point, all together at most 10,000",
    "Assets_BadKind": "the kind is 1 for a dataset, 2 for a model",
    "Assets_BadWindow": "choose a window between the two bounds, in seconds",
    "Assets_BadPoint": _POINT,
    "Assets_Fixed": "list a new asset instead",
    "Assets_KeyReused": "encrypt the new version under a new key, or leave both as they are",
    "Assets_NotBirth": _TERMS,
    "Assets_BondLocked": "unlist the asset first, then wait for the dispute window of its last order",
    "Assets_NotRecorded": "use the terms that the submission named: tessera bounty show",
    # Exchange
    "Exchange_Exists": _REPEATED,
    "Exchange_NotOffered": "the offer was changed or withdrawn: see tessera asset show, then order again",
    "Exchange_BadPoint": _POINT,
    "Exchange_BadLock": _POINT,
    "Exchange_NotOpen": "it was settled or refunded before: look at tessera order show",
    "Exchange_NotSettled": "it is not settled, or was collected before: look at tessera order show",
    "Exchange_AfterDeadline": "the seller's time is over: the money goes back with tessera order refund",
    "Exchange_BeforeDeadline": _EARLY,
    "Exchange_WrongKey": _KEY,
    "Exchange_InDispute": "collect after the dispute window; on a local chain: tessera localnet advance",
    "Exchange_DisputeOver": "the dispute window is over: the sale stands",
    "Exchange_NotReferee": _WIRING,
    # Proofs
    "Proofs_Exists": _REPEATED,
    "Proofs_NotTerms": _TERMS,
    "Proofs_NotRequester": "use the wallet of the requester: tessera proved show tells who it is",
    "Proofs_BadTerm": "choose a value between the bounds that docs/proving.md gives for this number",
    "Proofs_BadPoint": _POINT,
    "Proofs_BadReader": _POINT,
    "Proofs_NoVerifier": "this deployment can't verify that circuit: use another deployment",
    "Proofs_BadModel": "this is a fault of the program that made the commitment: commit again",
    "Proofs_BadLock": _POINT,
    "Proofs_Full": "all places are taken: see others with tessera proved list",
    "Proofs_WrongTurn": "see where the commitment stands with: tessera proved show",
    "Proofs_NotCommitted": "use the wallet and the file that were committed: tessera proved show",
    "Proofs_WrongKey": _KEY,
    "Proofs_LockIsWrong": "the requester was right to decline: the bond is lost",
    "Proofs_NotProved": "make the proof again: it is bound to this bounty, this maker and this reader",
    "Proofs_Paid": "another maker was first: your bond comes back with tessera proved release",
    "Proofs_Closed": "the requester has got the rest: look at it with tessera proved show",
    "Proofs_AfterDeadline": _LATE,
    "Proofs_BeforeDeadline": _EARLY,
    # Referee
    "Referee_NotBuyer": "only who ordered can dispute it: name his wallet with --wallet",
    "Referee_WrongKey": _KEY,
    "Referee_NoPiece": "show a piece that the file has: tessera order verify finds it",
    "Referee_WrongDepth": "show the whole path of the piece: tessera order verify makes it",
    "Referee_NotInFile": "show a piece of the file that was ordered: tessera order verify finds it",
    "Referee_PieceRight": "this piece is what was listed: tessera order verify finds one that is not",
    "Referee_LengthRight": "length and number of pieces belong together: there is nothing to dispute in them",
    # Operators
    "Operators_BadBond": "choose a seat bond that is a multiple of 16 and not zero",
    "Operators_Full": "wait until an operator leaves",
    "Operators_NotOwner": "use the wallet that owns the seat: tessera operator show",
    "Operators_Announced": "leaving was announced before: wait for the time above",
    "Operators_Locked": "wait until the panel is through",
    "Operators_TooEarly": "announce leaving first, then wait for the time above",
    "Operators_NotPanels": _WIRING,
    # Panels
    "Panels_NotBounties": _WIRING,
    "Panels_NotTerms": _TERMS,
    "Panels_WrongPhase": "look at the round with: tessera bounty show",
    "Panels_AfterDeadline": _LATE,
    "Panels_BeforeDeadline": _EARLY,
    "Panels_NoSeedYet": "wait for the next block and draw again",
    "Panels_NoBlockHash": "the block is too old for the chain's history: start the draw again",
    "Panels_SeatsBusy": "draw again when other panels are through",
    "Panels_NotEvaluator": "use the wallet that owns the drawn seat: tessera bounty show",
    "Panels_Twice": "nothing is left to do: it was done before",
    "Panels_NotCommitments": "fetch the round's log again and retry",
    "Panels_NotCommitted": "reveal exactly what was committed to, salt included",
    "Panels_WrongVerdict": "look at tessera bounty show for what this round decides",
    "Panels_WrongScore": "compute the score from the sums again: this one does not follow",
    "Panels_NoFinding": "name each reveal's finding by its number in the list, from 0",
    "Panels_OtherSeats": "another panel took a seat meanwhile: run it again, or draw first and grant then",
    # Bounties
    "Bounties_Exists": _REPEATED,
    "Bounties_NotRequester": "use the wallet that opened the bounty: tessera bounty show",
    "Bounties_BadTerm": "change that term: docs/architecture.md has the bounds of each",
    "Bounties_BadPoint": _POINT,
    "Bounties_NoDataset": "check the dataset's id with: tessera asset list",
    "Bounties_OwnsSeat": "use a wallet that owns no seat of an evaluator",
    "Bounties_TooFewSeats": "more operators have to join first, or ask for a smaller panel",
    "Bounties_NotTerms": _TERMS,
    "Bounties_WrongStage": "look at the stage with: tessera bounty show",
    "Bounties_AfterDeadline": _LATE,
    "Bounties_BeforeDeadline": _EARLY,
    "Bounties_Twice": "one submission, and one claim, for each address: use another wallet",
    "Bounties_Full": "the bounty takes no more submissions",
    "Bounties_NotMaker": "use the wallet that is named as maker",
    "Bounties_NoSubmission": "submit first, or use the wallet that submitted",
    "Bounties_NotAllMakers": "fetch the bounty's log again and retry",
    "Bounties_NotCandidate": "fetch the bounty's log again: another claim is judged now",
    "Bounties_BadScore": "claim a score from the threshold to 1,000,000,000",
    "Bounties_WrongKey": _KEY,
    "Bounties_BadLock": _POINT,
    "Bounties_LockIsRight": "the lock can be met: answer it with: tessera bounty deliver",
    "Bounties_GrantsOver": _LATE,
    "Bounties_TooLittleGas": "send it with more gas: the node's estimate is enough",
    "Bounties_NotPanels": _WIRING,
    "Bounties_NotReferee": _WIRING,
    "Bounties_Released": "it was paid before: look at tessera vault show",
    # OpenZeppelin 5, https://docs.openzeppelin.com/contracts/5.x/
    "SafeERC20FailedOperation": "the token refused the transfer: check its balance and its allowance",
    "SafeERC20FailedDecreaseAllowance": "lower the token's allowance by less",
    "ReentrancyGuardReentrantCall": "a contract called back in the middle of a step, which is not allowed",
    "FailedCall": "a call inside the transaction failed: do its steps one by one to see which",
    "AddressEmptyCode": "there is no contract at that address: check the deployment file",
    "InsufficientBalance": "send less of the chain's own coin",
    "StringTooLong": "use a shorter text",
    "InvalidShortString": "this is a fault of the contract: please report it",
    "InvalidAccountNonce": "sign again: the signature was used before",
    "ERC2612ExpiredSignature": "sign the permit again with a later deadline",
    "ERC2612InvalidSigner": "sign the permit again with the account that owns the tokens",
    "ERC20InsufficientBalance": "get more tokens first; on a local chain: tessera localnet faucet",
    "ERC20InsufficientAllowance": "let the vault take that many tokens: approve or permit more",
    "ERC1155InsufficientBalance": "transfer fewer shares: tessera asset show tells how many there are",
    "ERC1155MissingApprovalForAll": "use the wallet that holds the shares, or let it approve this one",
    "ERC1155InvalidArrayLength": "give as many amounts as ids",
    "ERC1155InvalidReceiver": "that contract does not take shares: choose another receiver",
    "ECDSAInvalidSignature": "sign again: these bytes are no signature",
    "ECDSAInvalidSignatureLength": "sign again: a signature has 65 bytes",
    "ECDSAInvalidSignatureS": "sign again: the signature is not in its canonical form",
    "SafeCastOverflowedUintDowncast": "use a smaller number",
}
"""By error name; a test asserts that every error of every shipped ABI has one."""

_PREFIXES = {
    "ERC20Invalid": "use an address that is not zero",
    "ERC1155Invalid": "use an address that is not zero",
    "ECDSA": "sign again: the signature can't be used",
}


def hint_for(name: str) -> str | None:
    """Return the hint of an error; None lets the default of `ContractReverted` stand."""
    if name in HINTS:
        return HINTS[name]
    return next((hint for prefix, hint in _PREFIXES.items() if name.startswith(prefix)), None)
