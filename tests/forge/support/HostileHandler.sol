// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";

import {ITokenHook} from "./HookToken.sol";
import {HostileCoin} from "./HostileCoin.sol";
import {Reached} from "./Reached.sol";
import {Shipped} from "./Shipped.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";

/// @notice Owners and a module of a Vault whose token behaves in every bad manner by turns. This contract is an owner and
///         the module, and calls back when the token lets it.
contract HostileHandler is Reached, StdUtils, ITokenHook {
    uint256 public constant OWNERS = 4;
    uint256 internal constant FUNDS = 1e24;

    HostileCoin public immutable COIN;
    IVault public immutable VAULT;
    address[] public owners; // the last is this contract
    mapping(address owner => uint256) public free; // the twin
    uint256 public bucket;
    uint256 public unlawful; // calls that went through and should not have, or moved what they should not
    uint256 public refused; // calls that should have gone through
    uint256 internal plan;
    bool internal inside;

    constructor() {
        COIN = new HostileCoin();
        VAULT = IVault(Shipped.deploy("Vault", abi.encode(COIN)));
        COIN.setHook(this);
        for (uint256 i = 0; i < OWNERS; i++) {
            owners.push(i == OWNERS - 1 ? address(this) : address(uint160(0xA0 + i)));
            COIN.mint(owners[i], FUNDS);
            if (owners[i] != address(this)) vm.startPrank(owners[i]);
            COIN.approve(address(VAULT), type(uint256).max);
            VAULT.deposit(1e21);
            VAULT.approve(address(this), type(uint256).max);
            if (owners[i] != address(this)) vm.stopPrank();
            free[owners[i]] = 1e21;
        }
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "deposit HONEST,deposit SILENT,deposit REENTERS,deposit BLOCKS,deposit FEE,deposit FEE_ON_TOP,",
            "deposit GENEROUS,deposit REFUSES,deposit REVERTS,deposit PRETENDS,deposit MUMBLES,",
            "withdrawal HONEST,withdrawal SILENT,withdrawal REENTERS,withdrawal BLOCKS,withdrawal FEE,",
            "withdrawal FEE_ON_TOP,withdrawal GENEROUS,withdrawal REFUSES,withdrawal REVERTS,withdrawal PRETENDS,",
            "withdrawal MUMBLES,called back,paid to a blocked owner,blocked owner withdraws elsewhere"
        );
    }

    function behave(uint256 manner, uint256 who) external {
        COIN.behave(HostileCoin.Manner(manner % COIN.MANNERS()), owners[who % OWNERS]);
    }

    function deposit(uint256 who, uint256 amount, uint256 plan_) external {
        address owner = owners[who % OWNERS];
        amount = bound(amount, 0, 1e20);
        uint256 before = COIN.balanceOf(address(VAULT));
        uint256 wallet = COIN.balanceOf(owner);
        plan = plan_;
        bool ok = _call(owner, abi.encodeCall(IVault.deposit, (amount)));
        _reach(uint256(COIN.manner()));
        if (ok) free[owner] += amount;
        if (!ok && _decent(owner)) refused += 1;
        if (inside) return;
        uint256 more = ok ? amount : 0;
        if (COIN.balanceOf(address(VAULT)) != before + more) unlawful += 1;
        if (COIN.balanceOf(owner) + more > wallet) unlawful += 1;
    }

    function withdraw(uint256 who, uint256 amount, uint256 plan_) external {
        address owner = owners[who % OWNERS];
        amount = bound(amount, 0, free[owner]);
        uint256 before = COIN.balanceOf(address(VAULT));
        plan = plan_;
        free[owner] -= amount;
        bool ok = _call(owner, abi.encodeCall(IVault.withdraw, (amount, owner)));
        _reach(11 + uint256(COIN.manner()));
        if (!ok) free[owner] += amount;
        if (!ok && _decent(owner)) refused += 1;
        if (COIN.balanceOf(address(VAULT)) != before - (ok ? amount : 0)) unlawful += 1;
    }

    /// @dev The module's money never meets the token: no manner of it is in the way, and no list.
    function lockAndPay(uint256 who, uint256 to, uint256 amount, uint256 part) public {
        address owner = owners[who % OWNERS];
        amount = bound(amount, 0, free[owner]);
        VAULT.lock(0, owner, amount);
        (free[owner], bucket) = (free[owner] - amount, bucket + amount);
        part = bound(part, 0, bucket);
        VAULT.pay(0, owners[to % OWNERS], part);
        (free[owners[to % OWNERS]], bucket) = (free[owners[to % OWNERS]] + part, bucket - part);
        if (COIN.manner() == HostileCoin.Manner.BLOCKS && COIN.blocked() == owners[to % OWNERS]) _reach(23);
    }

    function onMoved() external {
        if (msg.sender != address(COIN) || inside) return;
        inside = true;
        _reach(22);
        uint256 p = plan >> 8;
        if (plan % 3 == 0) lockAndPay(p, p >> 8, p >> 16, p >> 24);
        if (plan % 3 == 1 && _call(address(this), abi.encodeCall(IVault.deposit, (bound(p, 0, 1e20))))) unlawful += 1;
        if (plan % 3 == 2 && _call(address(this), abi.encodeCall(IVault.withdraw, (0, address(this))))) unlawful += 1;
        inside = false;
    }

    /// @dev One owner is blocked for ever; all others take out what is theirs, and he has it sent elsewhere.
    function drain(uint256 luck) external {
        address blocked = owners[luck % OWNERS];
        COIN.behave(HostileCoin.Manner.BLOCKS, blocked);
        VAULT.pay(0, blocked, bucket);
        (free[blocked], bucket) = (free[blocked] + bucket, 0);
        for (uint256 i = 0; i < OWNERS; i++) {
            address owner = owners[i];
            address to = owner == blocked ? address(0xE15E) : owner;
            uint256 before = COIN.balanceOf(to);
            if (!_call(owner, abi.encodeCall(IVault.withdraw, (free[owner], to)))) refused += 1;
            if (COIN.balanceOf(to) != before + free[owner]) unlawful += 1;
            if (owner == blocked) _reach(24);
            free[owner] = 0;
        }
    }

    /// @dev Whether the token does what it should for that owner.
    function _decent(address owner) private view returns (bool) {
        HostileCoin.Manner manner = COIN.manner();
        return manner <= HostileCoin.Manner.REENTERS || (manner == HostileCoin.Manner.BLOCKS && owner != COIN.blocked());
    }

    function _call(address from, bytes memory data) private returns (bool ok) {
        if (from != address(this)) vm.prank(from);
        (ok,) = address(VAULT).call(data);
    }
}
