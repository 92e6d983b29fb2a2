// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Symbolic} from "./support/Symbolic.sol";
import {Assets} from "../../contracts/Assets.sol";
import {Exchange} from "../../contracts/Exchange.sol";
import {Vault} from "../../contracts/Vault.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {AssetTerms} from "../../contracts/types/Asset.sol";
import {Order, OrderRef} from "../../contracts/types/Order.sol";
import {Point} from "../../contracts/types/Point.sol";

/// @notice Each step of a sale that moves money, from any state, for all prices and bonds.
/// @custom:halmos --panic-error-codes 0x01,0x11,0x12
contract ExchangeProofs is Symbolic {
    address private constant REFEREE = address(0xF);
    address private constant EXCHANGE = address(0xE);
    bytes32 private constant CLOSED = bytes32(uint256(1));

    Vault private _vault;
    Assets private _assets;
    Exchange private _exchange;

    function setUp() public {
        _vault = new Vault(new TestToken());
        _assets = new Assets(_vault, EXCHANGE, address(0xB));
        VM.etch(EXCHANGE, address(new Exchange(_vault, _assets, REFEREE)).code);
        _exchange = Exchange(EXCHANGE);
        SVM.enableSymbolicStorage(address(_vault));
        SVM.enableSymbolicStorage(address(_assets));
        SVM.enableSymbolicStorage(EXCHANGE);
    }

    function check_order__locks_the_price(
        address buyer,
        bytes32 salt,
        uint256 assetId,
        AssetTerms calldata terms,
        Point calldata ephemeral,
        address keyLock,
        uint40 moment
    ) public at(moment) {
        (uint256 free, uint256 held) = (_vault.balanceOf(buyer), _vault.bucketOf(EXCHANGE, assetId));
        VM.assume(held <= type(uint128).max);
        bytes32 offered = _assets.termsHashOf(assetId);

        VM.prank(buyer);
        uint256 id = _exchange.order(salt, assetId, terms, ephemeral, keyLock);

        assert(offered == keccak256(abi.encode(terms)));
        assert(_vault.balanceOf(buyer) == free - terms.price);
        assert(_vault.bucketOf(EXCHANGE, assetId) == held + terms.price);
        assert(keyLock != address(0) && id == _exchange.orderIdOf(buyer, salt));
    }

    function check_settle__moves_nothing(uint256 id, Order calldata order, uint256 t, address owner, uint40 moment) public at(moment) {
        (uint256 free, uint256 held) = (_vault.balanceOf(owner), _vault.bucketOf(EXCHANGE, order.assetId));

        _exchange.settle(id, order, t);

        assert(_vault.balanceOf(owner) == free && _vault.bucketOf(EXCHANGE, order.assetId) == held);
        assert(block.timestamp <= order.deadline);
    }

    function check_refund__pays_the_buyer_once(uint256 id, Order calldata order, address other, uint40 moment) public at(moment) {
        VM.assume(other != order.buyer);
        (uint256 free, uint256 held) = (_vault.balanceOf(order.buyer), _vault.bucketOf(EXCHANGE, order.assetId));
        uint256 kept = _vault.balanceOf(other);
        VM.assume(free <= type(uint128).max);

        _exchange.refund(id, order);

        assert(_vault.balanceOf(order.buyer) == free + order.price);
        assert(_vault.bucketOf(EXCHANGE, order.assetId) == held - order.price);
        assert(_vault.balanceOf(other) == kept);
        assert(_exchange.stateOf(id) == CLOSED && block.timestamp > order.deadline);
        (bool again,) = EXCHANGE.call(abi.encodeCall(Exchange.refund, (id, order)));
        assert(!again);
    }

    function check_collect__moves_the_prices_to_their_assets(OrderRef calldata one, OrderRef calldata two, uint40 moment) public at(moment) {
        VM.assume(one.order.assetId != two.order.assetId);
        VM.assume(uint256(keccak256(abi.encode(two.order))) >> 40 != 0); // nobody finds an order with such a hash
        OrderRef[] memory refs = new OrderRef[](2);
        (refs[0], refs[1]) = (one, two);
        (uint256 a, uint256 b) =
            (_vault.bucketOf(EXCHANGE, one.order.assetId), _vault.bucketOf(EXCHANGE, two.order.assetId));
        uint256 x = _vault.bucketOf(address(_assets), one.order.assetId);
        uint256 y = _vault.bucketOf(address(_assets), two.order.assetId);
        VM.assume(x <= type(uint128).max && y <= type(uint128).max);

        _exchange.collect(refs);

        assert(_vault.bucketOf(EXCHANGE, one.order.assetId) == a - one.order.price);
        assert(_vault.bucketOf(EXCHANGE, two.order.assetId) == b - two.order.price);
        assert(_vault.bucketOf(address(_assets), one.order.assetId) == x + one.order.price);
        assert(_vault.bucketOf(address(_assets), two.order.assetId) == y + two.order.price);
        assert(_exchange.stateOf(one.orderId) == CLOSED && _exchange.stateOf(two.orderId) == CLOSED);
        assert(one.orderId != two.orderId);
    }

    function check_collect__of_one_asset__moves_the_sum(OrderRef calldata one, OrderRef calldata two, uint40 moment) public at(moment) {
        VM.assume(one.order.assetId == two.order.assetId);
        VM.assume(uint256(keccak256(abi.encode(two.order))) >> 40 != 0); // nobody finds an order with such a hash
        OrderRef[] memory refs = new OrderRef[](2);
        (refs[0], refs[1]) = (one, two);
        uint256 held = _vault.bucketOf(EXCHANGE, one.order.assetId);
        uint256 there = _vault.bucketOf(address(_assets), one.order.assetId);
        VM.assume(there <= type(uint128).max);

        _exchange.collect(refs);

        uint256 sum = uint256(one.order.price) + two.order.price;
        assert(_vault.bucketOf(EXCHANGE, one.order.assetId) == held - sum);
        assert(_vault.bucketOf(address(_assets), one.order.assetId) == there + sum);
        assert(one.orderId != two.orderId);
    }

    function check_reverse__pays_the_buyer_and_takes_the_bond(
        uint256 id,
        Order calldata order,
        AssetTerms calldata terms,
        uint40 moment
    ) public at(moment) {
        VM.assume(_vault.balanceOf(order.buyer) <= type(uint128).max);
        (uint256 free, uint256 held) = (_vault.balanceOf(order.buyer), _vault.bucketOf(EXCHANGE, order.assetId));
        uint256 bonds = _vault.bucketOf(address(_assets), uint160(terms.seller));
        bool over = _assets.termsHashOf(order.assetId) == CLOSED;

        VM.prank(REFEREE);
        _exchange.reverse(id, order, terms);

        uint256 bond = over ? 0 : terms.bond;
        assert(_vault.balanceOf(order.buyer) == free + order.price + bond / 4);
        assert(_vault.bucketOf(EXCHANGE, order.assetId) == held - order.price);
        assert(_vault.bucketOf(address(_assets), uint160(terms.seller)) == bonds - bond);
        assert(_exchange.stateOf(id) == CLOSED);
    }

    function check_reverse__by_the_referee_alone(
        address caller,
        uint256 id,
        Order calldata order,
        AssetTerms calldata terms
    ) public {
        VM.assume(caller != REFEREE);
        VM.prank(caller);
        (bool ok,) = EXCHANGE.call(abi.encodeCall(Exchange.reverse, (id, order, terms)));
        assert(!ok);
    }
}
