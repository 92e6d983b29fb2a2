// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What halmos answers at its own address: values that stand for all values.
interface Halmos {
    function enableSymbolicStorage(address account) external;
}

/// @notice Cheat codes of forge that halmos knows too.
interface Cheats {
    function assume(bool condition) external pure;
    function prank(address sender) external;
    function warp(uint256 timestamp) external;
    function load(address account, bytes32 slot) external view returns (bytes32);
    function store(address account, bytes32 slot, bytes32 value) external;
    function etch(address account, bytes calldata code) external;
}

/// @notice Proofs start from any state of storage; what they need to be true of it, they assume in words.
abstract contract Symbolic {
    Halmos internal constant SVM = Halmos(address(uint160(uint256(keccak256("svm cheat code")))));
    Cheats internal constant VM = Cheats(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Any moment of the next 34,000 years.
    modifier at(uint40 moment) {
        VM.assume(moment >= 1_700_000_000);
        VM.warp(moment);
        _;
    }

    /// @dev Both, without a branch between: for halmos each `&&` is two ways to go.
    function both(bool one, bool two) internal pure returns (bool are) {
        assembly ("memory-safe") {
            are := and(one, two) // a bool is 0 or 1
        }
    }

    /// @dev All three, likewise.
    function all(bool one, bool two, bool three) internal pure returns (bool are) {
        return both(both(one, two), three);
    }

    /// @dev One or the other, likewise.
    function either(bool one, bool two) internal pure returns (bool is_) {
        return !both(!one, !two);
    }
}
