// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {HookToken, ITokenHook} from "./HookToken.sol";
import {MarketHouse} from "./MarketHouse.sol";
import {Sealed} from "./Sealed.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IExchange} from "../../../contracts/interfaces/IExchange.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {AssetTerms, Parent} from "../../../contracts/types/Asset.sol";
import {Order, OrderRef} from "../../../contracts/types/Order.sol";

/// @notice Random sales, transfers of shares and claims of three assets: 0 has no parent, 1 has 0, 2 has both. This contract
///         is the seller and mallory: a holder who calls back when shares reach her, and from within her
///         deposits and withdrawals. `strict`: what is not lawful is left out, and a refusal ends the run.
contract MarketHandler is MarketHouse, ITokenHook {
    constructor(HookToken token, IVault vault, bool strict) MarketHouse(token, vault, strict) {
        token.setHook(this);
    }

    /* SALES */

    function order(uint256 which, uint256 t, bytes32 salt) public {
        which = which % 3;
        t = bound(t, 1, 1e9);
        bytes memory data =
            abi.encodeCall(IExchange.order, (salt, ids[which], terms[which], terms[which].key, KeyEquation.ofScalar(t)));
        uint256 orderId = EXCHANGE.orderIdOf(BUYER, salt);
        bool lawful = unlistedAt[which] == 0 && !retired[which] && EXCHANGE.stateOf(orderId) == 0;
        if (STRICT && !lawful) return;
        bool ok = _call(BUYER, address(EXCHANGE), data);
        _judge(ok, lawful);
        if (!ok) return;
        _reach(0);
        bytes32 pinned = keccak256(abi.encode(terms[which]));
        uint40 deadline = uint40(block.timestamp + SETTLE);
        orders.push(Order(ids[which], pinned, BUYER, KeyEquation.ofScalar(t), terms[which].price, deadline, DISPUTE));
        orderIds.push(orderId);
        settledAt.push(t); // the scalar, until it is settled
        states.push(State.OPEN);
        spent += terms[which].price;
    }

    function settle(uint256 n, bool right) public {
        if (orders.length == 0) return;
        n = _pick(n, State.OPEN);
        if (STRICT) right = true;
        uint256 t = right ? settledAt[n] : settledAt[n] + 1;
        bool lawful = right && states[n] == State.OPEN && block.timestamp <= orders[n].deadline;
        if (STRICT && !lawful) return;
        bool ok = _call(STRANGER, address(EXCHANGE), abi.encodeCall(IExchange.settle, (orderIds[n], orders[n], t)));
        _judge(ok, lawful);
        if (ok) _reach(1);
        if (ok) (states[n], settledAt[n]) = (State.SETTLED, block.timestamp);
    }

    function refund(uint256 n) public {
        if (orders.length == 0) return;
        n = _pick(n, State.OPEN);
        bool lawful = states[n] == State.OPEN && block.timestamp > orders[n].deadline;
        if (STRICT && !lawful) return;
        bool ok = _call(STRANGER, address(EXCHANGE), abi.encodeCall(IExchange.refund, (orderIds[n], orders[n])));
        _judge(ok, lawful);
        if (!ok) return;
        states[n] = State.PAID;
        refunded += orders[n].price;
        _reach(2);
    }

    /// @dev Four orders of one asset at once, and their keys.
    function sellFour(uint256 which, uint256 t, bytes32 salt) external {
        for (uint256 i = 0; i < 4; i++) {
            uint256 before = orders.length;
            order(which, bound(t, 1, 1e8) + i, keccak256(abi.encode(salt, i)));
            if (orders.length != before) settle(before, true);
        }
    }

    function collect(uint256 n, uint256 more) public {
        if (orders.length == 0) return;
        uint256[] memory which = _toCollect(n % orders.length, more % 4 + 1);
        bool lawful = which.length <= orders.length; // else some order stands there twice
        OrderRef[] memory refs = new OrderRef[](which.length);
        for (uint256 i = 0; i < which.length; i++) {
            refs[i] = OrderRef(orderIds[which[i]], orders[which[i]]);
            lawful = lawful && _ripe(which[i]);
        }
        if (which.length == 0) return;
        bool ok = _call(STRANGER, address(EXCHANGE), abi.encodeCall(IExchange.collect, (refs)));
        _judge(ok, lawful);
        if (ok) _reach(which.length == 4 ? 4 : 3);
        for (uint256 i = 0; ok && i < which.length; i++) {
            states[which[i]] = State.PAID;
            bucket[_indexOf(orders[which[i]].assetId)] += orders[which[i]].price;
        }
    }

    /// @dev The buyer disputes his order's file, truly or not; or, not `rightly`, a stranger does, or he asks past the referee.
    function reverse(uint256 n, bool rightly) public {
        if (orders.length == 0) return;
        n = _pick(n, State.SETTLED);
        if (STRICT) rightly = n % 2 == 0;
        uint256 which = _indexOf(orders[n].assetId);
        bool wrong = which != 2;
        bool lawful = rightly && wrong && states[n] == State.SETTLED && block.timestamp <= settledAt[n] + DISPUTE;
        if (STRICT && !lawful) return;
        bool past = !rightly && n % 2 == 0;
        bytes memory data = past
            ? abi.encodeCall(IExchange.reverse, (orderIds[n], orders[n], _pinned(n)))
            : abi.encodeCall(IReferee.disputePiece, (orderIds[n], orders[n], _pinned(n), Sealed.proofOf(files[which], 0)));
        bool ok = _call(rightly || past ? BUYER : STRANGER, past ? address(EXCHANGE) : address(REFEREE), data);
        _judge(ok, lawful);
        if (!ok) return;
        (states[n], refunded) = (State.PAID, refunded + orders[n].price);
        _reach(5);
        if (retired[which]) return _reach(7);
        _reach(6);
        retired[which] = true;
        refunded += BOND / 4;
        bondsBurned += BOND - BOND / 4;
    }

    function revise(uint256 which, uint256 price) public {
        which = which % 3;
        AssetTerms memory next = terms[which];
        next.price = uint128(bound(price, 0, 1e8));
        bool lawful = unlistedAt[which] == 0 && !retired[which];
        bytes memory data = abi.encodeCall(IAssets.revise, (ids[which], terms[which], next));
        if (STRICT && !lawful) return;
        bool ok = _call(address(this), address(ASSETS), data);
        _judge(ok, lawful);
        if (!ok) return;
        terms[which] = next;
        _reach(8);
    }

    function unlist(uint256 which, uint256 rarely) public {
        which = which % 3;
        if (rarely % 8 != 0) return;
        bool lawful = unlistedAt[which] == 0 && !retired[which];
        if (STRICT && !lawful) return;
        bool ok = _call(address(this), address(ASSETS), abi.encodeCall(IAssets.unlist, (ids[which], terms[which])));
        _judge(ok, lawful);
        if (!ok) return;
        unlistedAt[which] = block.timestamp;
        _reach(9);
    }

    function releaseBond(uint256 which) public {
        which = which % 3;
        uint256 at = unlistedAt[which];
        bool lawful = at != 0 && !retired[which] && block.timestamp > at + SETTLE + DISPUTE;
        bytes memory data = abi.encodeCall(IAssets.releaseBond, (ids[which], terms[which], at));
        if (STRICT && !lawful) return;
        bool ok = _call(STRANGER, address(ASSETS), data);
        _judge(ok, lawful);
        if (!ok) return;
        (retired[which], bondsBack) = (true, bondsBack + BOND);
        _reach(10);
    }

    /* SHARES AND INCOME */

    /// @dev Income from another module than the Exchange, as contests pay it.
    function earn(uint256 which, uint256 amount) public {
        which = which % 3;
        amount = bound(amount, 0, 1e8);
        VAULT.lock(1, DONOR, amount);
        VAULT.move(1, amount, address(ASSETS), ids[which]);
        bucket[which] += amount;
    }

    function transfer(uint256 which, uint256 from, uint256 to, uint256 amount, uint256 plan_) public {
        which = which % 3;
        from = depth != 0 ? 2 : from % 3; // from within, mallory gives away her own
        to = to % 3;
        amount = bound(amount, 0, shares[which][from]);
        if (depth == 0) plan = plan_;
        _reach(14);
        _twinTransfer(which, from, to, amount); // before the call: it calls back at its end
        bytes memory data =
            abi.encodeCall(IERC1155.safeTransferFrom, (holders[from], holders[to], ids[which], amount, ""));
        _judge(_call(holders[from], address(ASSETS), data), true);
    }

    /// @dev Of two assets at once, or of one twice.
    function transferBatch(uint256 one, uint256 other, uint256 from, uint256 to, uint256 amount, uint256 plan_) public {
        uint256[] memory which = new uint256[](2);
        uint256[] memory some = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (which[0], which[1]) = (one % 3, other % 3);
        from = depth != 0 ? 2 : from % 3;
        to = to % 3;
        if (depth == 0) plan = plan_;
        for (uint256 i = 0; i < 2; i++) {
            some[i] = ids[which[i]];
            values[i] = bound(amount >> (16 * i), 0, shares[which[i]][from] / 2);
        }
        for (uint256 i = 0; i < 2; i++) {
            _twinTransfer(which[i], from, to, values[i]);
        }
        _reach(which[0] == which[1] ? 16 : 15);
        bytes memory data =
            abi.encodeCall(IERC1155.safeBatchTransferFrom, (holders[from], holders[to], some, values, ""));
        _judge(_call(holders[from], address(ASSETS), data), true);
    }

    function claim(uint256 which, uint256 who) public {
        which = which % 3;
        who = who % 3;
        _twinCount(which);
        uint256 before = paid[who];
        _twinSettle(which, who);
        if (paid[who] != before) _reach(12);
        if (remainder[which] != 0) _reach(13);
        _judge(_call(STRANGER, address(ASSETS), abi.encodeCall(IAssets.claim, (ids[which], holders[who]))), true);
    }

    function flush(uint256 which) public {
        which = which % 3;
        _twinCount(which);
        uint256 before = bucket[which];
        _twinFlush(which);
        if (bucket[which] != before) _reach(11);
        _judge(_call(STRANGER, address(ASSETS), abi.encodeCall(IAssets.flush, (ids[which], births[which]))), true);
    }

    /// @dev Mallory takes money out and puts it back; the token calls her both times.
    function cash(uint256 amount, uint256 plan_) external {
        amount = bound(amount, 0, VAULT.balanceOf(address(this)));
        plan = plan_;
        VAULT.withdraw(amount, address(this));
        plan = plan_ >> 128;
        VAULT.deposit(amount);
    }

    /// @dev What others than those whom it belongs to try.
    function trespass(uint256 which, uint256 verb, uint256 who) external {
        which = which % 3;
        AssetTerms memory t = terms[which];
        address caller = who % 4 == 0 ? BUYER : who % 4 == 1 ? holders[0] : who % 4 == 2 ? address(EXCHANGE) : STRANGER;
        address to = address(ASSETS);
        bytes memory data;
        verb = verb % 8;
        if (verb == 0) data = abi.encodeCall(IAssets.revise, (ids[which], t, t));
        if (verb == 1) data = abi.encodeCall(IAssets.unlist, (ids[which], t));
        if (verb == 2) data = abi.encodeCall(IAssets.record, (caller, 0, bytes32(uint256(1)), 0, new Parent[](0)));
        if (verb == 3) data = abi.encodeCall(IAssets.slashBond, (ids[which], t, caller));
        if (verb == 4) data = abi.encodeCall(IERC1155.safeTransferFrom, (address(this), caller, ids[which], 0, ""));
        if (verb == 5) data = abi.encodeCall(IAssets.list, (bytes32(verb), t, new Parent[](0))); // as another
        if (verb == 6) data = abi.encodeCall(IAssets.activate, (ids[which], births[which], t, 0));
        if (verb == 7) (to, data) = (address(VAULT), abi.encodeCall(IVault.move, (ids[which], 1, caller, 1)));
        bool exchange = caller == address(EXCHANGE) && (verb == 3 || (verb == 7 && this.unpaid(which) != 0));
        if (exchange) return; // that one may
        _judge(_call(caller, to, data), false);
    }

    function onERC1155Received(address, address, uint256, uint256, bytes calldata) external returns (bytes4) {
        if (msg.sender == address(ASSETS)) _answer(17);
        return this.onERC1155Received.selector;
    }

    function onERC1155BatchReceived(address, address, uint256[] calldata, uint256[] calldata, bytes calldata)
        external
        returns (bytes4)
    {
        if (msg.sender == address(ASSETS)) _answer(17);
        return this.onERC1155BatchReceived.selector;
    }

    function onMoved() external {
        if (msg.sender == address(TOKEN)) _answer(18);
    }

    /// @dev Whatever mallory can do, from within a call; at most twice deep.
    function _answer(uint256 place) private {
        uint256 verb = plan % 16;
        uint256 p = plan >> 8;
        if (verb == 0 || depth == 2) return;
        plan = p; // for the call back within this one
        depth += 1;
        entered += 1;
        _reach(depth == 2 ? 19 : place);
        if (verb < 3) claim(p, p >> 8);
        if (verb == 3) flush(p);
        if (verb == 4 || verb == 5) transfer(p, 2, p >> 8, p >> 16, 0);
        if (verb == 6) collect(p, p >> 8);
        if (verb == 7) refund(p);
        if (verb == 8) settle(p, true);
        if (verb == 9) reverse(p, true);
        if (verb == 10) order(p, p >> 8, bytes32(p));
        if (verb == 11) revise(p, p >> 8);
        if (verb == 12) unlist(p, p >> 8);
        if (verb == 13) releaseBond(p);
        if (verb == 14) transferBatch(p, p >> 4, 2, p >> 8, p >> 16, 0);
        if (verb == 15) earn(p, p >> 8);
        depth -= 1;
    }

    /// @dev After the deadlines strangers bring every order to its end; the seller unlists; all take what is theirs.
    function drain() external {
        plan = 0;
        vm.warp(block.timestamp + SETTLE + DISPUTE + 1);
        for (uint256 n = 0; n < orders.length; n++) {
            if (states[n] == State.OPEN) refund(n);
            else if (states[n] == State.SETTLED) collect(n, 0);
        }
        for (uint256 i = 0; i < 3; i++) {
            if (unlistedAt[i] == 0 && !retired[i]) unlist(i, 0);
        }
        vm.warp(block.timestamp + SETTLE + DISPUTE + 1);
        for (uint256 k = 0; k < 3; k++) {
            uint256 i = 2 - k;
            if (!retired[i]) releaseBond(i);
            flush(i); // children before their parents
            for (uint256 h = 0; h < 3; h++) {
                claim(i, h);
            }
        }
        _takeAll(BUYER);
        _takeAll(DONOR);
        for (uint256 h = 0; h < 3; h++) {
            _takeAll(holders[h]);
        }
    }

    function wait_(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 2 hours));
    }
}
