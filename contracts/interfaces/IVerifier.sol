// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What Barretenberg's Solidity verifiers offer.
interface IVerifier {
    /// @notice Reverts unless the proof is valid for the public inputs.
    function verify(bytes calldata proof, bytes32[] calldata publicInputs) external view returns (bool);
}
