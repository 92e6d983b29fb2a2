"""Is the code at the deployment's addresses the code that this package ships?"""

from __future__ import annotations

import re

from web3 import Web3

from marketplace.chain.artifacts import artifact_names, libraries_of, link_placeholder, load_artifact
from marketplace.chain.deployment import Deployment
from marketplace.chain.rpc import Node

# What the compiler leaves open in deployed code: a PUSH32 of zeros for each use of an immutable, and
# the PUSH20 of its own address with which a library begins.
# https://docs.soliditylang.org/en/v0.8.30/contracts.html#call-protection-for-libraries
_OPEN = re.compile(rb"\x7f\x00{32}|\A\x73\x00{20}", re.S)


def foreign_code(node: Node, deployment: Deployment) -> list[str]:
    """Return the contracts whose code is missing, or is not the shipped one.

    The values of immutables are not compared here, see `verify_deployment`; nor is the token.

    Parameters
    ----------
    node : Node
    deployment : Deployment
    """
    found = []
    for name, placed in deployment.contracts.items():
        if name in artifact_names() and placed.address != deployment.token:
            with node.errors():
                code = bytes(node.web3.eth.get_code(Web3.to_checksum_address(placed.address)))
            if not is_shipped_code(name, code, deployment):
                found.append(name)
    return found


def is_shipped_code(name: str, code: bytes, deployment: Deployment) -> bool:
    """Tell whether deployed code is that of a shipped contract, linked to the deployment's libraries."""
    text = load_artifact(name).deployed_bytecode.removeprefix("0x")
    for library in libraries_of(name):
        if library not in deployment.contracts:
            return False
        address = deployment.contracts[library].address
        text = text.replace(link_placeholder(library), address.removeprefix("0x").lower())
    shipped = bytes.fromhex(text)
    if len(code) != len(shipped):
        return False
    masked = bytearray(code)
    for gap in _OPEN.finditer(shipped):
        masked[gap.start() + 1 : gap.end()] = shipped[gap.start() + 1 : gap.end()]
    return bytes(masked) == shipped
