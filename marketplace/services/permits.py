"""ERC-2612: let the Vault take tokens by a signature instead of a transaction."""

from __future__ import annotations

from marketplace.chain import TOKEN
from marketplace.errors import ChainError, ContractReverted
from marketplace.services.market import Market

PERMIT_SECONDS = 3600
"""A signed permit that was not used expires after an hour."""


def sign_permit(market: Market, amount: int) -> tuple[int, int, bytes, bytes] | None:
    """Sign an ERC-2612 permit for the Vault; None if the token does not say how (EIP-5267)."""
    signer = market.client.signer
    try:
        _, name, version, chain_id, contract, *_ = market.client.call(TOKEN, "eip712Domain")
        nonce = market.client.call(TOKEN, "nonces", market.account)
    except ContractReverted:
        return None
    except ChainError as error:
        if "answered what can't be used" in str(error):
            return None
        raise
    if signer is None:
        return None
    deadline = market.now() + PERMIT_SECONDS
    domain = {"name": name, "version": version, "chainId": chain_id, "verifyingContract": contract}
    message = {
        "owner": market.account,
        "spender": market.address("Vault"),
        "value": amount,
        "nonce": nonce,
        "deadline": deadline,
    }
    types = {
        "EIP712Domain": _members("name string, version string, chainId uint256, verifyingContract address"),
        "Permit": _members("owner address, spender address, value uint256, nonce uint256, deadline uint256"),
    }
    signature = signer.sign_typed_data(
        {"types": types, "primaryType": "Permit", "domain": domain, "message": message}
    )
    return deadline, signature[64], signature[:32], signature[32:64]


def _members(text: str) -> list[dict[str, str]]:
    return [dict(zip(("name", "type"), item.split())) for item in text.split(", ")]
