// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HostileCoin} from "./support/HostileCoin.sol";
import {HostileHandler} from "./support/HostileHandler.sol";
import {Shipped} from "./support/Shipped.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";

/// @notice The Vault of a token that behaves badly in every way by turns. Numbers: docs/architecture.md.
contract HostileTokens is Test {
    HostileHandler internal handler;
    HostileCoin internal coin;
    IVault internal vault;

    function setUp() public {
        handler = new HostileHandler();
        (coin, vault) = (handler.COIN(), handler.VAULT());
        bytes4[] memory selectors = new bytes4[](4);
        selectors[0] = handler.behave.selector;
        selectors[1] = handler.deposit.selector;
        selectors[2] = handler.withdraw.selector;
        selectors[3] = handler.lockAndPay.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    /// @dev Whatever the token does, a call either leaves everything as it was, or moves exactly its amount.
    function invariant_27_hostile_tokens_break_no_accounts() public view {
        uint256 sum = handler.bucket();
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            address owner = handler.owners(i);
            assertEq(vault.balanceOf(owner), handler.free(owner), "27: owner");
            sum += handler.free(owner);
        }
        assertEq(vault.accounted(), sum, "27: accounted");
        assertEq(coin.balanceOf(address(vault)), sum, "27: tokens");
        assertEq(handler.unlawful(), 0, "27: unlawful");
        assertEq(handler.refused(), 0, "27: refused");
    }

    /// @dev A blocked owner stops nobody, and nobody stops him from sending his money elsewhere.
    function afterInvariant() public {
        invariant_27_hostile_tokens_break_no_accounts();
        handler.drain(handler.countOf(0));
        invariant_27_hostile_tokens_break_no_accounts();
        assertEq(coin.balanceOf(address(vault)), 0, "23: vault");
        handler.report("hostile tokens");
    }

    /// @dev An address without code is no token.
    function test_deposit__no_token__reverts_without_a_word() public {
        IVault empty = IVault(Shipped.deploy("Vault", abi.encode(address(0x70CE))));
        // the compiler's own check, before the call, which has no words: these are forge's
        vm.expectRevert("call to non-contract address 0x00000000000000000000000000000000000070Ce");
        empty.deposit(1);
        assertEq(empty.accounted(), 0);
    }
}
