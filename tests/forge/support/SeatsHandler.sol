// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";

import {HookToken} from "./HookToken.sol";
import {Shipped} from "./Shipped.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Seat} from "../../../contracts/types/Seat.sol";

/// @notice Random joining, leaving, locking and slashing of seats, and the naive twin. This contract is the panels'.
contract SeatsHandler is CommonBase, StdUtils {
    uint256 public constant OWNERS = 3;
    uint256 public constant BOND = 1600;
    uint256 public constant IDLE = 99; // seats that only stand there, so that the others lie on both sides of a word's border
    uint256 internal constant PLACES = 110;
    address public constant CHALLENGER = address(0xC4A11);

    IVault public immutable VAULT;
    IOperators public immutable OPERATORS;
    address[] public owners;

    Seat[] internal seats; // the twin
    mapping(uint256 seat => bool) public locked;
    uint256 public burned;
    uint256 public rewarded;
    uint256 public unlawful;
    uint256 public refused;

    constructor(HookToken token, IVault vault) {
        VAULT = vault;
        OPERATORS = IOperators(Shipped.deploy("Operators", abi.encode(vault, address(this), BOND)));
        for (uint256 i = 0; i < OWNERS; i++) {
            address owner = address(uint160(0x5EA7 + i));
            owners.push(owner);
            token.mint(owner, 1e12);
            vm.startPrank(owner);
            token.approve(address(vault), 1e12);
            vault.deposit(1e12);
            vault.approve(address(OPERATORS), type(uint256).max);
            vm.stopPrank();
        }
        vm.startPrank(owners[0]);
        for (uint256 i = 0; i < IDLE; i++) {
            OPERATORS.join(0);
            seats.push(Seat(owners[0], uint40(block.timestamp), 0, 16));
        }
        vm.stopPrank();
        for (uint256 i = 0; i < PLACES - IDLE - 2; i++) {
            join(i);
        }
    }

    function seatCount() external view returns (uint256) {
        return seats.length;
    }

    function seat(uint256 i) external view returns (Seat memory) {
        return seats[i];
    }

    function join(uint256 who) public {
        address owner = owners[who % OWNERS];
        if (_held() >= PLACES) return;
        vm.prank(owner);
        uint256 got = OPERATORS.join(bytes32(who));
        if (got == seats.length) seats.push();
        else if (seats[got].owner != address(0)) unlawful += 1; // a taken place was given away
        seats[got] = Seat(owner, uint40(block.timestamp), 0, 16);
    }

    function announceLeave(uint256 i, bool owns) external {
        i = _pick(i);
        address caller = owns ? seats[i].owner : address(0xBAD);
        bool ok = _call(caller, abi.encodeCall(IOperators.announceLeave, (i)));
        _judge(ok, owns && seats[i].owner != address(0) && seats[i].leaveAt == 0);
        if (ok) seats[i].leaveAt = uint40(block.timestamp + 100 hours);
    }

    function leave(uint256 i, bool owns) external {
        i = _pick(i);
        Seat memory old = seats[i];
        address caller = owns ? old.owner : address(0xBAD);
        bool due = old.leaveAt != 0 && block.timestamp >= old.leaveAt;
        bool ok = _call(caller, abi.encodeCall(IOperators.leave, (i)));
        _judge(ok, owns && old.owner != address(0) && !locked[i] && (old.parts < 16 || due));
        if (ok) delete seats[i];
    }

    function lockSeats(uint256 start, uint256 step, uint256 wanted) external {
        uint256[] memory chosen = new uint256[](bound(wanted, 1, 5));
        uint256 found;
        for (uint256 n = 0; n < 12 && found < chosen.length; n++) {
            uint256 i = _pick(start % 1e6 + n * (step % 7 + 1));
            if (!isLive(i) || locked[i]) continue;
            locked[i] = true;
            chosen[found++] = i;
        }
        uint256[] memory some = new uint256[](found);
        for (uint256 n = 0; n < found; n++) {
            some[n] = chosen[n];
        }
        OPERATORS.lockSeats(some);
    }

    function freeSeats(uint256 i) external {
        uint256[] memory some = new uint256[](1);
        some[0] = _pick(i);
        OPERATORS.freeSeats(some);
        locked[some[0]] = false;
    }

    function slashSilent(uint256 i) external {
        i = _pick(i);
        if (!locked[i] || !isLive(i)) return;
        OPERATORS.slashSilent(i);
        seats[i].parts -= 1;
        burned += BOND / 16;
    }

    function slashWhole(uint256 i) external {
        i = _pick(i);
        if (!locked[i] || !isLive(i)) return;
        OPERATORS.slashWhole(i, CHALLENGER);
        seats[i].parts = 0;
        rewarded += BOND / 4;
        burned += BOND - BOND / 4;
    }

    /// @dev What only the panels' contract may do.
    function trespass(uint256 i, uint256 verb) external {
        uint256[] memory some = new uint256[](1);
        some[0] = _pick(i);
        bytes memory data = verb % 4 == 0
            ? abi.encodeCall(IOperators.lockSeats, (some))
            : verb % 4 == 1
                ? abi.encodeCall(IOperators.freeSeats, (some))
                : verb % 4 == 2
                    ? abi.encodeCall(IOperators.slashSilent, (some[0]))
                    : abi.encodeCall(IOperators.slashWhole, (some[0], address(0xBAD)));
        _judge(_call(owners[verb % OWNERS], data), false);
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 50 hours));
    }

    function isLive(uint256 i) public view returns (bool) {
        return seats[i].owner != address(0) && seats[i].parts == 16;
    }

    function _pick(uint256 i) private view returns (uint256) {
        return IDLE + i % (seats.length - IDLE);
    }

    function _held() private view returns (uint256 held) {
        held = IDLE;
        for (uint256 i = IDLE; i < seats.length; i++) {
            if (seats[i].owner != address(0)) held++;
        }
    }

    function _judge(bool ok, bool lawful) private {
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, bytes memory data) private returns (bool ok) {
        vm.prank(from == address(0) ? address(0xBAD) : from); // nobody is address zero
        (ok,) = address(OPERATORS).call(data);
    }
}
