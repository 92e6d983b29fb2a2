// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CommonBase} from "forge-std/Base.sol";
import {StdUtils} from "forge-std/StdUtils.sol";
import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {HookToken} from "./HookToken.sol";
import {IncomeTwin} from "./IncomeTwin.sol";
import {Shipped} from "./Shipped.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IExchange} from "../../../contracts/interfaces/IExchange.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {AssetTerms, Birth, Parent} from "../../../contracts/types/Asset.sol";
import {Order, OrderRef} from "../../../contracts/types/Order.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice Random sales, transfers of shares and claims of three assets: 0 has no parent, 1 has 0, 2 has both. This contract
///         is the seller, the referee, and mallory: a holder who calls back when shares reach her.
contract MarketHandler is CommonBase, StdUtils, IncomeTwin {
    enum State {
        OPEN,
        SETTLED,
        PAID // out, once
    }

    uint32 internal constant SETTLE = 1 hours;
    uint32 internal constant DISPUTE = 2 hours;
    uint128 internal constant BOND = 4000;
    address public constant BUYER = address(0xB0B);
    address public constant DONOR = address(0xD0);

    IVault public immutable VAULT;
    IAssets public immutable ASSETS;
    IExchange public immutable EXCHANGE;

    AssetTerms[] internal terms;
    Birth[] internal births;
    uint256[] public ids;
    uint256[3] internal unlistedAt;
    bool[3] public retired; // the bond is gone
    Order[] internal orders;
    uint256[] internal orderIds;
    uint256[] internal settledAt;
    State[] public states;
    uint256 public refunded; // what the buyer got back, and as a challenger
    uint256 public spent; // what he paid
    uint256 public bondsBack;
    uint256 public bondsBurned;
    uint256 public unlawful;
    uint256 public refused;
    uint256 public entered; // calls from within a transfer of shares
    uint256 internal plan;
    bool internal inside;

    constructor(HookToken token, IVault vault) {
        VAULT = vault;
        uint64 nonce = vm.getNonce(address(this));
        address exchange = vm.computeCreateAddress(address(this), nonce + 1);
        ASSETS = IAssets(Shipped.deploy("Assets", abi.encode(vault, exchange, address(0xB0))));
        EXCHANGE = IExchange(Shipped.deploy("Exchange", abi.encode(vault, ASSETS, address(this))));
        require(address(EXCHANGE) == exchange, "not where predicted");
        _fund(token, address(this), address(ASSETS), 3 * BOND);
        _fund(token, BUYER, exchange, 1e15);
        _fund(token, DONOR, address(this), 1e15);
        holders.push(address(0x101));
        holders.push(address(0x102));
        holders.push(address(this));
        for (uint256 i = 0; i < 3; i++) {
            _list(i);
        }
    }

    /* SALES */

    function order(uint256 which, uint256 t, bytes32 salt) external {
        which = which % 3;
        t = bound(t, 1, 1e9);
        bytes memory data =
            abi.encodeCall(IExchange.order, (salt, ids[which], terms[which], terms[which].key, vm.addr(t)));
        uint256 orderId = EXCHANGE.orderIdOf(BUYER, salt);
        bool lawful = unlistedAt[which] == 0 && !retired[which] && EXCHANGE.stateOf(orderId) == 0;
        bool ok = _call(BUYER, address(EXCHANGE), data);
        _judge(ok, lawful);
        if (!ok) return;
        bytes32 pinned = keccak256(abi.encode(terms[which]));
        uint40 deadline = uint40(block.timestamp + SETTLE);
        orders.push(Order(ids[which], pinned, BUYER, vm.addr(t), terms[which].price, deadline, DISPUTE));
        orderIds.push(orderId);
        settledAt.push(t); // the scalar, until it is settled
        states.push(State.OPEN);
        spent += terms[which].price;
    }

    function settle(uint256 n, bool right) public {
        if (orders.length == 0) return;
        n = n % orders.length;
        uint256 t = right ? settledAt[n] : settledAt[n] + 1;
        bool lawful = right && states[n] == State.OPEN && block.timestamp <= orders[n].deadline;
        bool ok = _call(address(this), address(EXCHANGE), abi.encodeCall(IExchange.settle, (orderIds[n], orders[n], t)));
        _judge(ok, lawful);
        if (ok) (states[n], settledAt[n]) = (State.SETTLED, block.timestamp);
    }

    function refund(uint256 n) public {
        if (orders.length == 0) return;
        n = n % orders.length;
        bool lawful = states[n] == State.OPEN && block.timestamp > orders[n].deadline;
        bool ok = _call(address(this), address(EXCHANGE), abi.encodeCall(IExchange.refund, (orderIds[n], orders[n])));
        _judge(ok, lawful);
        if (!ok) return;
        states[n] = State.PAID;
        refunded += orders[n].price;
    }

    function collect(uint256 n, uint256 more) public {
        if (orders.length == 0) return;
        more = more % 4 + 1;
        OrderRef[] memory refs = new OrderRef[](more);
        bool lawful = more <= orders.length; // else some order stands there twice
        for (uint256 i = 0; i < more; i++) {
            uint256 m = (n % orders.length + i) % orders.length;
            refs[i] = OrderRef(orderIds[m], orders[m]);
            lawful = lawful && states[m] == State.SETTLED && block.timestamp > settledAt[m] + DISPUTE;
        }
        bool ok = _call(address(this), address(EXCHANGE), abi.encodeCall(IExchange.collect, (refs)));
        _judge(ok, lawful);
        for (uint256 i = 0; ok && i < more; i++) {
            uint256 m = (n % orders.length + i) % orders.length;
            states[m] = State.PAID;
            bucket[_indexOf(orders[m].assetId)] += orders[m].price;
        }
    }

    function reverse(uint256 n, bool referee) external {
        if (orders.length == 0) return;
        n = n % orders.length;
        uint256 which = _indexOf(orders[n].assetId);
        bool lawful = referee && states[n] == State.SETTLED && block.timestamp <= settledAt[n] + DISPUTE;
        bytes memory data = abi.encodeCall(IExchange.reverse, (orderIds[n], orders[n], _pinned(n)));
        bool ok = _call(referee ? address(this) : BUYER, address(EXCHANGE), data);
        _judge(ok, lawful);
        if (!ok) return;
        (states[n], refunded) = (State.PAID, refunded + orders[n].price);
        if (retired[which]) return;
        retired[which] = true;
        refunded += BOND / 4;
        bondsBurned += BOND - BOND / 4;
    }

    function revise(uint256 which, uint256 price) external {
        which = which % 3;
        AssetTerms memory next = terms[which];
        next.price = uint128(bound(price, 0, 1e8));
        bool lawful = unlistedAt[which] == 0 && !retired[which];
        bytes memory data = abi.encodeCall(IAssets.revise, (ids[which], terms[which], next));
        bool ok = _call(address(this), address(ASSETS), data);
        _judge(ok, lawful);
        if (ok) terms[which] = next;
    }

    function unlist(uint256 which, uint256 rarely) external {
        which = which % 3;
        if (rarely % 8 != 0) return;
        bool lawful = unlistedAt[which] == 0 && !retired[which];
        bool ok = _call(address(this), address(ASSETS), abi.encodeCall(IAssets.unlist, (ids[which], terms[which])));
        _judge(ok, lawful);
        if (ok) unlistedAt[which] = block.timestamp;
    }

    function releaseBond(uint256 which) external {
        which = which % 3;
        uint256 at = unlistedAt[which];
        bool lawful = at != 0 && !retired[which] && block.timestamp > at + SETTLE + DISPUTE;
        bytes memory data = abi.encodeCall(IAssets.releaseBond, (ids[which], terms[which], at));
        bool ok = _call(address(this), address(ASSETS), data);
        _judge(ok, lawful);
        if (ok) (retired[which], bondsBack) = (true, bondsBack + BOND);
    }

    /* SHARES AND INCOME */

    /// @dev Income from another module than the Exchange, as contests pay it.
    function earn(uint256 which, uint256 amount) external {
        which = which % 3;
        amount = bound(amount, 0, 1e8);
        VAULT.lock(1, DONOR, amount);
        VAULT.move(1, amount, address(ASSETS), ids[which]);
        bucket[which] += amount;
    }

    function transfer(uint256 which, uint256 from, uint256 to, uint256 amount, uint256 plan_) public {
        which = which % 3;
        from = inside ? 2 : from % 3; // from within, mallory gives away her own
        to = inside ? to % 2 : to % 3;
        amount = bound(amount, 0, shares[which][from]);
        if (!inside) plan = plan_;
        _twinTransfer(which, from, to, amount); // before the call: it calls back at its end
        bytes memory data =
            abi.encodeCall(IERC1155.safeTransferFrom, (holders[from], holders[to], ids[which], amount, ""));
        _judge(_call(holders[from], address(ASSETS), data), true);
    }

    function claim(uint256 which, uint256 who) public {
        which = which % 3;
        who = who % 3;
        _twinCount(which);
        _twinSettle(which, who);
        _judge(_call(address(this), address(ASSETS), abi.encodeCall(IAssets.claim, (ids[which], holders[who]))), true);
    }

    function flush(uint256 which) public {
        which = which % 3;
        _twinCount(which);
        _twinFlush(which);
        _judge(_call(address(this), address(ASSETS), abi.encodeCall(IAssets.flush, (ids[which], births[which]))), true);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        if (msg.sender == address(ASSETS) && !inside && plan % 8 != 0) {
            inside = true;
            entered += 1;
            uint256 p = plan >> 8;
            if (plan % 8 < 3) claim(p, p >> 8);
            if (plan % 8 == 3) flush(p);
            if (plan % 8 == 4 || plan % 8 == 5) transfer(p, 2, p >> 8, p >> 16, 0);
            if (plan % 8 == 6) collect(p, p >> 8);
            if (plan % 8 == 7) refund(p);
            inside = false;
        }
        return this.onERC1155Received.selector;
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 2 hours));
    }

    /* WHAT THE INVARIANTS READ */

    /// @notice Prices of the orders of an asset that were neither refunded nor collected, by the twin.
    function unpaid(uint256 which) external view returns (uint256 sum) {
        for (uint256 n = 0; n < orders.length; n++) {
            if (states[n] != State.PAID && orders[n].assetId == ids[which]) sum += orders[n].price;
        }
    }

    /* INTERNAL */

    function _pinned(uint256 n) private view returns (AssetTerms memory pinned) {
        uint256 which = _indexOf(orders[n].assetId);
        pinned = terms[which];
        pinned.price = orders[n].price; // only the price is ever revised
    }

    function _indexOf(uint256 assetId) private view returns (uint256) {
        return assetId == ids[0] ? 0 : assetId == ids[1] ? 1 : 2;
    }

    function _list(uint256 i) private {
        Birth storage birth = births.push();
        birth.creator = address(this);
        if (i == 1) birth.parents.push(Parent(ids[0], 3333));
        if (i == 2) birth.parents.push(Parent(ids[0], 1501));
        if (i == 2) birth.parents.push(Parent(ids[1], 2999));
        Point memory point = _generator();
        terms.push(
            AssetTerms(address(this), 1, uint128(1_234_567 + i), BOND, SETTLE, DISPUTE, bytes32(i + 1), 0, point, point)
        );
        ids.push(ASSETS.list(0, terms[i], birth.parents));
        for (uint256 p = 0; p < birth.parents.length; p++) {
            parents[i].push(_indexOf(birth.parents[p].assetId));
            parentBps[i].push(birth.parents[p].bps);
            bps[i] += birth.parents[p].bps;
        }
        shares[i][2] = 10_000;
    }

    function _generator() private pure returns (Point memory) {
        return Point(0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798, 0);
    }

    function _fund(HookToken token, address who, address module, uint256 amount) private {
        token.mint(who, amount);
        if (who != address(this)) vm.startPrank(who);
        token.approve(address(VAULT), amount);
        VAULT.deposit(amount);
        VAULT.approve(module, type(uint256).max);
        if (who != address(this)) vm.stopPrank();
    }

    function _judge(bool ok, bool lawful) private {
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, address target, bytes memory data) private returns (bool ok) {
        if (from != address(this)) vm.prank(from);
        (ok,) = target.call(data);
    }
}
