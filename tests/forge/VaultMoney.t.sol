// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken, ITokenHook} from "./support/HookToken.sol";
import {Shipped} from "./support/Shipped.sol";
import {IVault, Payment} from "../../contracts/interfaces/IVault.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";

/// @notice What each function of the Vault moves, to the unit, and what it refuses at the very border.
contract VaultMoney is Test, ITokenHook {
    bytes32 internal constant PERMIT =
        keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
    bytes32 internal constant APPROVAL =
        keccak256("Approval(address owner,address module,uint256 cap,uint256 nonce,uint256 deadline)");
    uint256 internal constant KEY = 0xA11CE;
    address internal constant BOB = address(0xB0B);
    address internal constant MODULE = address(0x1001);
    address internal constant OTHER = address(0x1002);
    address internal immutable ALICE = vm.addr(KEY);

    HookToken internal token;
    IVault internal vault;
    bytes internal plan; // what is called in the next transfer
    bool internal called;
    bool internal entered;
    bool internal generous; // one unit more arrives
    bool internal greedy; // one unit more leaves

    function setUp() public {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        token.mint(ALICE, 1000);
        token.mint(address(this), 1000);
        token.approve(address(vault), 1000);
        vm.startPrank(ALICE);
        token.approve(address(vault), 600);
        vault.deposit(500);
        vault.approve(MODULE, 300);
        vm.stopPrank();
    }

    function onMoved() external {
        if (generous) {
            generous = false;
            token.transfer(address(vault), 1);
        }
        if (greedy) {
            greedy = false;
            vm.prank(address(vault));
            token.transfer(OTHER, 1);
        }
        if (plan.length == 0) return;
        bytes memory data = plan;
        plan = "";
        (entered,) = address(vault).call(data);
        called = true;
    }

    /* OWNERS */

    function test_deposit__exact__credits_the_caller() public {
        vm.prank(ALICE);
        vault.deposit(70);
        assertEq(vault.balanceOf(ALICE), 570);
        assertEq(vault.accounted(), 570);
        assertEq(token.balanceOf(address(vault)), 570);
        assertEq(vault.donated(), 0);
    }

    function test_deposit__token_takes_a_fee__reverts_wrong_amount_arrived() public {
        token.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_WrongAmountArrived.selector, address(this), 9, 10));
        vault.deposit(10);
        assertEq(vault.accounted(), 500);
    }

    function test_deposit__more_arrives__reverts_wrong_amount_arrived() public {
        token.setHook(this);
        generous = true;
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_WrongAmountArrived.selector, address(this), 11, 10));
        vault.deposit(10);
    }

    function test_donated__tokens_sent__are_nobodys() public {
        token.transfer(address(vault), 7);
        assertEq(vault.donated(), 7);
        assertEq(vault.accounted(), 500);
        vault.deposit(3);
        assertEq(vault.balanceOf(address(this)), 3);
        assertEq(vault.donated(), 7);
    }

    function test_withdraw__all__goes_to_the_receiver() public {
        vm.prank(ALICE);
        vault.withdraw(500, BOB);
        assertEq(token.balanceOf(BOB), 500);
        assertEq(vault.balanceOf(ALICE), 0);
        assertEq(vault.accounted(), 0);
    }

    function test_withdraw__part__leaves_the_rest() public {
        vm.prank(ALICE);
        vault.withdraw(120, BOB);
        assertEq(token.balanceOf(BOB), 120);
        assertEq(vault.balanceOf(ALICE), 380);
        assertEq(vault.accounted(), 380);
    }

    function test_withdraw__one_too_many__reverts_too_little() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_TooLittle.selector, ALICE, 500, 501));
        vm.prank(ALICE);
        vault.withdraw(501, BOB);
    }

    function test_withdraw__another_amount_leaves__reverts_wrong_amount_left() public {
        token.setHook(this);
        generous = true; // one unit comes back
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_WrongAmountLeft.selector, ALICE, 491, 490));
        vm.prank(ALICE);
        vault.withdraw(10, BOB);
    }

    function test_withdraw__more_leaves__reverts_wrong_amount_left() public {
        token.setHook(this);
        greedy = true;
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_WrongAmountLeft.selector, ALICE, 489, 490));
        vm.prank(ALICE);
        vault.withdraw(10, BOB);
    }

    function test_withdraw__to_the_vault_itself__reverts_to_itself() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_ToItself.selector, ALICE));
        vm.prank(ALICE);
        vault.withdraw(1, address(vault));
    }

    /// @dev Whatever is outside, nothing of the three can be inside.
    function test_entering__from_within_a_transfer__is_refused() public {
        vault.deposit(100);
        bytes[3] memory inner;
        inner[0] = abi.encodeCall(IVault.deposit, (10));
        inner[1] = abi.encodeCall(IVault.withdraw, (10, BOB));
        inner[2] = abi.encodeCall(IVault.depositWithPermit, (address(this), 10, 0, 0, 0, 0));
        for (uint256 outer = 0; outer < 3; outer++) {
            for (uint256 i = 0; i < 3; i++) {
                (called, plan) = (false, inner[i]);
                token.setHook(this);
                if (outer == 0) vault.deposit(10);
                else if (outer == 1) vault.withdraw(10, BOB);
                else vault.depositWithPermit(address(this), 10, 0, 0, 0, 0);
                token.setHook(ITokenHook(address(0)));
                assertTrue(called);
                assertFalse(entered);
            }
        }
        assertEq(vault.balanceOf(address(this)), 130);
        vault.deposit(1); // and afterwards all is open again
    }

    function test_depositWithPermit__stranger_sends_a_good_one__credits_the_owner() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(100);
        vm.prank(BOB);
        vault.depositWithPermit(ALICE, 100, block.timestamp, v, r, s);
        assertEq(vault.balanceOf(ALICE), 600);
        assertEq(vault.accounted(), 600);
    }

    /// @dev ALICE has approved 100 more by herself: that is for her own calls.
    function test_depositWithPermit__stranger_sends_a_bad_one__reverts_invalid_signer() public {
        (uint8 v, bytes32 r, bytes32 s) = _permit(99);
        vm.prank(BOB);
        vm.expectPartialRevert(bytes4(keccak256("ERC2612InvalidSigner(address,address)")));
        vault.depositWithPermit(ALICE, 100, block.timestamp, v, r, s);
    }

    function test_depositWithPermit__owner_whose_permit_was_used__goes_on() public {
        vm.prank(ALICE);
        vault.depositWithPermit(ALICE, 100, 0, 0, 0, 0);
        assertEq(vault.balanceOf(ALICE), 600);
    }

    function test_approve__sets_the_cap_of_that_module() public {
        vm.prank(ALICE);
        vault.approve(OTHER, 5);
        assertEq(vault.capOf(ALICE, OTHER), 5);
        assertEq(vault.capOf(ALICE, MODULE), 300);
        assertEq(vault.capOf(OTHER, ALICE), 0);
    }

    function test_approveWithSignature__at_the_deadline__sets_the_cap_once() public {
        bytes memory signature = _approval(KEY, 44, 0);
        vault.approveWithSignature(ALICE, OTHER, 44, block.timestamp, signature);
        assertEq(vault.capOf(ALICE, OTHER), 44);
        assertEq(vault.nonceOf(ALICE), 1);
        vm.expectPartialRevert(Errors.Vault_NotSigned.selector);
        vault.approveWithSignature(ALICE, OTHER, 44, block.timestamp, signature);
        signature = _approval(KEY, 45, 1);
        uint256 deadline = block.timestamp;
        vm.warp(deadline - 1);
        vault.approveWithSignature(ALICE, OTHER, 45, deadline, signature);
        assertEq(vault.nonceOf(ALICE), 2);
    }

    function test_approveWithSignature__past_the_deadline__reverts_signature_expired() public {
        bytes memory signature = _approval(KEY, 44, 0);
        uint256 deadline = block.timestamp;
        vm.warp(deadline + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_SignatureExpired.selector, ALICE, deadline + 1, deadline));
        vault.approveWithSignature(ALICE, OTHER, 44, deadline, signature);
    }

    function test_approveWithSignature__of_somebody_else__reverts_not_signed() public {
        bytes memory signature = _approval(0xBAD, 44, 0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_NotSigned.selector, ALICE, vm.addr(0xBAD)));
        vault.approveWithSignature(ALICE, OTHER, 44, block.timestamp, signature);
    }

    function test_approveWithSignature__of_nobody__reverts_not_signed() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_NotSigned.selector, address(0), address(0)));
        vault.approveWithSignature(address(0), OTHER, 44, block.timestamp, new bytes(65));
    }

    /* MODULES */

    function test_lock__up_to_the_cap__fills_the_bucket() public {
        vm.startPrank(MODULE);
        vault.lock(1, ALICE, 299);
        assertEq(vault.capOf(ALICE, MODULE), 1);
        vault.lock(1, ALICE, 1);
        vm.stopPrank();
        assertEq(vault.capOf(ALICE, MODULE), 0);
        assertEq(vault.bucketOf(MODULE, 1), 300);
        assertEq(vault.balanceOf(ALICE), 200);
        assertEq(vault.accounted(), 500);
    }

    function test_lock__one_over_the_cap__reverts_not_approved() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_NotApproved.selector, ALICE, MODULE, 300, 301));
        vm.prank(MODULE);
        vault.lock(1, ALICE, 301);
    }

    function test_lock__without_limit__keeps_the_cap() public {
        vm.prank(ALICE);
        vault.approve(MODULE, type(uint256).max);
        vm.prank(MODULE);
        vault.lock(1, ALICE, 500);
        assertEq(vault.capOf(ALICE, MODULE), type(uint256).max);
        vm.prank(ALICE);
        vault.approve(MODULE, type(uint256).max - 1);
        vm.prank(MODULE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_TooLittle.selector, ALICE, 0, 1));
        vault.lock(1, ALICE, 1);
    }

    function test_burnFrom__takes_and_gives_nobody() public {
        vm.prank(MODULE);
        vault.burnFrom(ALICE, 300);
        assertEq(vault.balanceOf(ALICE), 200);
        assertEq(vault.capOf(ALICE, MODULE), 0);
        assertEq(vault.accounted(), 500);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_NotApproved.selector, ALICE, MODULE, 0, 1));
        vm.prank(MODULE);
        vault.burnFrom(ALICE, 1);
    }

    function test_pay__out_of_the_callers_bucket_only() public {
        _lock(7, 100);
        vm.startPrank(MODULE);
        vault.pay(7, BOB, 40);
        vault.pay(7, BOB, 50);
        assertEq(vault.balanceOf(BOB), 90);
        assertEq(vault.bucketOf(MODULE, 7), 10);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_BucketTooSmall.selector, MODULE, 7, 10, 11));
        vault.pay(7, BOB, 11);
        vault.pay(7, BOB, 10);
        assertEq(vault.bucketOf(MODULE, 7), 0);
        vm.stopPrank();
        _lock(7, 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_BucketTooSmall.selector, OTHER, 7, 0, 1));
        vm.prank(OTHER);
        vault.pay(7, BOB, 1);
    }

    function test_payMany__credits_each_and_passes_over_zero() public {
        _lock(7, 100);
        Payment[] memory payments = new Payment[](4);
        payments[0] = Payment(BOB, 30);
        payments[1] = Payment(OTHER, 0);
        payments[2] = Payment(ALICE, 1);
        payments[3] = Payment(BOB, 60);
        vm.recordLogs();
        vm.prank(MODULE);
        vault.payMany(7, payments);
        assertEq(vm.getRecordedLogs().length, 3);
        assertEq(vault.balanceOf(BOB), 90);
        assertEq(vault.balanceOf(ALICE), 401);
        assertEq(vault.balanceOf(OTHER), 0);
        assertEq(vault.bucketOf(MODULE, 7), 9);
        payments[1] = Payment(OTHER, 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_BucketTooSmall.selector, MODULE, 7, 9, 92));
        vm.prank(MODULE);
        vault.payMany(7, payments);
    }

    function test_move__to_a_bucket_of_another_module() public {
        _lock(7, 100);
        vm.startPrank(MODULE);
        vault.move(7, 60, OTHER, 9);
        vault.move(7, 30, OTHER, 9);
        assertEq(vault.bucketOf(MODULE, 7), 10);
        assertEq(vault.bucketOf(OTHER, 9), 90);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_BucketTooSmall.selector, MODULE, 7, 10, 11));
        vault.move(7, 11, OTHER, 9);
    }

    function test_burn__out_of_the_bucket() public {
        _lock(7, 100);
        vm.startPrank(MODULE);
        vault.burn(7, 60);
        assertEq(vault.bucketOf(MODULE, 7), 40);
        assertEq(vault.accounted(), 500);
        vm.expectRevert(abi.encodeWithSelector(Errors.Vault_BucketTooSmall.selector, MODULE, 7, 40, 41));
        vault.burn(7, 41);
    }

    /* INTERNAL */

    function _lock(uint256 bucket, uint256 amount) private {
        vm.prank(MODULE);
        vault.lock(bucket, ALICE, amount);
    }

    function _permit(uint256 amount) private view returns (uint8, bytes32, bytes32) {
        bytes32 what = keccak256(
            abi.encode(PERMIT, ALICE, address(vault), amount, token.nonces(ALICE), block.timestamp)
        );
        return vm.sign(KEY, keccak256(abi.encodePacked("\x19\x01", token.DOMAIN_SEPARATOR(), what)));
    }

    function _approval(uint256 key, uint256 cap, uint256 nonce) private view returns (bytes memory) {
        bytes32 what = keccak256(abi.encode(APPROVAL, ALICE, OTHER, cap, nonce, block.timestamp));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tessera Vault"),
                keccak256("1"),
                block.chainid,
                address(vault)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, keccak256(abi.encodePacked("\x19\x01", domain, what)));
        return abi.encodePacked(r, s, v);
    }
}
