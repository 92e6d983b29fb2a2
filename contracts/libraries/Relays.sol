// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

/// @notice What makers and requesters sign, for anybody to send: EIP-712, domain "Tessera Bounties" version "1".
library Relays {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant CLAIM_TYPEHASH = keccak256("Claim(uint256 bountyId,uint64 score)");
    bytes32 internal constant LOCK_TYPEHASH = keccak256("Lock(uint256 bountyId,uint8 candidate,address keyLock)");

    /// @notice The domain of this contract on this chain.
    function domain() internal view returns (bytes32) {
        return keccak256(
            abi.encode(
                DOMAIN_TYPEHASH, keccak256("Tessera Bounties"), keccak256("1"), block.chainid, address(this)
            )
        );
    }

    /// @notice Who signed a claim; zero if nobody did.
    function claimer(bytes32 separator, uint256 bountyId, uint64 score, bytes32 r, bytes32 vs)
        internal
        pure
        returns (address signer)
    {
        bytes32 hash = keccak256(abi.encode(CLAIM_TYPEHASH, bountyId, score));
        (signer,,) = ECDSA.tryRecover(MessageHashUtils.toTypedDataHash(separator, hash), r, vs);
    }

    /// @notice Who signed the lock of a delivery by that candidate; zero if nobody did.
    function locker(uint256 bountyId, uint8 candidate, address keyLock, bytes32 r, bytes32 vs)
        internal
        view
        returns (address signer)
    {
        bytes32 hash = keccak256(abi.encode(LOCK_TYPEHASH, bountyId, candidate, keyLock));
        (signer,,) = ECDSA.tryRecover(MessageHashUtils.toTypedDataHash(domain(), hash), r, vs);
    }
}
