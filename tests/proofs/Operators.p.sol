// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Symbolic} from "./support/Symbolic.sol";
import {Operators} from "../../contracts/Operators.sol";
import {Vault} from "../../contracts/Vault.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {Seat} from "../../contracts/types/Seat.sol";

/// @notice Each step that moves the bond of a seat, from any state of the seats, for bonds of any size.
/// @custom:halmos --panic-error-codes 0x01,0x11,0x12
contract OperatorsProofs is Symbolic {
    address private constant PANELS = address(0xA);

    Vault private _vault;
    Operators private _operators;

    function _build(uint128 part) private {
        VM.assume(part != 0);
        _vault = new Vault(new TestToken());
        _operators = new Operators(_vault, PANELS, uint256(part) * 16);
        SVM.enableSymbolicStorage(address(_vault));
        SVM.enableSymbolicStorage(address(_operators));
    }

    function check_join__locks_one_bond(uint128 part, address owner, bytes32 key) public {
        _build(part);
        uint256 free = _vault.balanceOf(owner);
        uint256 held = _vault.bucketOf(address(_operators), uint160(owner));
        VM.assume(held <= type(uint128).max && _operators.seatsOf(owner) <= 4096);
        VM.assume(_operators.count() <= 4096 && _operators.live() <= 4096);

        VM.prank(owner);
        uint256 seat = _operators.join(key);

        assert(_vault.balanceOf(owner) == free - uint256(part) * 16);
        assert(_vault.bucketOf(address(_operators), uint160(owner)) == held + uint256(part) * 16);
        assert(_operators.ownerOf(seat) == owner && _operators.seatOf(seat).parts == 16);
    }

    function check_leave__returns_what_is_left(uint128 part, address owner, uint16 seat, uint40 moment) public at(moment) {
        _build(part);
        Seat memory before = _operators.seatOf(seat);
        VM.assume(before.parts <= 16 && _vault.balanceOf(owner) <= type(uint128).max);
        VM.assume(_operators.seatsOf(owner) != 0 && _liveIf(before));
        bool locked = _operators.isLocked(seat);
        uint256 free = _vault.balanceOf(owner);
        uint256 held = _vault.bucketOf(address(_operators), uint160(owner));

        VM.prank(owner);
        _operators.leave(seat);

        uint256 amount = uint256(part) * before.parts;
        assert(before.owner == owner && !locked);
        assert(before.parts < 16 || (before.leaveAt != 0 && block.timestamp >= before.leaveAt));
        assert(_vault.balanceOf(owner) == free + amount);
        assert(_vault.bucketOf(address(_operators), uint160(owner)) == held - amount);
        assert(_operators.ownerOf(seat) == address(0));
    }

    function check_slashSilent__burns_one_part(uint128 part, uint16 seat) public {
        _build(part);
        Seat memory before = _operators.seatOf(seat);
        VM.assume(before.parts != 0 && _liveIf(before));
        uint256 held = _vault.bucketOf(address(_operators), uint160(before.owner));

        VM.prank(PANELS);
        _operators.slashSilent(seat);

        assert(_operators.seatOf(seat).parts == before.parts - 1);
        assert(_vault.bucketOf(address(_operators), uint160(before.owner)) == held - part);
    }

    function check_slashWhole__a_quarter_to_the_challenger(uint128 part, uint16 seat, address who) public {
        _build(part);
        Seat memory before = _operators.seatOf(seat);
        VM.assume(before.parts <= 16 && _vault.balanceOf(who) <= type(uint128).max && _liveIf(before));
        uint256 held = _vault.bucketOf(address(_operators), uint160(before.owner));
        uint256 free = _vault.balanceOf(who);

        VM.prank(PANELS);
        _operators.slashWhole(seat, who);

        uint256 amount = uint256(part) * before.parts;
        assert(_operators.seatOf(seat).parts == 0);
        assert(_vault.bucketOf(address(_operators), uint160(before.owner)) == held - amount);
        assert(_vault.balanceOf(who) == free + amount / 4);
    }

    function check_slash__by_the_panels_alone(address caller, uint16 seat, address who, bool whole) public {
        _build(1);
        VM.assume(caller != PANELS);
        bytes memory data = whole
            ? abi.encodeCall(Operators.slashWhole, (seat, who))
            : abi.encodeCall(Operators.slashSilent, (seat));
        VM.prank(caller);
        (bool ok,) = address(_operators).call(data);
        assert(!ok);
    }

    /// @dev A seat with its whole bond is counted as live.
    function _liveIf(Seat memory seat) private view returns (bool) {
        return seat.parts != 16 || _operators.live() != 0;
    }
}
