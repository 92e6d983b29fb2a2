// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {VaultHandler} from "./support/VaultHandler.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";

/// @notice Conservation of the Vault, with an actor that calls back from within transfers. Numbers: docs/architecture.md.
abstract contract VaultChecks is Test {
    HookToken internal token;
    IVault internal vault;
    VaultHandler internal handler;

    function campaign() internal pure virtual returns (string memory);

    function build(bool strict) internal {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new VaultHandler(token, vault, strict);
        token.setHook(handler);
        bytes4[] memory selectors = new bytes4[](strict ? 12 : 13);
        selectors[0] = handler.deposit.selector;
        selectors[1] = handler.depositWithPermit.selector;
        selectors[2] = handler.withdraw.selector;
        selectors[3] = handler.approve.selector;
        selectors[4] = handler.approveWithSignature.selector;
        selectors[5] = handler.donate.selector;
        selectors[6] = handler.lock.selector;
        selectors[7] = handler.burnFrom.selector;
        selectors[8] = handler.pay.selector;
        selectors[9] = handler.payMany.selector;
        selectors[10] = handler.move.selector;
        selectors[11] = handler.burn.selector;
        if (!strict) selectors[12] = handler.setFee.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_01_to_07() public view {
        check_01_02_every_token_is_accounted_for();
        check_03_free_balance_changes_by_its_owner_or_his_modules();
        check_04_bucket_is_spent_by_its_module_only();
        check_05_module_locks_up_to_the_cap();
        assertEq(handler.unlawful(), 0, "06");
        assertEq(handler.refused(), 0, "07");
    }

    /// @dev From wherever the run came to, everything can be taken out by whom it belongs to.
    function afterInvariant() public {
        invariant_01_to_07();
        handler.drain();
        invariant_01_to_07();
        assertEq(token.balanceOf(address(vault)), handler.burned() + handler.donated(), "23");
        handler.report(campaign());
    }

    /// @dev Every token is somebody's, in a bucket, burned or donated.
    function check_01_02_every_token_is_accounted_for() internal view {
        uint256 sum = handler.burned();
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            sum += vault.balanceOf(handler.owners(i));
        }
        for (uint256 i = 0; i < handler.MODULES(); i++) {
            for (uint256 b = 0; b < handler.BUCKETS(); b++) {
                sum += vault.bucketOf(handler.modules(i), b);
            }
        }
        assertEq(token.balanceOf(address(vault)), sum + handler.donated(), "01");
        assertEq(vault.accounted(), sum, "02: accounted");
        assertEq(vault.donated(), handler.donated(), "02: donated");
    }

    function check_03_free_balance_changes_by_its_owner_or_his_modules() internal view {
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            address owner = handler.owners(i);
            assertEq(vault.balanceOf(owner), handler.free(owner), "03");
        }
    }

    function check_04_bucket_is_spent_by_its_module_only() internal view {
        for (uint256 i = 0; i < handler.MODULES(); i++) {
            address module = handler.modules(i);
            for (uint256 b = 0; b < handler.BUCKETS(); b++) {
                assertEq(vault.bucketOf(module, b), handler.buckets(module, b), "04");
            }
        }
    }

    function check_05_module_locks_up_to_the_cap() internal view {
        for (uint256 i = 0; i < handler.OWNERS(); i++) {
            for (uint256 m = 0; m < handler.MODULES(); m++) {
                (address owner, address module) = (handler.owners(i), handler.modules(m));
                assertEq(vault.capOf(owner, module), handler.caps(owner, module), "05");
            }
        }
    }
}

/// @notice Valid actions only: none may be refused.
/// forge-config: default.invariant.fail-on-revert = true
contract VaultSteps is VaultChecks {
    function setUp() public {
        build(true);
    }

    function campaign() internal pure override returns (string memory) {
        return "vault steps";
    }
}

/// @notice Too much, too often, by others, and with a token that takes a fee now and then.
contract VaultInvariants is VaultChecks {
    function setUp() public {
        build(false);
    }

    function campaign() internal pure override returns (string memory) {
        return "vault";
    }
}
