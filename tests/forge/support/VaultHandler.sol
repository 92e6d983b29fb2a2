// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";

import {HookToken, ITokenHook} from "./HookToken.sol";
import {Reached} from "./Reached.sol";
import {IVault, Payment} from "../../../contracts/interfaces/IVault.sol";

/// @notice Random calls of owners and modules, and the naive twin they are compared with. This contract is mallory: an
///         owner, a module, and the hook of the token, from which she calls back into the Vault. `strict`: amounts are within
///         what there is, and a refusal ends the run.
contract VaultHandler is Reached, StdUtils, ITokenHook {
    uint256 public constant OWNERS = 4;
    uint256 public constant MODULES = 3;
    uint256 public constant BUCKETS = 3;
    uint256 internal constant MINTED = 1e24;

    bool internal immutable STRICT;
    uint256 internal immutable SLACK; // token base units that a call may ask for too much
    HookToken public immutable TOKEN;
    IVault public immutable VAULT;
    address[] public owners; // the last is this contract
    address[] public modules; // the last is this contract
    uint256[] internal keys;

    // the twin
    mapping(address owner => uint256) public free;
    mapping(address module => mapping(uint256 bucket => uint256)) public buckets;
    mapping(address owner => mapping(address module => uint256)) public caps;
    uint256 public burned;
    uint256 public donated;
    // what must stay zero
    uint256 public unlawful; // calls that went through and should not have
    uint256 public refused; // calls that should have gone through
    // what must not stay zero, or nothing was tested
    uint256 public entered; // calls from within a transfer
    uint256 internal plan; // what mallory does in the next transfer
    bool internal inside;
    bytes internal spent; // a signed approval that was used

    constructor(HookToken token, IVault vault, bool strict) {
        (STRICT, SLACK) = (strict, strict ? 0 : 1e18);
        TOKEN = token;
        VAULT = vault;
        for (uint256 i = 0; i < OWNERS - 1; i++) {
            keys.push(0xA11CE + i);
            owners.push(vm.addr(0xA11CE + i));
        }
        owners.push(address(this));
        modules.push(address(0x1001));
        modules.push(address(0x1002));
        modules.push(address(this));
        for (uint256 i = 0; i < OWNERS; i++) {
            token.mint(owners[i], MINTED);
        }
        token.approve(address(vault), type(uint256).max); // mallory's own deposits from within
        vault.deposit(1e21);
        free[address(this)] = 1e21;
        for (uint256 m = 0; m < MODULES; m++) {
            vault.approve(modules[m], 1e20);
            caps[address(this)][modules[m]] = 1e20;
            lock(m, m, OWNERS - 1, 5e19); // something to spend from the first call on
        }
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "deposited,with permit,withdrawn,cap given,cap signed,donated,locked,fee burned,paid,paid many,moved,burned,",
            "called back,cap used up,withdrawn whole"
        );
    }

    /* OWNERS */

    function deposit(uint256 who, uint256 amount, uint256 plan_) external {
        address owner = owners[who % OWNERS];
        amount = bound(amount, 0, 1e20);
        if (owner != address(this)) vm.prank(owner);
        TOKEN.approve(address(VAULT), amount);
        plan = plan_;
        bool ok = _call(owner, abi.encodeCall(IVault.deposit, (amount)));
        _judge(ok, TOKEN.fee() == 0 || amount <= TOKEN.fee());
        if (ok) free[owner] += amount;
        if (ok) _reach(0);
        _resetAllowance(owner);
    }

    function depositWithPermit(uint256 who, uint256 by, uint256 amount, bool good, uint256 plan_) external {
        who = who % (OWNERS - 1);
        address caller = owners[by % OWNERS];
        amount = bound(amount, 0, 1e20);
        if (STRICT) good = true;
        (uint8 v, bytes32 r, bytes32 s) = _permit(who, good ? amount : amount + 1);
        bool moved = TOKEN.fee() == 0 || amount <= TOKEN.fee();
        plan = plan_;
        bytes memory data = abi.encodeCall(IVault.depositWithPermit, (owners[who], amount, block.timestamp, v, r, s));
        bool ok = _call(caller, data);
        // without a good permit only the owner himself may go on, and he has approved nothing else
        _judge(ok, good ? moved : caller == owners[who] && amount == 0);
        if (ok) free[owners[who]] += amount;
        if (ok) _reach(1);
        _resetAllowance(owners[who]);
    }

    function withdraw(uint256 who, uint256 amount, uint256 plan_) external {
        address owner = owners[who % OWNERS];
        amount = plan_ % 5 == 0 ? free[owner] : bound(amount, 0, free[owner] + SLACK);
        plan = plan_;
        bool lawful = amount <= free[owner];
        if (lawful) free[owner] -= amount;
        if (lawful) _reach(plan_ % 5 == 0 ? 14 : 2);
        _judge(_call(owner, abi.encodeCall(IVault.withdraw, (amount, owner))), lawful);
    }

    function approve(uint256 who, uint256 which, uint256 cap) external {
        address owner = owners[who % OWNERS];
        cap = cap % 5 == 0 ? type(uint256).max : bound(cap, 0, 1e20);
        _call(owner, abi.encodeCall(IVault.approve, (modules[which % MODULES], cap)));
        caps[owner][modules[which % MODULES]] = cap;
        _reach(3);
    }

    function approveWithSignature(uint256 who, uint256 which, uint256 cap, bool replay) external {
        if (replay && !STRICT && spent.length != 0) return _judge(_call(address(this), spent), false);
        who = who % (OWNERS - 1);
        address module = modules[which % MODULES];
        cap = bound(cap, 0, 1e20);
        bytes memory data = _signedApproval(who, module, cap);
        _judge(_call(address(this), data), true);
        caps[owners[who]][module] = cap;
        spent = data;
        _reach(4);
    }

    function donate(uint256 who, uint256 amount) external {
        amount = bound(amount, 0, 1e18);
        plan = 0; // what mallory does elsewhere is tested elsewhere
        uint256 before = TOKEN.balanceOf(address(VAULT));
        if (owners[who % OWNERS] != address(this)) vm.prank(owners[who % OWNERS]);
        TOKEN.transfer(address(VAULT), amount);
        donated += TOKEN.balanceOf(address(VAULT)) - before;
        _reach(5);
    }

    function setFee(uint256 fee) external {
        TOKEN.setFee(fee % 4 == 0 ? 1 : 0);
    }

    /* MODULES */

    function lock(uint256 which, uint256 bucket, uint256 who, uint256 amount) public {
        address module = _module(which);
        address from = owners[who % OWNERS];
        amount = bound(amount, 0, free[from] + SLACK);
        bool whole = amount % 4 == 0 && caps[from][module] <= free[from];
        if (whole || (STRICT && amount > caps[from][module])) amount = caps[from][module];
        bool lawful = _spend(from, module, amount);
        bool ok = _call(module, abi.encodeCall(IVault.lock, (bucket % BUCKETS, from, amount)));
        _judge(ok, lawful);
        if (ok) buckets[module][bucket % BUCKETS] += amount;
        if (ok) _reach(6);
    }

    function burnFrom(uint256 which, uint256 who, uint256 amount) public {
        address module = _module(which);
        address from = owners[who % OWNERS];
        amount = bound(amount, 0, 1e18);
        if (STRICT && amount > free[from]) amount = free[from];
        if (STRICT && amount > caps[from][module]) amount = caps[from][module];
        bool lawful = _spend(from, module, amount);
        bool ok = _call(module, abi.encodeCall(IVault.burnFrom, (from, amount)));
        _judge(ok, lawful);
        if (ok) _reach(7);
        if (ok) burned += amount;
    }

    function pay(uint256 which, uint256 bucket, uint256 who, uint256 amount) public {
        (address module, uint256 id, uint256 bounded, bool lawful) = _draw(which, bucket, amount);
        bool ok = _call(module, abi.encodeCall(IVault.pay, (id, owners[who % OWNERS], bounded)));
        _judge(ok, lawful);
        if (ok) free[owners[who % OWNERS]] += bounded;
        if (ok) _reach(8);
    }

    function payMany(uint256 which, uint256 bucket, uint256 amount, uint256 cut) public {
        (address module, uint256 id, uint256 bounded, bool lawful) = _draw(which, bucket, amount);
        Payment[] memory payments = new Payment[](OWNERS);
        uint256 left = bounded;
        for (uint256 i = 0; i < OWNERS; i++) {
            uint256 part = i + 1 == OWNERS ? left : (left * ((uint256(keccak256(abi.encode(cut))) >> (8 * i)) & 255)) / 255;
            payments[i] = Payment(owners[i], part);
            left -= part;
        }
        bool ok = _call(module, abi.encodeCall(IVault.payMany, (id, payments)));
        _judge(ok, lawful);
        for (uint256 i = 0; ok && i < OWNERS; i++) {
            free[owners[i]] += payments[i].amount;
        }
        if (ok) _reach(9);
    }

    function move(uint256 which, uint256 bucket, uint256 amount, uint256 to, uint256 toBucket) public {
        (address module, uint256 id, uint256 bounded, bool lawful) = _draw(which, bucket, amount);
        address target = modules[to % MODULES];
        bool ok = _call(module, abi.encodeCall(IVault.move, (id, bounded, target, toBucket % BUCKETS)));
        _judge(ok, lawful);
        if (ok) buckets[target][toBucket % BUCKETS] += bounded;
        if (ok) _reach(10);
    }

    function burn(uint256 which, uint256 bucket, uint256 amount) public {
        (address module, uint256 id, uint256 bounded, bool lawful) = _draw(which, bucket, amount);
        bool ok = _call(module, abi.encodeCall(IVault.burn, (id, bounded)));
        _judge(ok, lawful);
        if (ok) _reach(11);
        if (ok) burned += bounded;
    }

    /// @dev Modules pay out what they hold, owners take out what is theirs.
    function drain() external {
        plan = 0;
        TOKEN.setFee(0);
        for (uint256 m = 0; m < MODULES; m++) {
            for (uint256 b = 0; b < BUCKETS; b++) {
                address owner = owners[(m + b) % OWNERS];
                uint256 all = buckets[modules[m]][b];
                _judge(_call(modules[m], abi.encodeCall(IVault.pay, (b, owner, all))), true);
                buckets[modules[m]][b] = 0;
                free[owner] += all;
            }
        }
        for (uint256 i = 0; i < OWNERS; i++) {
            uint256 before = TOKEN.balanceOf(owners[i]);
            _judge(_call(owners[i], abi.encodeCall(IVault.withdraw, (free[owners[i]], owners[i]))), true);
            if (TOKEN.balanceOf(owners[i]) != before + free[owners[i]]) unlawful += 1;
            free[owners[i]] = 0;
        }
    }

    /* FROM WITHIN A TRANSFER */

    /// @dev Whoever is in a deposit or a withdrawal can begin no other; modules' steps go on as ever.
    function onMoved() external {
        if (msg.sender != address(TOKEN) || inside || plan == 0) return;
        inside = true;
        entered += 1;
        _reach(12);
        uint256 p = plan >> 8;
        uint256 verb = plan % 8;
        if (verb == 0) _guarded(abi.encodeCall(IVault.deposit, (bound(p, 0, 1e20))));
        if (verb == 1) _guarded(abi.encodeCall(IVault.withdraw, (bound(p, 0, free[address(this)]), address(this))));
        if (verb == 2) _permitFromWithin(p);
        if (verb == 3) _multicallFromWithin(p);
        if (verb == 4) lock(MODULES - 1, p, p >> 8, p >> 16);
        if (verb == 5) pay(MODULES - 1, p, p >> 8, p >> 16);
        if (verb == 6) move(MODULES - 1, p, p >> 16, p >> 8, p >> 12);
        if (verb == 7) burn(MODULES - 1, p, p >> 16);
        inside = false;
    }

    function _guarded(bytes memory data) private {
        _judge(_call(address(this), data), false);
    }

    function _permitFromWithin(uint256 p) private {
        uint256 amount = bound(p, 0, 1e20);
        (uint8 v, bytes32 r, bytes32 s) = _permit(p % (OWNERS - 1), amount);
        address owner = owners[p % (OWNERS - 1)];
        _guarded(abi.encodeCall(IVault.depositWithPermit, (owner, amount, block.timestamp, v, r, s)));
    }

    function _multicallFromWithin(uint256 p) private {
        bytes[] memory calls = new bytes[](2);
        calls[0] = abi.encodeCall(IVault.withdraw, (bound(p, 0, free[address(this)]), address(this)));
        calls[1] = abi.encodeCall(IVault.deposit, (bound(p, 0, free[address(this)])));
        _guarded(abi.encodeWithSignature("multicall(bytes[])", calls));
    }

    /* INTERNAL */

    /// @dev From within only mallory acts: nobody else is on the stack.
    function _module(uint256 which) private view returns (address) {
        return inside ? address(this) : modules[which % MODULES];
    }

    function _spend(address from, address module, uint256 amount) private returns (bool lawful) {
        uint256 cap = caps[from][module];
        lawful = amount <= free[from] && amount <= cap;
        if (!lawful) return false;
        free[from] -= amount;
        if (amount == cap && cap != 0) _reach(13);
        if (cap != type(uint256).max) caps[from][module] = cap - amount;
    }

    function _draw(uint256 which, uint256 bucket, uint256 amount)
        private
        returns (address module, uint256 id, uint256 bounded, bool lawful)
    {
        module = _module(which);
        id = bucket % BUCKETS;
        bounded = bound(amount, 0, buckets[module][id] + SLACK);
        lawful = bounded <= buckets[module][id];
        if (lawful) buckets[module][id] -= bounded;
    }

    function _judge(bool ok, bool lawful) private {
        require(!STRICT || ok == lawful, "a valid action was refused, or another went through");
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, bytes memory data) private returns (bool ok) {
        if (from != address(this)) vm.prank(from);
        (ok,) = address(VAULT).call(data);
    }

    function _resetAllowance(address owner) private {
        if (owner != address(this)) vm.prank(owner);
        TOKEN.approve(address(VAULT), owner == address(this) ? type(uint256).max : 0);
    }

    function _permit(uint256 who, uint256 signed) private view returns (uint8 v, bytes32 r, bytes32 s) {
        bytes32 kind = keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        address owner = owners[who];
        bytes32 what =
            keccak256(abi.encode(kind, owner, address(VAULT), signed, TOKEN.nonces(owner), block.timestamp));
        return vm.sign(keys[who], keccak256(abi.encodePacked("\x19\x01", TOKEN.DOMAIN_SEPARATOR(), what)));
    }

    function _signedApproval(uint256 who, address module, uint256 cap) private view returns (bytes memory) {
        bytes32 kind = keccak256("Approval(address owner,address module,uint256 cap,uint256 nonce,uint256 deadline)");
        address owner = owners[who];
        bytes32 what = keccak256(abi.encode(kind, owner, module, cap, VAULT.nonceOf(owner), block.timestamp));
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tessera Vault"),
                keccak256("1"),
                block.chainid,
                address(VAULT)
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[who], keccak256(abi.encodePacked("\x19\x01", domain, what)));
        bytes memory signature = abi.encodePacked(r, s, v);
        return abi.encodeCall(IVault.approveWithSignature, (owner, module, cap, block.timestamp, signature));
    }
}
