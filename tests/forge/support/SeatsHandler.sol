// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";

import {HookToken} from "./HookToken.sol";
import {Reached} from "./Reached.sol";
import {Shipped} from "./Shipped.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Seat} from "../../../contracts/types/Seat.sol";

/// @notice Random joining, leaving, locking and slashing of seats, and the naive twin. This contract is the panels'. `strict`:
///         what is not lawful is left out, and a refusal ends the run.
contract SeatsHandler is Reached, StdUtils {
    uint256 public constant OWNERS = 3;
    uint256 public constant BOND = 1600;
    uint256 public constant IDLE = 99; // seats that only stand there, so that the others lie on both sides of a word's border
    uint256 internal constant PLACES = 110;
    address public constant CHALLENGER = address(0xC4A11);

    bool internal immutable STRICT;
    HookToken public immutable TOKEN;
    IVault public immutable VAULT;
    IOperators public immutable OPERATORS;
    address[] public owners;

    Seat[] internal seats; // the twin
    mapping(uint256 seat => bool) public locked;
    uint256 public burned;
    uint256 public rewarded;
    uint256 public unlawful;
    uint256 public refused;

    constructor(HookToken token, IVault vault, bool strict) {
        STRICT = strict;
        (TOKEN, VAULT) = (token, vault);
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

    function places() public pure override returns (string memory) {
        return string.concat(
            "joined,place taken again,announced,left whole,left short,locked,freed,slashed for silence,slashed whole,",
            "left by a slashed owner of several"
        );
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
        _reach(got == seats.length ? 0 : 1);
        if (got == seats.length) seats.push();
        else if (seats[got].owner != address(0)) unlawful += 1; // a taken place was given away
        seats[got] = Seat(owner, uint40(block.timestamp), 0, 16);
    }

    function announceLeave(uint256 i, bool owns) external {
        i = _pick(i);
        if (STRICT) owns = true;
        address caller = owns ? seats[i].owner : address(0xBAD);
        bool lawful = owns && seats[i].owner != address(0) && seats[i].leaveAt == 0;
        if (STRICT && !lawful) return;
        bool ok = _call(caller, abi.encodeCall(IOperators.announceLeave, (i)));
        _judge(ok, lawful);
        if (ok) _reach(2);
        if (ok) seats[i].leaveAt = uint40(block.timestamp + 100 hours);
    }

    function leave(uint256 i, bool owns) public {
        i = _pick(i);
        if (STRICT) owns = true;
        Seat memory old = seats[i];
        address caller = owns ? old.owner : address(0xBAD);
        bool due = old.leaveAt != 0 && block.timestamp >= old.leaveAt;
        bool lawful = owns && old.owner != address(0) && !locked[i] && (old.parts < 16 || due);
        if (STRICT && !lawful) return;
        bool ok = _call(caller, abi.encodeCall(IOperators.leave, (i)));
        _judge(ok, lawful);
        if (!ok) return;
        delete seats[i];
        _reach(old.parts == 16 ? 3 : 4);
        if (old.parts < 16 && OPERATORS.seatsOf(old.owner) != 0) _reach(9);
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
        if (found != 0) _reach(5);
    }

    function freeSeats(uint256 i) public {
        uint256[] memory some = new uint256[](1);
        some[0] = _pick(i);
        if (locked[some[0]]) _reach(6);
        OPERATORS.freeSeats(some);
        locked[some[0]] = false;
    }

    function slashSilent(uint256 i) external {
        i = _pick(i);
        if (!locked[i] || !isLive(i)) return;
        OPERATORS.slashSilent(i);
        seats[i].parts -= 1;
        _reach(7);
        burned += BOND / 16;
    }

    function slashWhole(uint256 i) external {
        i = _pick(i);
        if (!locked[i] || !isLive(i)) return;
        OPERATORS.slashWhole(i, CHALLENGER);
        seats[i].parts = 0;
        _reach(8);
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

    /// @dev Panels end, and so free their seats; then every owner leaves, those with a whole bond after the delay.
    function drain() external {
        for (uint256 i = IDLE; i < seats.length; i++) {
            if (locked[i]) freeSeats(i - IDLE);
            Seat memory old = seats[i];
            if (old.owner == address(0) || old.parts < 16 || old.leaveAt != 0) continue;
            _judge(_call(old.owner, abi.encodeCall(IOperators.announceLeave, (i))), true);
        }
        vm.warp(block.timestamp + 100 hours);
        for (uint256 i = IDLE; i < seats.length; i++) {
            address owner = seats[i].owner;
            if (owner == address(0)) continue;
            _judge(_call(owner, abi.encodeCall(IOperators.leave, (i))), true);
            delete seats[i];
        }
        for (uint256 o = 0; o <= OWNERS; o++) {
            address owner = o == OWNERS ? CHALLENGER : owners[o];
            uint256 all = VAULT.balanceOf(owner);
            vm.prank(owner);
            VAULT.withdraw(all, owner);
        }
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
        require(!STRICT || ok == lawful, "a valid action was refused, or another went through");
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, bytes memory data) private returns (bool ok) {
        vm.prank(from == address(0) ? address(0xBAD) : from); // nobody is address zero
        (ok,) = address(OPERATORS).call(data);
    }
}
