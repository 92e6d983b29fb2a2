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

/// @notice Sales and income against a naive twin, with a holder who calls back. Numbers: docs/architecture.md.
abstract contract MarketChecks is Test {
    uint256 internal constant FUNDS = 1e15; // of the buyer and the donor
    uint256 internal constant DUST = 20_000; // of income: less than a unit a share, and less than a unit a basis point
    HookToken internal token;
    IVault internal vault;
    IAssets internal assets;
    IExchange internal exchange;
    MarketHandler internal handler;

    function campaign() internal pure virtual returns (string memory);

    function build(bool strict) internal {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new MarketHandler(token, vault, strict);
        assets = handler.ASSETS();
        exchange = handler.EXCHANGE();
        bytes4[] memory selectors = new bytes4[](strict ? 16 : 17);
        selectors[0] = handler.order.selector;
        selectors[1] = handler.settle.selector;
        selectors[2] = handler.refund.selector;
        selectors[3] = handler.collect.selector;
        selectors[4] = handler.reverse.selector;
        selectors[5] = handler.revise.selector;
        selectors[6] = handler.unlist.selector;
        selectors[7] = handler.releaseBond.selector;
        selectors[8] = handler.transfer.selector;
        selectors[9] = handler.transferBatch.selector;
        selectors[10] = handler.claim.selector;
        selectors[11] = handler.flush.selector;
        selectors[12] = handler.cash.selector;
        selectors[13] = handler.wait_.selector;
        selectors[14] = handler.earn.selector;
        selectors[15] = handler.sellFour.selector;
        if (!strict) selectors[16] = handler.trespass.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_08_to_14_and_24() public view {
        check_08_income_moved_in_is_paid_or_still_there();
        check_09_holder_gets_what_his_shares_earned();
        check_10_shares_of_an_asset_are_10000();
        check_11_order_bucket_is_the_sum_of_unpaid_orders();
        assertEq(handler.unlawful(), 0, "12");
        assertEq(handler.refused(), 0, "13");
        check_14_bond_bucket_is_the_sum_of_bonds_that_stand();
        check_24_states_are_those_of_the_twin();
    }

    /// @dev From wherever the run came to, everything goes to its owners, but for dust of income.
    function afterInvariant() public {
        invariant_08_to_14_and_24();
        handler.drain();
        assertEq(handler.unlawful(), 0, "12");
        assertEq(handler.refused(), 0, "13: an exit was refused");
        check_08_income_moved_in_is_paid_or_still_there();
        check_24_states_are_those_of_the_twin();
        uint256 left = handler.bondsBurned();
        for (uint256 i = 0; i < 3; i++) {
            assertEq(vault.bucketOf(address(exchange), handler.ids(i)), 0, "23: orders");
            assertLt(handler.bucket(i), DUST, "23: income");
            left += handler.bucket(i);
            address holder = handler.holders(i);
            uint256 bonds = holder == address(handler) ? handler.bondsBack() : 0;
            assertEq(token.balanceOf(holder), handler.paid(i) + bonds, "23: holder");
        }
        assertEq(vault.bucketOf(address(assets), uint160(address(handler))), 0, "23: bonds");
        assertEq(token.balanceOf(handler.BUYER()), FUNDS - handler.spent() + handler.refunded(), "23: buyer");
        assertEq(token.balanceOf(address(vault)), left, "23: vault");
        handler.report(campaign());
    }

    /// @dev Income moved in = paid + held + due + remainder + not counted yet: what left the bucket was paid or moved up.
    function check_08_income_moved_in_is_paid_or_still_there() internal view {
        for (uint256 i = 0; i < 3; i++) {
            assertEq(vault.bucketOf(address(assets), handler.ids(i)), handler.bucket(i), "08");
        }
    }

    function check_09_holder_gets_what_his_shares_earned() internal view {
        for (uint256 h = 0; h < 3; h++) {
            address holder = handler.holders(h);
            uint256 other = holder == address(handler) ? handler.bondsBack() : 0;
            assertEq(vault.balanceOf(holder), handler.paid(h) + other, "09: paid");
            for (uint256 i = 0; i < 3; i++) {
                assertEq(assets.claimable(handler.ids(i), holder), handler.claimable(i, h), "09: claimable");
            }
        }
    }

    function check_10_shares_of_an_asset_are_10000() internal view {
        for (uint256 i = 0; i < 3; i++) {
            uint256 sum;
            for (uint256 h = 0; h < 3; h++) {
                uint256 held = IERC1155(address(assets)).balanceOf(handler.holders(h), handler.ids(i));
                assertEq(held, handler.shares(i, h), "10: holder");
                sum += held;
            }
            assertEq(sum, 10_000, "10: sum");
        }
    }

    /// @dev With the next one: each order is paid out exactly once, to the buyer or to the asset.
    function check_11_order_bucket_is_the_sum_of_unpaid_orders() internal view {
        for (uint256 i = 0; i < 3; i++) {
            assertEq(vault.bucketOf(address(exchange), handler.ids(i)), handler.unpaid(i), "11: bucket");
        }
        assertEq(vault.balanceOf(handler.BUYER()), FUNDS - handler.spent() + handler.refunded(), "11: buyer");
    }

    function check_14_bond_bucket_is_the_sum_of_bonds_that_stand() internal view {
        uint256 bonds;
        uint256 all = handler.bondsBurned() + vault.balanceOf(handler.BUYER()) + vault.balanceOf(handler.DONOR());
        for (uint256 i = 0; i < 3; i++) {
            if (!handler.retired(i)) bonds += 4000;
            all += vault.bucketOf(address(assets), handler.ids(i)) + vault.bucketOf(address(exchange), handler.ids(i));
            all += vault.balanceOf(handler.holders(i));
        }
        assertEq(vault.bucketOf(address(assets), uint160(address(handler))), bonds, "14: bonds");
        assertEq(vault.accounted(), all + bonds, "14: sum");
        assertEq(token.balanceOf(address(vault)), vault.accounted(), "14: tokens");
    }

    /// @dev Orders go from open to settled to closed, listings from listed to unlisted to retired, as the twin's do.
    function check_24_states_are_those_of_the_twin() internal view {
        for (uint256 n = 0; n < handler.orderCount(); n++) {
            (bytes32 chain, bytes32 twin) = handler.stateOf(n);
            assertEq(chain, twin, "24: order");
        }
        for (uint256 i = 0; i < 3; i++) {
            assertEq(assets.termsHashOf(handler.ids(i)), handler.termsHashOf(i), "24: listing");
        }
    }
}

/// @notice Valid actions only: none may be refused.
/// forge-config: default.invariant.fail-on-revert = true
contract MarketSteps is MarketChecks {
    function setUp() public {
        build(true);
    }

    function campaign() internal pure override returns (string memory) {
        return "market steps";
    }
}

/// @notice At the wrong time, twice, and by others too.
contract MarketInvariants is MarketChecks {
    function setUp() public {
        build(false);
    }

    function campaign() internal pure override returns (string memory) {
        return "market";
    }
}
