// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ChallengeHandler} from "./support/ChallengeHandler.sol";

/// @notice Panels that lie and panels that don't, before the shipped referee. Numbers: docs/architecture.md.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: default.invariant.runs = 100
/// forge-config: deep.invariant.runs = 1000
contract ChallengeInvariants is Test {
    ChallengeHandler internal handler;

    function setUp() public {
        handler = new ChallengeHandler();
        bytes4[] memory selectors = new bytes4[](6);
        (selectors[0], selectors[1]) = (handler.begin.selector, handler.end.selector);
        for (uint256 i = 2; i < 6; i++) {
            selectors[i] = handler.challenge.selector;
        }
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_28_a_score_is_voided_by_what_disproves_it_alone() public view {
        assertEq(handler.wrong(), 0, "28: answered wrongly");
        assertEq(handler.unpaid(), 0, "28: bonds");
        assertEq(handler.stuck(), 0, "23: stuck");
    }

    function afterInvariant() public {
        handler.end();
        invariant_28_a_score_is_voided_by_what_disproves_it_alone();
        handler.report("challenges");
    }
}
