// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Stage, TermsRef} from "../../contracts/types/Bounty.sol";
import {Phase, Round, Sitting} from "../../contracts/types/Panel.sol";

/// @notice Draws: who is taken, in which order, when there are too few, and who is never taken again.
contract DrawMoney is ContestSteps {
    constructor() ContestSteps(new HookToken()) {}

    function test_draw__before_the_seed__reverts__then_takes_whom_the_seed_names() public {
        _judging();
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.seedBlock, block.number + 4);
        assertEq(round.mark, block.timestamp);
        assertEq(round.seatCount, 18);
        assertEq(round.number, 1);
        TermsRef memory ref = _ref();
        vm.roll(round.seedBlock);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Panels_NoSeedYet.selector, _id(), round.seedBlock, round.seedBlock)
        );
        PANELS.draw(ref);
        uint256 expected = _twin(round, 3, 0, 0);
        vm.roll(round.seedBlock + 1);
        (uint256 seats, bool complete) = PANELS.draw(ref);
        assertTrue(complete);
        assertEq(seats, expected);
        _isPanel(expected, 3);
        round = PANELS.roundOf(_id());
        assertEq(uint256(round.phase), uint256(Phase.COMMITTING));
        assertEq(round.deadline, block.timestamp + 6000);
        assertEq(round.mark, block.timestamp + 3000);
        vm.expectPartialRevert(Errors.Panels_WrongPhase.selector);
        PANELS.draw(ref);
    }

    function test_draw__five_places__many_orders() public {
        rules = (rules & ~uint256(0xFFFF << 16)) | (5 << 16) | (3 << 24);
        claimBond = 400;
        for (uint256 i = 0; i < 6; i++) {
            salt = bytes32(i);
            uint256 before = vm.snapshotState();
            _judging();
            Round memory round = PANELS.roundOf(_id());
            uint256 expected = _twin(round, 5, 0, 0);
            _draw();
            _isPanel(expected, 5);
            vm.revertToState(before);
        }
    }

    function test_draw__seed_of_28_hours__is_good__a_second_later_it_is_not() public {
        _judging();
        Round memory round = PANELS.roundOf(_id());
        TermsRef memory ref = _ref();
        uint256 before = vm.snapshotState();
        vm.roll(round.seedBlock + 1);
        vm.warp(round.mark + 28 hours);
        (, bool complete) = PANELS.draw(ref);
        assertTrue(complete);
        vm.revertToState(before);
        vm.roll(round.seedBlock + 1);
        vm.warp(round.mark + 28 hours + 1);
        (, complete) = PANELS.draw(ref);
        assertFalse(complete);
        Round memory anew = PANELS.roundOf(_id());
        assertEq(anew.seedBlock, block.number + 4);
        assertEq(anew.mark, block.timestamp);
        assertEq(anew.deadline, round.deadline);
        assertEq(anew.cutoff, round.cutoff); // a first draw stays as it is
        vm.revertToState(before);
        vm.roll(round.seedBlock + 8191);
        (, complete) = PANELS.draw(ref);
        assertTrue(complete);
        vm.revertToState(before);
        vm.roll(round.seedBlock + 8192);
        (, complete) = PANELS.draw(ref);
        assertFalse(complete);
    }

    function test_draw__who_joined_at_the_opening_or_leaves_or_sits__is_not_drawn() public {
        _open();
        for (uint256 i = 0; i < 6; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.join(0); // at the very second: too late
        }
        for (uint256 i = 0; i < 4; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.announceLeave(i);
        }
        vm.prank(address(PANELS));
        OPERATORS.slashSilent(9);
        _submit(0);
        _past();
        _openRows();
        _claim(0, 9e8);
        vm.warp(block.timestamp + 3 days); // whoever goes, goes before the seed ends
        _choose(1);
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.seatCount, 24);
        uint256 out = (1 << 9) | 15;
        for (uint256 seat = 18; seat < 24; seat++) {
            out |= 1 << seat;
        }
        uint256 expected = _twin(round, 3, out, 0);
        _draw();
        _isPanel(expected, 3);
    }

    function test_draw__two_thirds_must_be_free() public {
        _judging();
        TermsRef memory ref = _ref();
        vm.roll(uint256(PANELS.roundOf(_id()).seedBlock) + 1);
        _occupy(7);
        vm.warp(PANELS.roundOf(_id()).deadline);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_SeatsBusy.selector, _id(), 11, 18));
        PANELS.draw(ref);
        uint256 before = vm.snapshotState();
        vm.warp(block.timestamp + 1);
        (, bool complete) = PANELS.draw(ref);
        assertFalse(complete);
        assertEq(uint256(_bounty().stage), uint256(Stage.ABANDONED));
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.NONE));
        vm.revertToState(before);
        uint256[] memory one = new uint256[](1);
        one[0] = 6;
        vm.prank(address(PANELS));
        OPERATORS.freeSeats(one);
        (, complete) = PANELS.draw(ref); // 12 of 18
        assertTrue(complete);
    }

    function test_draw__as_many_as_places__are_enough() public {
        _judging();
        TermsRef memory ref = _ref();
        vm.roll(uint256(PANELS.roundOf(_id()).seedBlock) + 1);
        for (uint256 seat = 0; seat < 15; seat++) {
            vm.prank(address(PANELS));
            OPERATORS.slashSilent(seat);
        }
        uint256 before = vm.snapshotState();
        (, bool complete) = PANELS.draw(ref);
        assertTrue(complete);
        vm.revertToState(before);
        vm.prank(address(PANELS));
        OPERATORS.slashSilent(15);
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_SeatsBusy.selector, _id(), 2, 2));
        PANELS.draw(ref);
    }

    /// @dev Seats that leave are live and free, but never drawn: 16 looks a place and 256 more, and the draw has failed.
    function test_draw__nobody_stays__gives_up_after_the_deadline_and_enough_looks() public {
        for (uint256 i = 0; i < 14; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.join(0); // 32 places: 768 looks, three calls
        }
        vm.warp(block.timestamp + 1);
        _open();
        _submit(0);
        for (uint256 seat = 0; seat < 32; seat++) {
            vm.prank(OPERATORS.ownerOf(seat));
            OPERATORS.announceLeave(seat);
        }
        _past();
        _openRows();
        _claim(0, 9e8);
        vm.warp(block.timestamp + 4 days);
        _choose(1);
        TermsRef memory ref = _ref();
        Round memory round = PANELS.roundOf(_id());
        vm.roll(round.seedBlock + 1);
        vm.warp(round.deadline + 1);
        for (uint256 looks = 256; looks <= 768; looks += 256) {
            PANELS.draw(ref);
            assertEq(PANELS.roundOf(_id()).probes, looks);
            assertEq(uint256(_bounty().stage), uint256(Stage.JUDGING));
        }
        uint256 before = vm.snapshotState();
        vm.warp(round.deadline);
        PANELS.draw(ref); // in time it goes on
        assertEq(PANELS.roundOf(_id()).probes, 1024);
        vm.revertToState(before);
        PANELS.draw(ref);
        assertEq(uint256(_bounty().stage), uint256(Stage.ABANDONED));
    }

    /// @dev The last panel stays out, and so do makers and the requester, who hold seats by now.
    function test_draw__again__others_than_the_last_time() public {
        _judging();
        _draw();
        uint256 last;
        for (uint256 place = 0; place < 3; place++) {
            last |= 1 << _seat(place);
            _commit(place, _scored(uint128(900 + place)));
        }
        _reveal();
        assertEq(PANELS.roundOf(_id()).number, 2);
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.DRAWING));
        for (uint256 seat = 0; seat < 18; seat++) {
            assertFalse(OPERATORS.isLocked(seat));
        }
        Round memory round = PANELS.roundOf(_id());
        uint256 expected = _twin(round, 3, last, 0);
        _draw();
        _isPanel(expected, 3);
    }

    function test_draw__again__with_few_others__the_last_panel_may_sit_again() public {
        _judging();
        _draw();
        uint256 last;
        for (uint256 place = 0; place < 3; place++) {
            last |= 1 << _seat(place);
            _commit(place, _scored(uint128(900 + place)));
        }
        uint256 out;
        uint256 left = 15;
        for (uint256 seat = 0; seat < 18 && left > 2; seat++) {
            if ((last >> seat) & 1 == 1) continue;
            vm.prank(address(PANELS));
            OPERATORS.slashSilent(seat);
            (out, left) = (out | (1 << seat), left - 1);
        }
        _reveal();
        Round memory round = PANELS.roundOf(_id());
        uint256 expected = _twin(round, 3, out, 0);
        uint256 before = vm.snapshotState();
        _draw();
        _isPanel(expected, 3);
        vm.revertToState(before);
        vm.warp(block.timestamp + 2 days);
        vm.prank(vm.addr(OPERATOR));
        OPERATORS.join(0);
    }

    function test_draw__again__no_party_to_the_bounty() public {
        _judging();
        _draw();
        uint256 last;
        for (uint256 place = 0; place < 3; place++) {
            last |= 1 << _seat(place);
            _commit(place, _scored(uint128(900 + place)));
        }
        address[3] memory parties = [ASKER, _modeller(0), _modeller(1)];
        for (uint256 i = 0; i < 12; i++) {
            vm.prank(parties[i % 3]);
            OPERATORS.join(0);
        }
        vm.warp(PANELS.roundOf(_id()).deadline + 1 days + 2 hours);
        vm.expectPartialRevert(Errors.Panels_AfterDeadline.selector);
        this.reveal();
        PANELS.closeReveals(_ref()); // all three lose a part
        delete voted;
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.cutoff, block.timestamp - 1 days);
        assertEq(round.seatCount, 30);
        uint256 out = last;
        for (uint256 seat = 18; seat < 30; seat++) {
            out |= 1 << seat;
        }
        uint256 expected = _twin(round, 3, out, 0);
        _draw();
        _isPanel(expected, 3);
    }

    function reveal() external {
        _reveal();
    }

    /// @dev Nobody can replace the silent ones: on with those there are.
    function test_drawFailed__while_replacing__goes_on() public {
        _judging();
        _draw();
        uint256 id = _id();
        TermsRef memory ref = _ref();
        _commit(0, _scored(900));
        _commit(1, _scored(900));
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeCommits(ref);
        for (uint256 seat = 0; seat < 18; seat++) {
            if (OPERATORS.seatOf(seat).parts != 16) continue;
            vm.prank(address(PANELS));
            OPERATORS.slashSilent(seat);
        }
        vm.roll(uint256(PANELS.roundOf(id).seedBlock) + 1);
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.draw(ref);
        assertEq(uint256(PANELS.roundOf(id).phase), uint256(Phase.REVEALING));
        assertEq(PANELS.roundOf(id).deadline, block.timestamp + 6600);
        _reveal();
        assertEq(uint256(_bounty().stage), uint256(Stage.LOCKING));
    }

    function test_drawFailed__nobody_committed__is_no_quorum() public {
        _judging();
        _draw();
        uint256 id = _id();
        TermsRef memory ref = _ref();
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.closeCommits(ref);
        _occupy(18);
        vm.roll(uint256(PANELS.roundOf(id).seedBlock) + 1);
        vm.warp(PANELS.roundOf(id).deadline + 1);
        PANELS.draw(ref);
        assertEq(PANELS.roundOf(id).number, 2);
        assertEq(_bounty().flags, 8);
    }

    function test_drawAndGrant__by_the_maker_for_these_seats() public {
        _judging();
        TermsRef memory ref = _ref();
        Round memory round = PANELS.roundOf(_id());
        uint256 seats = _twin(round, 3, 0, 0);
        vm.roll(round.seedBlock + 1);
        vm.expectPartialRevert(Errors.Bounties_NotCandidate.selector);
        PANELS.drawAndGrant(ref, seats, "grant");
        vm.startPrank(_modeller(0));
        vm.expectPartialRevert(Errors.Panels_OtherSeats.selector);
        PANELS.drawAndGrant(ref, seats ^ 1, "grant");
        PANELS.drawAndGrant(ref, seats, "grant");
        vm.stopPrank();
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.COMMITTING));
    }

    /* INTERNAL */

    /// @dev The seats a draw takes, as its interface promises: looks in the order of the seed, whoever is not in `out`, and
    ///      nobody twice.
    function _twin(Round memory round, uint256 size, uint256 out, uint256 look) private view returns (uint256 seats) {
        bytes32 seed = keccak256(abi.encode(uint256(round.seedBlock)));
        for (uint256 place = 0; place < size; look++) {
            uint256 seat = uint256(keccak256(abi.encode(seed, _id(), look))) % round.seatCount;
            if ((out >> seat) & 1 == 1) continue;
            out |= 1 << seat;
            seats |= seat << (16 * place);
            place++;
        }
    }

    function _isPanel(uint256 seats, uint256 size) private view {
        Sitting memory sitting = _sitting();
        assertEq(sitting.seats, seats);
        assertEq(sitting.seated, (1 << size) - 1);
        for (uint256 place = 0; place < size; place++) {
            assertTrue(OPERATORS.isLocked(uint16(seats >> (16 * place))));
        }
    }

    /// @dev Other panels take the first seats.
    function _occupy(uint256 count) private {
        for (uint256 seat = 0; seat < count; seat++) {
            uint256[] memory one = new uint256[](1);
            one[0] = seat;
            vm.prank(address(PANELS));
            OPERATORS.lockSeats(one);
        }
    }
}
