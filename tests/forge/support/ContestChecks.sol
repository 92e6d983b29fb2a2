// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {ContestSteps} from "./ContestSteps.sol";
import {HookToken} from "./HookToken.sol";
import {TesseraErrors as Errors} from "../../../contracts/libraries/Errors.sol";
import {Stage, Submission, TermsRef, Verdict} from "../../../contracts/types/Bounty.sol";
import {Finding, Reveal} from "../../../contracts/types/Panel.sol";

/// @notice A bounty on its way to the end, and what must be true there. The reward is 3,001, of which the datasets get 300 and
///         99; the deposit 1,299; the panel 3 times 10; a claim bond 307.
abstract contract ContestChecks is ContestSteps {
    uint256 internal constant T = 5; // opens the lock of the delivery

    constructor() ContestSteps(new HookToken()) {}

    function _delivering() internal {
        _judging();
        _round(_scored(900));
        _lock(T);
    }

    function _delivered() internal {
        _delivering();
        BOUNTIES.deliver(_ref(), T);
    }

    /// @dev The requester posts no lock.
    function _waive() internal {
        _past();
        BOUNTIES.lapse(_ref(), _modeller(uint256(_bounty().candidate) - 1));
    }

    /// @dev Two makers, one claims 900 rows and the other that they are bad; a panel looks at them.
    function _rowsClaimed() internal {
        _claiming(2);
        _claim(0, 9e8);
        _claimBadRows(1);
        _past();
        _choose(2);
    }

    function _disagree() internal {
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, _scored(uint128(900 + place)));
        }
        _reveal();
    }

    /// @dev Two rounds without a verdict: the third place commits, and never opens it.
    function _noQuorum(Verdict a, Verdict b) internal {
        for (uint256 i = 0; i < 2; i++) {
            _draw();
            _commit(0, _plain(a));
            _commit(1, _plain(b));
            _commit(2, _plain(a));
            (Finding[] memory findings, Reveal[] memory reveals) = _opened(3);
            PANELS.reveal(_ref(), _committed(), findings, reveals);
            delete voted;
            vm.warp(uint256(PANELS.roundOf(_id()).deadline) + 1);
            PANELS.closeReveals(_ref());
        }
    }

    function _halves() internal {
        int256 maker = _pay(_modeller(0));
        int256 asker = _pay(ASKER);
        _finalize(0);
        assertEq(_pay(_modeller(0)) - maker, 1500);
        assertEq(_pay(ASKER) - asker, 1501 + 1299 + 30);
        _releases(0, 0, 307);
        assertEq(_bucket(), 0);
    }

    function _cannotFinalizeYet() internal {
        _toDeadline();
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        Submission memory submission = _submission(uint256(_bounty().candidate) - 1);
        vm.expectPartialRevert(Errors.Bounties_BeforeDeadline.selector);
        BOUNTIES.finalize(ref, submission, rows, datasets);
        vm.warp(block.timestamp + 1);
    }

    function _cannotFinalizeTwice() internal {
        TermsRef memory ref = _ref();
        bytes32 rows = _rows();
        vm.expectPartialRevert(Errors.Bounties_WrongStage.selector);
        BOUNTIES.finalize(ref, _submission(0), rows, datasets);
    }

    function _cannotLapse(uint256 i, bytes4 why) internal {
        TermsRef memory ref = _ref();
        vm.expectPartialRevert(why);
        BOUNTIES.lapse(ref, _modeller(i));
    }

    function _releases(uint256 i, bytes4 why, int256 amount) internal {
        TermsRef memory ref = _ref();
        address[] memory one = new address[](1);
        one[0] = _modeller(i);
        int256 before = _pay(one[0]);
        if (why != 0) vm.expectPartialRevert(why);
        BOUNTIES.release(ref, one);
        assertEq(_pay(one[0]) - before, amount);
    }

    /// @dev The amount in the last event of that name.
    function _logged(string memory name) internal returns (uint256 amount) {
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == keccak256(bytes(name))) amount = abi.decode(logs[i].data, (uint256));
        }
    }
}
