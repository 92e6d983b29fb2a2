// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {HookToken} from "./support/HookToken.sol";
import {MarketHandler} from "./support/MarketHandler.sol";
import {Shipped} from "./support/Shipped.sol";
import {IAssets} from "../../contracts/interfaces/IAssets.sol";
import {IExchange} from "../../contracts/interfaces/IExchange.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";

/// @notice Sales and income against a naive twin, with a receiver of shares that calls back. Numbers: docs/architecture.md.
contract MarketInvariants is Test {
    HookToken internal token;
    IVault internal vault;
    IAssets internal assets;
    IExchange internal exchange;
    MarketHandler internal handler;

    function setUp() public {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new MarketHandler(token, vault);
        assets = handler.ASSETS();
        exchange = handler.EXCHANGE();
        targetContract(address(handler));
    }

    /// @dev Income moved in = paid + held + due + remainder + not counted yet: what left the bucket was paid or moved up.
    function invariant_08_income_moved_in_is_paid_or_still_there() public view {
        for (uint256 i = 0; i < 3; i++) {
            assertEq(vault.bucketOf(address(assets), handler.ids(i)), handler.bucket(i));
        }
    }

    function invariant_09_holder_gets_what_his_shares_earned() public view {
        for (uint256 h = 0; h < 3; h++) {
            address holder = handler.holders(h);
            uint256 other = holder == address(handler) ? handler.bondsBack() : 0;
            assertEq(vault.balanceOf(holder), handler.paid(h) + other);
            for (uint256 i = 0; i < 3; i++) {
                assertEq(assets.claimable(handler.ids(i), holder), handler.claimable(i, h));
            }
        }
    }

    function invariant_10_shares_of_an_asset_are_10000() public view {
        for (uint256 i = 0; i < 3; i++) {
            uint256 sum;
            for (uint256 h = 0; h < 3; h++) {
                uint256 held = IERC1155(address(assets)).balanceOf(handler.holders(h), handler.ids(i));
                assertEq(held, handler.shares(i, h));
                sum += held;
            }
            assertEq(sum, 10_000);
        }
    }

    /// @dev With the next one: each order is paid out exactly once, to the buyer or to the asset.
    function invariant_11_order_bucket_is_the_sum_of_unpaid_orders() public view {
        for (uint256 i = 0; i < 3; i++) {
            assertEq(vault.bucketOf(address(exchange), handler.ids(i)), handler.unpaid(i));
        }
        uint256 left = 1e15 - handler.spent() + handler.refunded();
        assertEq(vault.balanceOf(handler.BUYER()), left);
    }

    function invariant_12_nothing_unlawful_goes_through() public view {
        assertEq(handler.unlawful(), 0);
    }

    function invariant_13_nothing_lawful_is_refused() public view {
        assertEq(handler.refused(), 0);
    }

    function invariant_14_bond_bucket_is_the_sum_of_bonds_that_stand() public view {
        uint256 bonds;
        uint256 all = handler.bondsBurned() + vault.balanceOf(handler.BUYER()) + vault.balanceOf(handler.DONOR());
        for (uint256 i = 0; i < 3; i++) {
            if (!handler.retired(i)) bonds += 4000;
            all += vault.bucketOf(address(assets), handler.ids(i)) + vault.bucketOf(address(exchange), handler.ids(i));
            all += vault.balanceOf(handler.holders(i));
        }
        assertEq(vault.bucketOf(address(assets), uint160(address(handler))), bonds);
        assertEq(vault.accounted(), all + bonds);
        assertEq(token.balanceOf(address(vault)), vault.accounted());
    }

    /// @dev The receiver does call back, and income does flow: else the invariants above would say less than they seem to.
    function test_transfer__to_mallory__calls_back() public {
        handler.order(2, 5, 0);
        handler.settle(0, true);
        handler.wait_(2 hours);
        handler.wait_(1);
        handler.collect(0, 0);
        handler.transfer(2, 2, 0, 4000, 0);
        handler.flush(2);
        handler.transfer(2, 0, 2, 1000, 1 | (2 << 16)); // claims her income of the asset
        assertEq(handler.entered(), 1);
        assertGt(handler.paid(2), 0);
        assertGt(assets.claimable(handler.ids(1), address(handler)), 0);
        invariant_08_income_moved_in_is_paid_or_still_there();
        invariant_09_holder_gets_what_his_shares_earned();
    }
}
