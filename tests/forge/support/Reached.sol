// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CommonBase} from "forge-std/Base.sol";

/// @notice Counts how often a campaign came to what it is meant to come to. `tools/invariants.py` adds up the runs, prints
///         the table, and fails where something was never reached.
abstract contract Reached is CommonBase {
    uint256[64] internal counts;

    /// @notice What is counted, comma-separated, in the order of the numbers given to `_reach`.
    function places() public pure virtual returns (string memory);

    /// @notice Adds what this run reached to the campaign's file.
    function report(string calldata campaign) external {
        string[] memory names = vm.split(places(), ",");
        string memory line;
        for (uint256 i = 0; i < names.length; i++) {
            line = string.concat(line, i == 0 ? "" : ",", names[i], "=", vm.toString(counts[i]));
        }
        vm.writeLine(string.concat("build/reached/", campaign, ".txt"), line);
    }

    /// @notice How often `place` was reached in this run.
    function countOf(uint256 place) external view returns (uint256) {
        return counts[place];
    }

    function _reach(uint256 place) internal {
        counts[place] += 1;
    }
}
