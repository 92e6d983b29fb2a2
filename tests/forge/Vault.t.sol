// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {VaultHandler} from "./support/VaultHandler.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";

/// @notice Conservation of the Vault, with an actor that calls back from within transfers. Numbers: docs/architecture.md.
contract VaultInvariants is Test {
    HookToken internal token;
    IVault internal vault;
    VaultHandler internal handler;

    function setUp() public {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new VaultHandler(token, vault);
        token.setHook(handler);
        targetContract(address(handler));
    }

    /// @dev Every token is somebody's, in a bucket, burned or donated.
    function invariant_01_balance_covers_free_buckets_and_burned() public view {
        (uint256 free, uint256 buckets) = _sums();
        uint256 balance = token.balanceOf(address(vault));
        assertGe(balance, free + buckets + handler.burned());
        assertEq(balance, free + buckets + handler.burned() + handler.donated());
    }

    function invariant_02_accounted_is_what_came_in_and_stayed() public view {
        (uint256 free, uint256 buckets) = _sums();
        assertEq(vault.accounted(), free + buckets + handler.burned());
        assertEq(vault.donated(), handler.donated());
    }

    function invariant_03_free_balance_changes_by_its_owner_or_his_modules() public view {
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            address owner = handler.owners(i);
            assertEq(vault.balanceOf(owner), handler.free(owner));
        }
    }

    function invariant_04_bucket_is_spent_by_its_module_only() public view {
        for (uint256 i = 0; i < handler.MODULES(); i++) {
            address module = handler.modules(i);
            for (uint256 b = 0; b < handler.BUCKETS(); b++) {
                assertEq(vault.bucketOf(module, b), handler.buckets(module, b));
            }
        }
    }

    function invariant_05_module_locks_up_to_the_cap() public view {
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            for (uint256 m = 0; m < handler.MODULES(); m++) {
                (address owner, address module) = (handler.owners(i), handler.modules(m));
                assertEq(vault.capOf(owner, module), handler.caps(owner, module));
            }
        }
    }

    /// @dev No spending beyond cap, balance or bucket, no replay, no fee taken, no deposit or withdrawal inside another.
    function invariant_06_nothing_unlawful_goes_through() public view {
        assertEq(handler.unlawful(), 0);
    }

    function invariant_07_nothing_lawful_is_refused() public view {
        assertEq(handler.refused(), 0);
    }

    /// @dev The actor does call back: else the invariants above would say less than they seem to.
    function test_onMoved__deposit__calls_back() public {
        handler.deposit(0, 1e18, 4);
        handler.withdraw(0, 1e17, 1);
        assertEq(handler.entered(), 2);
    }

    function _sums() private view returns (uint256 free, uint256 buckets) {
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            free += vault.balanceOf(handler.owners(i));
        }
        for (uint256 i = 0; i < handler.MODULES(); i++) {
            for (uint256 b = 0; b < handler.BUCKETS(); b++) {
                buckets += vault.bucketOf(handler.modules(i), b);
            }
        }
    }
}
