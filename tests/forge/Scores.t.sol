// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Head, Heads} from "../../contracts/libraries/Heads.sol";
import {LinearScore} from "../../contracts/libraries/LinearScore.sol";

/// @notice What it would cost to score a whole test set on the chain, beside a challenge that shows one row.
contract Scores is Test {
    uint256 private constant ROWS = 170; // as in `gas.challenge_linear` of tools/bench_challenges.py
    uint256 private constant FEATURES = 30;

    /// @notice Scores all rows; what a contest without panels would do.
    function score(bytes calldata model, bytes[] calldata rows) external pure returns (uint256 correct) {
        for (uint256 i = 0; i < rows.length; i++) {
            (bool ok, Head memory head, int256[] memory raw) = LinearScore.evaluate(model, rows[i]);
            require(ok, "no model");
            if (Heads.decide(head, raw) == int256(uint256(uint64(bytes8(rows[i]))))) correct++;
        }
    }

    /// @dev `forge test --match-path tests/forge/Scores.t.sol -vv` prints it.
    function test_score__all_rows_on_the_chain__costs_twenty_times_a_challenge() public {
        bytes memory model = abi.encodePacked("TSRM", uint8(1), uint8(1), uint8(1), uint8(1), uint16(FEATURES), uint64(1));
        model = abi.encodePacked(model, uint16(FEATURES), int64(-5));
        for (uint256 f = 0; f < FEATURES; f++) {
            model = abi.encodePacked(model, uint16(f), uint8(20), int32(0), int64(uint64(_draw(f) % (1 << 36))));
        }
        bytes[] memory rows = new bytes[](ROWS);
        for (uint256 i = 0; i < ROWS; i++) {
            rows[i] = abi.encodePacked(uint64(i % 2));
            for (uint256 f = 0; f < FEATURES; f++) {
                rows[i] = abi.encodePacked(rows[i], uint32(_draw(1000 + FEATURES * i + f)));
            }
        }
        bytes memory data = abi.encodeCall(this.score, (model, rows));
        uint256 before = gasleft();
        this.score(model, rows);
        uint256 used = before - gasleft() + 21_000;
        for (uint256 i = 0; i < data.length; i++) {
            used += data[i] == 0 ? 4 : 16;
        }
        emit log_named_uint("gas of scoring all rows on the chain", used);
        assertGt(used, 20 * 129_000);
    }

    function _draw(uint256 i) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(i)));
    }
}
