// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IVerifier} from "../interfaces/IVerifier.sol";

/// @notice A verifier for tests: accepts one proof for one list of public inputs, and says no to all others, or reverts.
contract ToldVerifier is IVerifier {
    error Angry();

    bytes32 public accepted; // keccak256(abi.encode(proof, inputs))
    bool public angry;

    function set(bytes32 accepted_, bool angry_) external {
        (accepted, angry) = (accepted_, angry_);
    }

    function verify(bytes calldata proof, bytes32[] calldata inputs) external view returns (bool) {
        bool yes = keccak256(abi.encode(proof, inputs)) == accepted;
        if (angry && !yes) revert Angry();
        return yes;
    }
}
