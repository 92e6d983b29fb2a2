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
contract OperatorsInvariants is Test {
    IVault internal vault;
    IOperators internal operators;
    SeatsHandler internal handler;
    uint256 internal start; // Unix time

    function setUp() public {
        start = block.timestamp;
        HookToken token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new SeatsHandler(token, vault);
        operators = handler.OPERATORS();
        targetContract(address(handler));
    }

    function invariant_15_bond_bucket_equals_the_parts_left() public view {
        uint256 all;
        for (uint256 o = 0; o < handler.OWNERS(); o++) {
            address owner = handler.owners(o);
            uint256 held = o == 0 ? handler.IDLE() : 0;
            uint256 parts = held * 16;
            for (uint256 i = handler.IDLE(); i < handler.seatCount(); i++) {
                Seat memory seat = handler.seat(i);
                if (seat.owner == owner) (parts, held) = (parts + seat.parts, held + 1);
            }
            assertEq(vault.bucketOf(address(operators), uint160(owner)), parts * handler.BOND() / 16);
            assertEq(operators.seatsOf(owner), held);
            all += parts * handler.BOND() / 16 + vault.balanceOf(owner);
        }
        assertEq(vault.balanceOf(handler.CHALLENGER()), handler.rewarded());
        assertEq(vault.accounted(), all + handler.burned() + handler.rewarded());
    }

    function invariant_16_census_counts_what_can_be_drawn() public view {
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
            assertEq(operators.drawable(i, cutoff, block.timestamp), drawable);
        }
        assertEq(operators.live(), live);
        assertEq(operators.count(), handler.seatCount());
        (uint256 all, uint256 open) = operators.census(border, cutoff);
        assertEq(all, older);
        assertEq(open, free);
    }

    /// @dev Nobody leaves from a panel or early, takes a taken place, or does what is the panels' to do; who may leave, can.
    function invariant_17_seats_change_hands_lawfully() public view {
        assertEq(handler.unlawful(), 0);
        assertEq(handler.refused(), 0);
        for (uint256 i = handler.IDLE(); i < handler.seatCount(); i++) {
            assertEq(operators.ownerOf(i), handler.seat(i).owner);
            assertEq(operators.isLocked(i), handler.locked(i));
        }
    }
}
