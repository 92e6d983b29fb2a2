// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./support/ContestSteps.sol";
import {HookToken} from "./support/HookToken.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Stage, TermsRef} from "../../contracts/types/Bounty.sol";
import {Phase, Round, Sitting} from "../../contracts/types/Panel.sol";

/// @notice Corners of draws, each under many seeds: what one seed takes by luck, another does not.
contract DrawEdgesMoney is ContestSteps {
    uint256 internal constant SEEDS = 12;

    constructor() ContestSteps(new HookToken()) {}

    /* THE SEED */

    function test_draw__history_that_does_not_answer__reverts_no_block_hash() public {
        _judging();
        Round memory round = PANELS.roundOf(_id());
        vm.roll(round.seedBlock + 1);
        bytes memory word = abi.encodePacked(hex"7f", keccak256("seed"), hex"600052");
        _noHash(""); // nobody there
        _noHash(hex"60006000fd");
        _noHash(bytes.concat(word, hex"60206000fd")); // the word, but as a failure
        _noHash(bytes.concat(word, hex"601f6000f3"));
        _noHash(bytes.concat(word, hex"60406000f3"));
        _noHash(hex"60206000f3"); // zero
        _answer(bytes.concat(word, hex"60206000f3"));
        _draws(0, 0, 3);
    }

    /* ONE PLACE TO FILL */

    function test_draw__replacing__one_free_seat_is_enough() public {
        _silent();
        Sitting memory sitting = _sitting();
        assertEq(sitting.seated, 6);
        uint256 held = (1 << _seat(0)) | (1 << _seat(1)) | (1 << _seat(2));
        for (uint256 seat = 0; seat < 18; seat += 7) {
            if ((held >> seat) & 1 == 1) continue;
            uint256 before = vm.snapshotState();
            _occupy(18, held | (1 << seat));
            _draws(~(uint256(1) << seat), 6, 3);
            vm.revertToStateAndDelete(before);
        }
    }

    /// @dev The place is still there when its owner has gone and another has come.
    function test_draw__replacing__another_owner_of_the_silent_seat__may_sit() public {
        _silent();
        uint256 silent = _seat(0);
        vm.prank(OPERATORS.ownerOf(silent));
        OPERATORS.leave(silent); // what is left of the bond may go at once
        vm.prank(vm.addr(OPERATOR + 17));
        OPERATORS.join(0);
        assertEq(OPERATORS.ownerOf(silent), vm.addr(OPERATOR + 17));
        _occupy(18, (1 << _seat(0)) | (1 << _seat(1)) | (1 << _seat(2)));
        Round memory round = PANELS.roundOf(_id());
        vm.roll(round.seedBlock + 1);
        vm.warp(round.mark + 28 hours + 1); // a new seed, and with it whoever joined a day before
        PANELS.draw(_ref());
        assertEq(PANELS.roundOf(_id()).cutoff, block.timestamp - 1 days);
        _draws(~(uint256(1) << silent), 6, 3);
    }

    function test_draw__replacing__no_party_to_the_bounty() public {
        _judging();
        _draw();
        _parties();
        _commit(1, _scored(900));
        _commit(2, _scored(900));
        vm.warp(block.timestamp + 2 days);
        PANELS.closeCommits(_ref());
        assertEq(PANELS.roundOf(_id()).seatCount, 36);
        assertEq(PANELS.roundOf(_id()).cutoff, block.timestamp - 1 days);
        _draws(_joined() | (1 << _seat(0)), 6, 3);
    }

    /* THE SAME CANDIDATE AGAIN */

    function test_draw__again__the_last_panel_and_the_parties_stay_out() public {
        _judging();
        _draw();
        _parties();
        uint256 last = _quarrel(3);
        vm.roll(PANELS.roundOf(_id()).seedBlock + 1);
        vm.warp(block.timestamp + 2 days);
        PANELS.draw(_ref()); // too old a seed
        assertEq(PANELS.roundOf(_id()).cutoff, block.timestamp - 1 days);
        assertEq(PANELS.roundOf(_id()).seatCount, 36);
        _draws(last | _joined(), 0, 3);
    }

    /// @dev Of the last panel, only those who could sit make room for the others.
    function test_draw__again__as_many_others_as_places__the_last_panel_stays_out() public {
        _judging();
        _draw();
        uint256 last = _quarrel(3);
        uint256 out = _slashAllBut(15 - 3, last, last);
        _slash(_lowest(last));
        _slash(_lowest(last & (last - 1)));
        _draws(out, 0, 3);
    }

    /// @dev Six others are too few for seven places, so whoever sat may sit again; the seat at the last place counts too.
    function test_draw__again__seven_places_and_six_others__the_last_panel_may_sit() public {
        for (uint256 i = 0; i < 6; i++) {
            vm.prank(vm.addr(OPERATOR + i));
            OPERATORS.join(0);
        }
        vm.warp(block.timestamp + 1);
        rules = (rules & ~uint256(0xFFFF << 16)) | (7 << 16) | (4 << 24);
        _judging();
        _draw();
        uint256 last = _quarrel(7);
        _draws(_slashAllBut(17 - 6, last, 0), 0, 7);
    }

    /* WHO LEAVES */

    function test_draw__who_may_leave_when_the_seed_ends__is_not_drawn__a_second_later_he_is() public {
        _open();
        _submit(0);
        for (uint256 seat = 0; seat < 9; seat++) {
            vm.prank(OPERATORS.ownerOf(seat));
            OPERATORS.announceLeave(seat);
        }
        uint256 leaveAt = OPERATORS.seatOf(0).leaveAt;
        _past();
        _openRows();
        _claim(0, 9e8);
        uint256 before = vm.snapshotState();
        vm.warp(leaveAt - 28 hours);
        _choose(1);
        _draws(511, 0, 3);
        vm.revertToState(before);
        vm.warp(leaveAt - 28 hours - 1);
        _choose(1);
        _draws(0, 0, 3);
    }

    /* LOOKS IN VAIN */

    /// @dev 16 looks a place and 256 more, and the deadline.
    function test_draw__looks_in_vain__give_up_at_544_of_18_places() public {
        _judging();
        uint256 late = uint256(PANELS.roundOf(_id()).deadline) + 1;
        _isDrawn(543, late);
        for (uint256 looks = 544; looks < 546; looks++) {
            (Stage stage,,) = _afterLooks(looks, 18, late);
            assertEq(uint256(stage), uint256(Stage.ABANDONED));
            _isDrawn(looks, late - 1);
            _isDrawn(looks, late - 2);
        }
    }

    /// @dev The count of looks is as wide as its field, and gives up there.
    function test_draw__looks_in_vain__stop_at_65535() public {
        _judging();
        uint256 late = uint256(PANELS.roundOf(_id()).deadline) + 1;
        _occupy(6, 0); // twelve of 4,096 places: 256 looks are too few
        (, Phase phase, uint256 looks) = _afterLooks(65_534, 4096, late);
        assertEq(uint256(phase), uint256(Phase.DRAWING));
        assertEq(looks, 65_535);
        (,, looks) = _afterLooks(65_535, 4096, late - 1);
        assertEq(looks, 65_535);
        (Stage stage,,) = _afterLooks(65_535, 4096, late);
        assertEq(uint256(stage), uint256(Stage.ABANDONED));
    }

    /* INTERNAL */

    /// @dev Draws under many seeds: the places not yet `seated` go, in the order of the looks, to whoever is not in `out`.
    function _draws(uint256 out, uint8 seated, uint256 size) private {
        TermsRef memory ref = _ref();
        Round memory round = PANELS.roundOf(_id());
        vm.roll(uint256(round.seedBlock) + 1);
        for (uint256 i = 0; i < SEEDS; i++) {
            uint256 before = vm.snapshotState();
            bytes32 seed = keccak256(abi.encode("seed", i));
            _answer(abi.encodePacked(hex"7f", seed, hex"60005260206000f3"));
            uint256 expected = _twin(seed, round.seatCount, out, seated, size);
            (uint256 seats, bool complete) = PANELS.draw(ref);
            assertTrue(complete);
            assertEq(seats, expected);
            assertEq(_sitting().seats, expected);
            assertEq(_sitting().seated, (1 << size) - 1);
            vm.revertToStateAndDelete(before);
        }
    }

    function _twin(bytes32 seed, uint256 seatCount, uint256 out, uint8 seated, uint256 size)
        private
        view
        returns (uint256 seats)
    {
        for (uint256 place = 0; place < size; place++) {
            if ((seated >> place) & 1 == 0) continue;
            out |= 1 << _seat(place);
            seats |= uint256(_seat(place)) << (16 * place);
        }
        uint256 look;
        for (uint256 place = 0; place < size; place++) {
            if ((seated >> place) & 1 == 1) continue;
            uint256 seat;
            do {
                seat = uint256(keccak256(abi.encode(seed, _id(), look++))) % seatCount;
            } while ((out >> seat) & 1 == 1);
            out |= 1 << seat;
            seats |= seat << (16 * place);
        }
    }

    /// @dev What the history of blocks does from now on.
    function _answer(bytes memory code) private {
        vm.etch(HISTORY, code);
    }

    function _noHash(bytes memory code) private {
        TermsRef memory ref = _ref();
        _answer(code);
        uint256 seedBlock = PANELS.roundOf(_id()).seedBlock;
        vm.expectRevert(abi.encodeWithSelector(Errors.Panels_NoBlockHash.selector, seedBlock));
        PANELS.draw(ref);
    }

    /// @dev Draws at that time as if it had looked so often, and takes it back; returns what it came to. The round is the
    ///      first word of the panels' book.
    function _afterLooks(uint256 looks, uint256 seatCount, uint256 time)
        private
        returns (Stage stage, Phase phase, uint256 probes)
    {
        uint256 before = vm.snapshotState();
        bytes32 slot = keccak256(abi.encode(_id(), uint256(2)));
        uint256 word = uint256(vm.load(address(PANELS), slot));
        word &= ~((uint256(0xFFFF) << 208) | (uint256(0xFFFF) << 168));
        vm.store(address(PANELS), slot, bytes32(word | (looks << 208) | (seatCount << 168)));
        Round memory round = PANELS.roundOf(_id());
        assertEq(round.probes, looks);
        assertEq(round.seatCount, seatCount);
        vm.roll(uint256(round.seedBlock) + 1);
        vm.warp(time);
        PANELS.draw(_ref());
        round = PANELS.roundOf(_id());
        (stage, phase, probes) = (_bounty().stage, round.phase, round.probes);
        vm.revertToStateAndDelete(before);
    }

    function _isDrawn(uint256 looks, uint256 time) private {
        (, Phase phase,) = _afterLooks(looks, 18, time);
        assertEq(uint256(phase), uint256(Phase.COMMITTING));
    }

    /// @dev A first panel of which place 0 stays silent, and is to be replaced.
    function _silent() private {
        _judging();
        _draw();
        _commit(1, _scored(900));
        _commit(2, _scored(900));
        vm.warp(uint256(PANELS.roundOf(_id()).deadline) + 1);
        PANELS.closeCommits(_ref());
    }

    /// @dev All of the panel say something else, so the round begins again; returns who sat.
    function _quarrel(uint256 size) private returns (uint256 last) {
        for (uint256 place = 0; place < size; place++) {
            last |= 1 << _seat(place);
            _commit(place, _scored(uint128(900 + place)));
        }
        _reveal();
        assertEq(PANELS.roundOf(_id()).number, 2);
    }

    /// @dev Requester and makers take 18 seats between them.
    function _parties() private {
        address[3] memory parties = [ASKER, _modeller(0), _modeller(1)];
        for (uint256 i = 0; i < 18; i++) {
            vm.prank(parties[i % 3]);
            OPERATORS.join(0);
        }
    }

    function _joined() private pure returns (uint256) {
        return ((1 << 18) - 1) << 18;
    }

    /// @dev Takes a part of the bond of so many seats that are not in `kept`; returns them, with `out`.
    function _slashAllBut(uint256 count, uint256 kept, uint256 out) private returns (uint256) {
        for (uint256 seat = 0; count != 0; seat++) {
            if ((kept >> seat) & 1 == 1) continue;
            _slash(seat);
            out |= 1 << seat;
            count--;
        }
        return out;
    }

    function _slash(uint256 seat) private {
        vm.prank(address(PANELS));
        OPERATORS.slashSilent(seat);
    }

    function _lowest(uint256 mask) private pure returns (uint256 seat) {
        while ((mask >> seat) & 1 == 0) {
            seat++;
        }
    }

    /// @dev Other panels take the first seats, but those of `free`.
    function _occupy(uint256 count, uint256 free) private {
        for (uint256 seat = 0; seat < count; seat++) {
            if ((free >> seat) & 1 == 1) continue;
            uint256[] memory one = new uint256[](1);
            one[0] = seat;
            vm.prank(address(PANELS));
            OPERATORS.lockSeats(one);
        }
    }
}
