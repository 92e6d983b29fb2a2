// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Symbolic} from "./support/Symbolic.sol";
import {Vault} from "../../contracts/Vault.sol";
import {IVault, Payment} from "../../contracts/interfaces/IVault.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";

/// @notice Each step that moves money in the Vault, from any state, by anybody, for all amounts.
/// @custom:halmos --panic-error-codes 0x01,0x11,0x12
contract VaultProofs is Symbolic {
    TestToken private _token;
    Vault private _vault;

    function setUp() public {
        _token = new TestToken();
        _vault = new Vault(_token);
        SVM.enableSymbolicStorage(address(_token));
        SVM.enableSymbolicStorage(address(_vault));
    }

    /* WHAT A STEP DOES, AND NO MORE */

    function check_deposit__credits_what_arrived(address owner, address other, uint128 amount) public {
        VM.assume(owner != address(_vault) && other != owner);
        uint256 there = _token.balanceOf(address(_vault));
        VM.assume(there <= type(uint128).max && _vault.accounted() <= there); // the Vault's first invariant
        VM.assume(_vault.balanceOf(owner) <= _vault.accounted());
        (uint256 free, uint256 kept, uint256 books) = (_vault.balanceOf(owner), _vault.balanceOf(other), _vault.accounted());

        VM.prank(owner);
        _vault.deposit(amount);

        assert(_vault.balanceOf(owner) == free + amount);
        assert(_vault.balanceOf(other) == kept);
        assert(_vault.accounted() == books + amount);
        assert(_token.balanceOf(address(_vault)) == there + amount);
    }

    function check_withdraw__debits_what_left(address owner, address other, address to, uint128 amount) public {
        VM.assume(other != owner && to != address(_vault));
        uint256 there = _token.balanceOf(address(_vault));
        VM.assume(there <= type(uint128).max && _token.balanceOf(to) <= type(uint128).max);
        VM.assume(_vault.balanceOf(owner) <= _vault.accounted()); // the Vault's second invariant
        (uint256 free, uint256 kept, uint256 books) = (_vault.balanceOf(owner), _vault.balanceOf(other), _vault.accounted());

        VM.prank(owner);
        _vault.withdraw(amount, to);

        assert(amount <= free && _vault.balanceOf(owner) == free - amount);
        assert(_vault.balanceOf(other) == kept);
        assert(_vault.accounted() == books - amount);
        assert(_token.balanceOf(address(_vault)) == there - amount);
    }

    function check_lock__moves_to_the_callers_bucket(
        address module,
        address from,
        address other,
        uint256 bucket,
        uint256 foreign,
        uint128 amount
    ) public {
        VM.assume(other != from && foreign != bucket);
        (uint256 free, uint256 held, uint256 cap) =
            (_vault.balanceOf(from), _vault.bucketOf(module, bucket), _vault.capOf(from, module));
        (uint256 kept, uint256 beside) = (_vault.balanceOf(other), _vault.bucketOf(module, foreign));
        VM.assume(held <= type(uint128).max);

        VM.prank(module);
        _vault.lock(bucket, from, amount);

        assert(amount <= free && amount <= cap);
        assert(_vault.balanceOf(from) == free - amount);
        assert(_vault.bucketOf(module, bucket) == held + amount);
        assert(_vault.capOf(from, module) == (cap == type(uint256).max ? cap : cap - amount));
        assert(_vault.balanceOf(other) == kept && _vault.bucketOf(module, foreign) == beside);
    }

    function check_lock__lawful__is_never_refused(address module, address from, uint256 bucket, uint128 amount) public {
        VM.assume(amount <= _vault.balanceOf(from) && amount <= _vault.capOf(from, module));
        VM.assume(_vault.bucketOf(module, bucket) <= type(uint128).max);

        VM.prank(module);
        (bool ok,) = address(_vault).call(abi.encodeCall(IVault.lock, (bucket, from, amount)));

        assert(ok);
    }

    function check_burnFrom__debits_its_owner(address module, address from, address other, uint128 amount) public {
        VM.assume(other != from);
        (uint256 free, uint256 cap, uint256 kept) =
            (_vault.balanceOf(from), _vault.capOf(from, module), _vault.balanceOf(other));

        VM.prank(module);
        _vault.burnFrom(from, amount);

        assert(amount <= free && amount <= cap);
        assert(_vault.balanceOf(from) == free - amount);
        assert(_vault.capOf(from, module) == (cap == type(uint256).max ? cap : cap - amount));
        assert(_vault.balanceOf(other) == kept);
    }

    function check_pay__moves_from_the_callers_bucket(
        address module,
        address to,
        address other,
        uint256 bucket,
        uint256 foreign,
        uint128 amount
    ) public {
        VM.assume(other != to && foreign != bucket);
        (uint256 free, uint256 held) = (_vault.balanceOf(to), _vault.bucketOf(module, bucket));
        (uint256 kept, uint256 beside) = (_vault.balanceOf(other), _vault.bucketOf(module, foreign));
        VM.assume(free <= type(uint128).max);

        VM.prank(module);
        _vault.pay(bucket, to, amount);

        assert(amount <= held);
        assert(_vault.balanceOf(to) == free + amount);
        assert(_vault.bucketOf(module, bucket) == held - amount);
        assert(_vault.balanceOf(other) == kept && _vault.bucketOf(module, foreign) == beside);
    }

    function check_pay__lawful__is_never_refused(address module, address to, uint256 bucket, uint128 amount) public {
        VM.assume(amount <= _vault.bucketOf(module, bucket) && _vault.balanceOf(to) <= type(uint128).max);

        VM.prank(module);
        (bool ok,) = address(_vault).call(abi.encodeCall(IVault.pay, (bucket, to, amount)));

        assert(ok);
    }

    function check_payMany__moves_the_sum(
        address module,
        address one,
        address two,
        uint256 bucket,
        uint128 first,
        uint128 second,
        uint128 third
    ) public {
        VM.assume(one != two);
        (uint256 a, uint256 b, uint256 held) =
            (_vault.balanceOf(one), _vault.balanceOf(two), _vault.bucketOf(module, bucket));
        VM.assume(a <= type(uint128).max && b <= type(uint128).max);
        Payment[] memory payments = new Payment[](3);
        payments[0] = Payment(one, first);
        payments[1] = Payment(two, second);
        payments[2] = Payment(one, third);

        VM.prank(module);
        _vault.payMany(bucket, payments);

        assert(_vault.balanceOf(one) == a + first + third);
        assert(_vault.balanceOf(two) == b + second);
        assert(_vault.bucketOf(module, bucket) == held - first - second - third);
    }

    function check_move__from_bucket_to_bucket(
        address module,
        address toModule,
        address owner,
        uint256 bucket,
        uint256 toBucket,
        uint128 amount
    ) public {
        VM.assume(module != toModule || bucket != toBucket);
        (uint256 held, uint256 there) = (_vault.bucketOf(module, bucket), _vault.bucketOf(toModule, toBucket));
        uint256 kept = _vault.balanceOf(owner);
        VM.assume(there <= type(uint128).max);

        VM.prank(module);
        _vault.move(bucket, amount, toModule, toBucket);

        assert(_vault.bucketOf(module, bucket) == held - amount);
        assert(_vault.bucketOf(toModule, toBucket) == there + amount);
        assert(_vault.balanceOf(owner) == kept);
    }

    function check_move__onto_itself__changes_nothing(address module, uint256 bucket, uint128 amount) public {
        uint256 held = _vault.bucketOf(module, bucket);

        VM.prank(module);
        _vault.move(bucket, amount, module, bucket);

        assert(amount <= held && _vault.bucketOf(module, bucket) == held);
    }

    function check_burn__from_the_callers_bucket(address module, address owner, uint256 bucket, uint128 amount) public {
        (uint256 held, uint256 kept) = (_vault.bucketOf(module, bucket), _vault.balanceOf(owner));

        VM.prank(module);
        _vault.burn(bucket, amount);

        assert(amount <= held && _vault.bucketOf(module, bucket) == held - amount);
        assert(_vault.balanceOf(owner) == kept);
    }

    /* WHO MAY */

    function check_anything__free_balance_falls_by_its_owner_or_his_modules(address caller, address victim, Step calldata step)
        public
    {
        VM.assume(caller != victim && caller != address(_vault) && victim != address(_vault));
        VM.assume(_vault.capOf(victim, caller) == 0);
        uint256 free = _vault.balanceOf(victim);

        bool ok = _take(caller, step);

        // a sum past 2^256 would need more tokens than there can be
        assert(!ok || _vault.balanceOf(victim) >= free);
    }

    function check_anything__bucket_falls_by_its_module(
        address caller,
        address module,
        uint256 bucket,
        Step calldata step
    ) public {
        VM.assume(caller != module);
        uint256 held = _vault.bucketOf(module, bucket);

        bool ok = _take(caller, step);

        assert(!ok || _vault.bucketOf(module, bucket) >= held);
    }

    function check_anything__cap_changes_by_its_owner_or_falls_by_its_module(
        address caller,
        address owner,
        address module,
        Step calldata step
    ) public {
        VM.assume(caller != owner);
        uint256 cap = _vault.capOf(owner, module);

        bool ok = _take(caller, step);

        uint256 left = _vault.capOf(owner, module);
        assert(!ok || left == cap || (caller == module && left < cap));
    }

    /// @dev Any step but the two that carry a signature, and the batch of steps, with any arguments.
    function _take(address caller, Step calldata step) private returns (bool ok) {
        Payment[] memory payments = new Payment[](2);
        payments[0] = Payment(step.to, step.amount);
        payments[1] = Payment(step.from, step.more);
        bytes memory data;
        if (step.kind == 0) data = abi.encodeCall(IVault.deposit, (step.amount));
        else if (step.kind == 1) data = abi.encodeCall(IVault.withdraw, (step.amount, step.to));
        else if (step.kind == 2) data = abi.encodeCall(IVault.approve, (step.to, step.amount));
        else if (step.kind == 3) data = abi.encodeCall(IVault.lock, (step.bucket, step.from, step.amount));
        else if (step.kind == 4) data = abi.encodeCall(IVault.burnFrom, (step.from, step.amount));
        else if (step.kind == 5) data = abi.encodeCall(IVault.pay, (step.bucket, step.to, step.amount));
        else if (step.kind == 6) data = abi.encodeCall(IVault.payMany, (step.bucket, payments));
        else if (step.kind == 7) data = abi.encodeCall(IVault.move, (step.bucket, step.amount, step.to, step.more));
        else data = abi.encodeCall(IVault.burn, (step.bucket, step.amount));
        VM.prank(caller);
        (ok,) = address(_vault).call(data);
    }
}

/// @notice A call of the Vault: which, and with what.
struct Step {
    uint8 kind;
    address from;
    address to;
    uint256 bucket;
    uint256 amount;
    uint256 more;
}
