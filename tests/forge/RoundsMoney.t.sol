// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {IBounties} from "../../contracts/interfaces/IBounties.sol";
import {IOperators} from "../../contracts/interfaces/IOperators.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Outcome, Stage, TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {Attestation, Phase, Round, SignedCommitment, Sitting} from "../../contracts/types/Panel.sol";

/// @notice Rounds one after the other: what is left of the last one, whose seats are free when, and draws that come to an end
///         half-way.
contract RoundsMoney is ContestSteps {
    uint256 internal constant T = 5;

    constructor() ContestSteps(new HookToken()) {}

    /* WHO SITS NEXT */

    function test_again__the_last_panel_alone_is_left_out() public {
        uint256 before;
        for (uint256 i = 0; i == 0 || _seat(0) == 0 || _seat(1) == 0 || _seat(2) == 0; i++) {
            if (i != 0) vm.revertToState(before); // an empty place is not the seat 0: that must be free
            salt = bytes32(i);
            before = vm.snapshotState();
            _judging();
            _draw();
        }
        uint256 last = _disagree(3);
        before = vm.snapshotState();
        for (uint256 place = 0; place < 3; place++) {
            _sitsNext(3, last, last ^ (1 << _seat(place)));
            vm.revertToState(before);
        }
        _sitsNext(3, last, last | 1);
    }

    function test_again__seven_places__all_seven_are_left_out() public {
        rules = (rules & ~uint256(0xFFFF << 16)) | (7 << 16) | (4 << 24);
        claimBond = 400;
        for (uint256 i = 0; i < 3; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.join(0); // there must be three seats a place
        }
        vm.warp(block.timestamp + 1);
        _judging();
        _draw();
        uint256 last = _disagree(7);
        _sitsNext(7, last, last ^ (1 << _seat(6)));
    }

    function test_open__next_candidate__whoever_sat_for_the_last_may_be_drawn() public {
        _claiming(2);
        _claim(0, 9e8);
        _claim(1, 6e8);
        _past();
        _choose(2);
        _draw();
        uint256 last = _disagree(3);
        _reveal();
        _round(_scored(899));
        _past();
        _finalize(0);
        vm.roll(_tellingBlock(3, 0, last));
        _choose(2);
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.number, 3);
        assertEq(round.candidate, 2);
        assertEq(PANELS.commitmentsOf(_id()), 0);
        assertEq(_sitting().committed, 0);
        uint256 expected = _twin(round, 3, 0);
        _draw();
        _isPanel(expected, 3);
    }

    function test_again__within_a_day_of_the_opening__nobody_older_is_asked_for() public {
        _judging();
        _draw();
        _disagree(3);
        vm.warp(PANELS.roundOf(_id()).deadline);
        _reveal();
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.number, 2);
        assertEq(round.deadline, block.timestamp + 5400);
        assertLt(block.timestamp - 1 days, _bounty().openedAt);
        assertEq(round.cutoff, _bounty().openedAt);
    }

    function test_draw__stale_seed_of_a_redraw__asks_for_seats_a_day_old() public {
        _judging();
        _draw();
        _disagree(3);
        _reveal();
        _becomesStale();
    }

    function test_draw__stale_seed_of_a_replacement__asks_for_seats_a_day_old() public {
        _judging();
        _draw();
        _commit(0, _scored(900));
        vm.warp(PANELS.roundOf(_id()).deadline + 1);
        PANELS.closeCommits(_ref());
        _becomesStale();
    }

    function test_draw__blocks_before_the_seed__reverts_no_seed_yet() public {
        _judging();
        TermsRef memory ref = _ref();
        uint256 seedBlock = PANELS.roundOf(_id()).seedBlock;
        vm.roll(seedBlock - 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NoSeedYet.selector, _id(), seedBlock - 1, seedBlock));
        PANELS.draw(ref);
    }

    function test_drawAndGrant__no_panel_yet__or_one_of_higher_seats__reverts_other_seats() public {
        _judging();
        TermsRef memory ref = _ref();
        Round memory round = PANELS.roundOf(_id());
        uint256 seats = _twin(round, 3, 0);
        uint256 before = vm.snapshotState();
        vm.startPrank(_modeller(0));
        vm.roll(round.seedBlock + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_OtherSeats.selector, _id(), seats, seats + 1));
        PANELS.drawAndGrant(ref, seats + 1, "grant");
        vm.revertToState(before);
        vm.roll(round.seedBlock + 8192);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_OtherSeats.selector, _id(), 0, 0));
        PANELS.drawAndGrant(ref, 0, "grant"); // the seed is set anew
        vm.stopPrank();
    }

    /* DRAWS THAT END HALF-WAY */

    function test_drawFailed__first_draw_half_done__frees_who_was_drawn() public {
        _open();
        _submit(0);
        _leaving((1 << 4) | (1 << 11));
        _past();
        _openRows();
        _claim(0, 9e8);
        vm.warp(block.timestamp + 5 days);
        _choose(1);
        _drawInVain();
        assertEq(_sitting().seated, 3);
        assertTrue(OPERATORS.isLocked(4) && OPERATORS.isLocked(11));
        PANELS.draw(_ref());
        assertEq(uint256(_bounty().stage), uint256(Stage.ABANDONED));
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.NONE));
        assertFalse(OPERATORS.isLocked(4) || OPERATORS.isLocked(11));
    }

    function test_drawFailed__one_replaced_of_two__he_and_who_committed_judge() public {
        uint16 kept = _halfReplaced(true);
        assertEq(_sitting().committed, 1);
        assertEq(_sitting().seated, 3);
        _afresh();
        assertEq(_seat(1), kept);
        _commit(1, _scored(900));
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.REVEALING));
        _reveal();
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
    }

    function test_drawFailed__one_replaced_of_three__he_may_commit() public {
        uint16 kept = _halfReplaced(false);
        assertEq(_sitting().committed, 0);
        assertEq(_sitting().seated, 1);
        _afresh();
        assertTrue(OPERATORS.isLocked(kept));
        _commit(0, _scored(900));
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.REVEALING));
        _reveal(); // one of three is no quorum
        assertEq(PANELS.roundOf(_id()).number, 2);
    }

    /* WHAT IS LEFT OF A ROUND */

    function test_release__ends_the_round__once() public {
        _judging();
        _round(_scored(899));
        uint256 id = _id();
        Attestation memory a = _scored(899);
        assertEq(PANELS.verdictOf(id), keccak256(abi.encode(a.verdict, a.score, a.sums, a.evidenceRoot)));
        assertEq(PANELS.commitmentsOf(id), 0);
        _past();
        _finalize(0);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.NONE));
        assertEq(PANELS.verdictOf(id), 0);
        assertEq(PANELS.commitmentsOf(id), 0);
        assertFalse(OPERATORS.isLocked(_seat(0)));
        _occupy(_seat(0));
        _choose(2); // nobody is left: the bounty ends, the panel of long ago has nothing to do with it
        assertEq(uint256(_bounty().stage), uint256(Stage.DONE));
        assertTrue(OPERATORS.isLocked(_seat(0)));
    }

    function test_judged__no_quorum__seats_are_free_at_once_and_only_once() public {
        _judging();
        uint256 id = _id();
        for (uint256 times = 1; times <= 2; times++) {
            assertEq(PANELS.commitmentsOf(id), 0);
            _draw();
            assertEq(PANELS.commitmentsOf(id), 0);
            _disagree(3);
            _reveal();
            assertEq(PANELS.verdictOf(id), 0);
            assertEq(PANELS.commitmentsOf(id), 0);
            for (uint256 seat = 0; seat < SEATS; seat++) {
                assertFalse(OPERATORS.isLocked(seat));
            }
        }
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.JUDGED));
        assertEq(uint256(_bounty().stage), uint256(Stage.CURE));
        assertEq(_sitting().seated, 0);
        _occupy(_seat(0));
        _past();
        BOUNTIES.lapse(_ref(), _modeller(0));
        assertTrue(OPERATORS.isLocked(_seat(0)));
    }

    function test_closeReveals__no_quorum__draws_again_in_the_time_of_drawing() public {
        _judging();
        _draw();
        _disagree(3);
        vm.warp(PANELS.roundOf(_id()).deadline + 1);
        PANELS.closeReveals(_ref());
        assertEq(PANELS.roundOf(_id()).number, 2);
        assertEq(PANELS.roundOf(_id()).deadline, block.timestamp + 5400);
    }

    function test_publishKey__unscorable__frees_the_panel_that_said_so() public {
        _judging();
        _round(_plain(Verdict.UNSCORABLE));
        uint16[3] memory seats = [_seat(0), _seat(1), _seat(2)];
        assertTrue(OPERATORS.isLocked(seats[0]) && OPERATORS.isLocked(seats[1]) && OPERATORS.isLocked(seats[2]));
        BOUNTIES.publishKey(_ref(), _submission(0), MODEL_KEY);
        assertFalse(OPERATORS.isLocked(seats[0]) || OPERATORS.isLocked(seats[1]) || OPERATORS.isLocked(seats[2]));
        assertEq(PANELS.verdictOf(_id()), 0);
    }

    function test_finalize__delivered_but_no_quorum__is_halved_on_nobodys_word() public {
        _judging();
        _round(_scored(900));
        _lock(T);
        BOUNTIES.deliver(_ref(), T);
        vm.recordLogs();
        _void();
        Vm.Log[] memory logs = vm.getRecordedLogs();
        uint256 freed;
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].topics[0] == IOperators.SeatsFreed.selector) freed++;
        }
        assertEq(freed, 1); // told once
        for (uint256 times = 0; times < 2; times++) {
            _draw();
            _disagree(3);
            _reveal();
        }
        _isStage(Stage.HALVING, 0);
        vm.expectEmit(address(BOUNTIES));
        emit IBounties.BountyEnded(_id(), _modeller(0), Outcome.HALVED, 1500, 2830, 0);
        _finalize(0);
    }

    function test_commitMany__not_committing__reverts_wrong_phase() public {
        _judging();
        _draw();
        uint256 id = _id();
        SignedCommitment[] memory none = new SignedCommitment[](0);
        _commit(0, _scored(900));
        uint256 before = vm.snapshotState();
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeCommits(_ref());
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_WrongPhase.selector, id, 1, 2));
        PANELS.commitMany(id, none);
        vm.revertToState(before);
        _commit(1, _scored(900));
        _commit(2, _scored(900));
        vm.warp(block.timestamp + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_WrongPhase.selector, id, 3, 2));
        PANELS.commitMany(id, none); // or the time for reveals would begin anew
    }

    /* INTERNAL */

    /// @dev Every place says something else; returns the bits of their seats.
    function _disagree(uint256 size) private returns (uint256 last) {
        for (uint256 place = 0; place < size; place++) {
            last |= 1 << _seat(place);
            _commit(place, _scored(uint128(900 + place)));
        }
    }

    /// @dev The next panel has nobody of `last`; of a seed by which it would be another if nobody of `other` could sit.
    function _sitsNext(uint256 size, uint256 last, uint256 other) private {
        vm.roll(_tellingBlock(size, last, other));
        _reveal();
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.number, 2);
        uint256 expected = _twin(round, size, last);
        _draw();
        _isPanel(expected, size);
    }

    /// @dev A block in which a draw must be ordered for its seed to name other seats without `out` than without `other`.
    function _tellingBlock(uint256 size, uint256 out, uint256 other) private view returns (uint256 number) {
        Round memory round;
        round.seatCount = uint16(OPERATORS.count());
        for (number = block.number;; number++) {
            round.seedBlock = uint40(number + 4);
            if (_twin(round, size, out) != _twin(round, size, other)) return number;
        }
    }

    /// @dev The seats a draw takes: looks in the order of the seed, whoever is not in `out`, and nobody twice.
    function _twin(Round memory round, uint256 size, uint256 out) private view returns (uint256 seats) {
        bytes32 seed = keccak256(abi.encode(uint256(round.seedBlock)));
        (uint256 id, uint256 place) = (_id(), 0);
        for (uint256 look = 0; place < size; look++) {
            uint256 seat = uint256(keccak256(abi.encode(seed, id, look))) % round.seatCount;
            if ((out >> seat) & 1 == 1) continue;
            (out, seats) = (out | (1 << seat), seats | (seat << (16 * place++)));
        }
    }

    function _isPanel(uint256 seats, uint256 size) private view {
        Sitting memory sitting = _sitting();
        assertEq(sitting.seats, seats);
        assertEq(sitting.seated, (1 << size) - 1);
    }

    function _becomesStale() private {
        Round memory round = PANELS.roundOf(_id());
        vm.roll(round.seedBlock + 1);
        vm.warp(round.mark + 28 hours + 1);
        (, bool complete) = PANELS.draw(_ref());
        assertFalse(complete);
        assertGt(block.timestamp - 1 days, round.cutoff);
        assertEq(PANELS.roundOf(_id()).cutoff, block.timestamp - 1 days);
    }

    /// @dev Another panel takes the seat.
    function _occupy(uint256 seat) private {
        uint256[] memory one = new uint256[](1);
        one[0] = seat;
        vm.prank(address(PANELS));
        OPERATORS.lockSeats(one);
    }

    /// @dev All but those of `stay` leave in a hundred hours.
    function _leaving(uint256 stay) private {
        for (uint256 seat = 0; seat < SEATS; seat++) {
            if ((stay >> seat) & 1 == 1) continue;
            vm.prank(OPERATORS.ownerOf(seat));
            OPERATORS.announceLeave(seat);
        }
    }

    /// @dev Looks until there have been enough, past the deadline: the next call gives up.
    function _drawInVain() private {
        Round memory round = PANELS.roundOf(_id());
        vm.roll(uint256(round.seedBlock) + 1);
        vm.warp(uint256(round.deadline) + 1);
        for (uint256 looks = 256; looks <= 768; looks += 256) {
            (, bool complete) = PANELS.draw(_ref());
            assertFalse(complete);
        }
        assertEq(PANELS.roundOf(_id()).probes, 768);
    }

    /// @dev One place committed, or none; of those who can replace the others all leave but one.
    function _halfReplaced(bool committed) private returns (uint16 kept) {
        _judging();
        _draw();
        uint256 seated = (1 << _seat(0)) | (1 << _seat(1)) | (1 << _seat(2));
        while ((seated >> kept) & 1 == 1) kept++;
        if (committed) _commit(0, _scored(900));
        _leaving(1 << kept);
        vm.warp(block.timestamp + 5 days);
        PANELS.closeCommits(_ref());
        _drawInVain();
        PANELS.draw(_ref());
    }

    /// @dev The time for commitments begins anew.
    function _afresh() private view {
        Round memory round = PANELS.roundOf(_id());
        assertEq(uint256(round.phase), uint256(Phase.COMMITTING));
        assertEq(round.mark, block.timestamp + 3000);
        assertEq(round.deadline, block.timestamp + 6000);
        assertEq(round.number, 1);
    }
}
