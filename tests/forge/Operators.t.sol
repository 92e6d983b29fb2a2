// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {SeatsHandler} from "./support/SeatsHandler.sol";
import {IOperators} from "../../contracts/interfaces/IOperators.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";
import {Seat} from "../../contracts/types/Seat.sol";

/// @notice Seats and their bonds, against a naive twin. Numbers: docs/architecture.md.
abstract contract OperatorsChecks is Test {
    uint256 internal constant FUNDS = 1e12; // of each owner
    HookToken internal token;
    IVault internal vault;
    IOperators internal operators;
    SeatsHandler internal handler;
    uint256 internal start; // Unix time

    function campaign() internal pure virtual returns (string memory);

    function build(bool strict) internal {
        start = block.timestamp;
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new SeatsHandler(token, vault, strict);
        operators = handler.OPERATORS();
        bytes4[] memory selectors = new bytes4[](strict ? 8 : 9);
        selectors[0] = handler.join.selector;
        selectors[1] = handler.announceLeave.selector;
        selectors[2] = handler.leave.selector;
        selectors[3] = handler.lockSeats.selector;
        selectors[4] = handler.freeSeats.selector;
        selectors[5] = handler.slashSilent.selector;
        selectors[6] = handler.slashWhole.selector;
        selectors[7] = handler.wait_.selector;
        if (!strict) selectors[8] = handler.trespass.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_15_16_17_and_24() public view {
        check_15_bond_bucket_equals_the_parts_left();
        check_16_census_counts_what_can_be_drawn();
        check_17_24_seats_change_hands_lawfully();
    }

    /// @dev From wherever the run came to, every bond goes back to its owner, but for what was slashed.
    function afterInvariant() public {
        invariant_15_16_17_and_24();
        handler.drain();
        check_17_24_seats_change_hands_lawfully();
        uint256 idle = handler.IDLE() * handler.BOND();
        uint256 all = idle + handler.burned();
        for (uint256 o = 0; o < handler.OWNERS(); o++) {
            address owner = handler.owners(o);
            assertEq(vault.bucketOf(address(operators), uint160(owner)), o == 0 ? idle : 0, "23: bonds");
            all += token.balanceOf(owner);
        }
        assertEq(token.balanceOf(handler.CHALLENGER()), handler.rewarded(), "23: challenger");
        assertEq(all + handler.rewarded(), handler.OWNERS() * FUNDS, "23: owners");
        assertEq(token.balanceOf(address(vault)), idle + handler.burned(), "23: vault");
        handler.report(campaign());
    }

    function check_15_bond_bucket_equals_the_parts_left() internal view {
        uint256 all;
        for (uint256 o = 0; o < handler.OWNERS(); o++) {
            address owner = handler.owners(o);
            uint256 held = o == 0 ? handler.IDLE() : 0;
            uint256 parts = held * 16;
            for (uint256 i = handler.IDLE(); i < handler.seatCount(); i++) {
                Seat memory seat = handler.seat(i);
                if (seat.owner == owner) (parts, held) = (parts + seat.parts, held + 1);
            }
            assertEq(vault.bucketOf(address(operators), uint160(owner)), parts * handler.BOND() / 16, "15: bucket");
            assertEq(operators.seatsOf(owner), held, "15: held");
            all += parts * handler.BOND() / 16 + vault.balanceOf(owner);
        }
        assertEq(vault.balanceOf(handler.CHALLENGER()), handler.rewarded(), "15: challenger");
        assertEq(vault.accounted(), all + handler.burned() + handler.rewarded(), "15: sum");
    }

    function check_16_census_counts_what_can_be_drawn() internal view {
        uint256 live = handler.IDLE();
        uint256 cutoff = block.timestamp - 20 hours;
        uint256 older = block.timestamp > start + 20 hours ? handler.IDLE() : 0;
        uint256 free = older;
        uint256 border = handler.seatCount() - 3;
        for (uint256 i = handler.IDLE(); i < handler.seatCount(); i++) {
            bool isLive = handler.isLive(i);
            bool old = isLive && handler.seat(i).since < cutoff;
            if (isLive) live++;
            if (old && i < border) older++;
            if (old && i < border && !handler.locked(i)) free++;
            bool stays = handler.seat(i).leaveAt == 0 || handler.seat(i).leaveAt > block.timestamp;
            address drawable = old && stays && !handler.locked(i) ? handler.seat(i).owner : address(0);
            assertEq(operators.drawable(i, cutoff, block.timestamp), drawable, "16: drawable");
        }
        assertEq(operators.live(), live, "16: live");
        assertEq(operators.count(), handler.seatCount(), "16: count");
        (uint256 all, uint256 open) = operators.census(border, cutoff);
        assertEq(all, older, "16: census");
        assertEq(open, free, "16: free");
    }

    /// @dev Nobody leaves from a panel or early, takes a taken place, or does what is the panels' to do; who may leave, can.
    ///      While a seat has an owner, since and leaving time stand, and its bond only shrinks.
    function check_17_24_seats_change_hands_lawfully() internal view {
        assertEq(handler.unlawful(), 0, "17: unlawful");
        assertEq(handler.refused(), 0, "17: refused");
        for (uint256 i = handler.IDLE(); i < handler.seatCount(); i++) {
            Seat memory seat = operators.seatOf(i);
            Seat memory twin = handler.seat(i);
            assertEq(seat.owner, twin.owner, "17: owner");
            assertEq(operators.isLocked(i), handler.locked(i), "17: locked");
            assertEq(seat.parts, twin.parts, "24: parts");
            assertEq(seat.leaveAt, twin.leaveAt, "24: leaving");
            if (seat.owner != address(0)) assertEq(seat.since, twin.since, "24: since");
        }
    }
}

/// @notice Valid actions only: none may be refused.
/// forge-config: default.invariant.fail-on-revert = true
contract OperatorsSteps is OperatorsChecks {
    function setUp() public {
        build(true);
    }

    function campaign() internal pure override returns (string memory) {
        return "seats steps";
    }
}

/// @notice At the wrong time, and by others too.
contract OperatorsInvariants is OperatorsChecks {
    function setUp() public {
        build(false);
    }

    function campaign() internal pure override returns (string memory) {
        return "seats";
    }
}
