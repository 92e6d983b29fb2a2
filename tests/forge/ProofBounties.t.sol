// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./support/HookToken.sol";
import {ProofsHandler} from "./support/ProofsHandler.sol";
import {Shipped} from "./support/Shipped.sol";
import {IVault} from "../../contracts/interfaces/IVault.sol";

/// @notice Proved bounties against a naive twin, with a maker who calls back. Numbers: docs/architecture.md.
abstract contract ProofChecks is Test {
    HookToken internal token;
    IVault internal vault;
    ProofsHandler internal handler;

    function campaign() internal pure virtual returns (string memory);

    function build(bool strict) internal {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        handler = new ProofsHandler(token, vault, strict);
        bytes4[] memory selectors = new bytes4[](14);
        selectors[0] = handler.open.selector;
        selectors[1] = handler.commit.selector;
        selectors[2] = handler.openSheet.selector;
        selectors[3] = handler.decline.selector;
        selectors[4] = handler.vindicate.selector;
        selectors[5] = handler.announce.selector;
        selectors[6] = handler.prove.selector;
        selectors[7] = handler.release.selector;
        selectors[8] = handler.close.selector;
        selectors[9] = handler.wait_.selector;
        selectors[10] = handler.serve.selector;
        selectors[11] = handler.cash.selector;
        selectors[12] = handler.tell.selector;
        selectors[13] = handler.prove.selector;
        targetContract(address(handler));
        targetSelector(FuzzSelector(address(handler), selectors));
    }

    function invariant_29_to_31() public view {
        check_29_money_is_where_the_rules_say();
        assertEq(handler.unlawful(), 0, "30: unlawful");
        assertEq(handler.refused(), 0, "30: refused");
        check_31_states_are_those_of_the_twin();
    }

    /// @dev From wherever the run came to, everything goes to its owners, or is burned.
    function afterInvariant() public {
        invariant_29_to_31();
        handler.drain();
        invariant_29_to_31();
        for (uint256 n = 0; n < handler.dealCount(); n++) {
            assertEq(vault.bucketOf(address(handler.PROOFS()), handler.ids(n)), 0, "23");
        }
        handler.report(campaign());
    }

    function check_29_money_is_where_the_rules_say() internal view {
        uint256 all = handler.burned();
        for (uint256 n = 0; n < handler.dealCount(); n++) {
            uint256 bucket = vault.bucketOf(address(handler.PROOFS()), handler.ids(n));
            assertEq(bucket, handler.bucketOf(n), "29: bucket");
            all += bucket;
        }
        for (uint256 i = 0; i < 4; i++) {
            uint256 free = vault.balanceOf(handler.people(i));
            assertEq(int256(free) - int256(handler.FUNDS()), handler.gains(i), "29: free");
            all += free;
        }
        assertEq(vault.accounted(), all, "29: burned");
        assertEq(token.balanceOf(address(vault)), all, "29: tokens");
    }

    function check_31_states_are_those_of_the_twin() internal view {
        for (uint256 n = 0; n < handler.dealCount(); n++) {
            (bytes32 chain, bytes32 twin) = handler.statesOf(n);
            assertEq(chain, twin, "31");
        }
    }
}

/// @notice Valid actions only: none may be refused.
/// forge-config: default.invariant.fail-on-revert = true
/// forge-config: default.invariant.runs = 250
/// forge-config: deep.invariant.runs = 2500
contract ProofSteps is ProofChecks {
    function setUp() public {
        build(true);
    }

    function campaign() internal pure override returns (string memory) {
        return "proofs steps";
    }
}

/// @notice At the wrong time, twice, and by others too.
/// forge-config: default.invariant.runs = 250
/// forge-config: deep.invariant.runs = 2500
contract ProofInvariants is ProofChecks {
    function setUp() public {
        build(false);
    }

    function campaign() internal pure override returns (string memory) {
        return "proofs";
    }
}
