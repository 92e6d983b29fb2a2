// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SaleHouse} from "./support/SaleHouse.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {AssetTerms} from "../../contracts/types/Asset.sol";
import {Order, OrderRef} from "../../contracts/types/Order.sol";
import {Point} from "../../contracts/types/Point.sol";

/// @notice What each step of a sale moves, to the unit and to the second, and who may do it.
contract ExchangeMoney is SaleHouse {
    uint256 internal constant PRICE = 501;
    uint256 internal assetId;
    AssetTerms internal terms;

    function setUp() public {
        _build();
        terms = _terms(PRICE, 1003);
        assetId = _list(1, terms);
    }

    /* ORDER */

    function test_order__locks_the_price_in_the_bucket_of_the_asset() public {
        (uint256 id, Order memory made) = _order(1);
        assertEq(vault.balanceOf(BUYER), 1e9 - PRICE);
        assertEq(vault.bucketOf(address(exchange), assetId), PRICE);
        assertEq(id, uint256(keccak256(abi.encode(block.chainid, address(exchange), BUYER, bytes32(uint256(1))))));
        assertEq(exchange.stateOf(id), bytes32((uint256(keccak256(abi.encode(made))) >> 40) << 40));
    }

    function test_order__same_salt__reverts_exists() public {
        (uint256 id,) = _order(1);
        _rejects(abi.encodeWithSelector(Errors.Exchange_Exists.selector, id), 1, terms, terms.key, vm.addr(5));
    }

    function test_order__no_lock__reverts_bad_lock() public {
        uint256 id = exchange.orderIdOf(BUYER, bytes32(uint256(1)));
        _rejects(abi.encodeWithSelector(Errors.Exchange_BadLock.selector, id), 1, terms, terms.key, address(0));
    }

    function test_order__point_not_on_the_curve__reverts_bad_point() public {
        bytes memory why = abi.encodeWithSelector(Errors.Exchange_BadPoint.selector, KeyEquation.N, 0);
        _rejects(why, 1, terms, Point(KeyEquation.N, 0), vm.addr(5));
        why = abi.encodeWithSelector(Errors.Exchange_BadPoint.selector, terms.key.x, 2);
        _rejects(why, 1, terms, Point(terms.key.x, 2), vm.addr(5));
    }

    function test_order__other_terms__reverts_not_offered() public {
        bytes32 offered = keccak256(abi.encode(terms));
        AssetTerms memory cheap = _terms(PRICE - 1, 1003);
        bytes32 got = keccak256(abi.encode(cheap));
        bytes memory why = abi.encodeWithSelector(Errors.Exchange_NotOffered.selector, assetId, got, offered);
        _rejects(why, 1, cheap, terms.key, vm.addr(5));
    }

    /* SETTLE AND REFUND */

    function test_settle__at_the_deadline__goes_through_once() public {
        (uint256 id, Order memory made) = _order(1);
        bytes32 open = exchange.stateOf(id);
        vm.warp(made.deadline);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Exchange_BeforeDeadline.selector, id, made.deadline, made.deadline)
        );
        exchange.refund(id, made);
        vm.warp(made.deadline - 1);
        vm.expectPartialRevert(Errors.Exchange_BeforeDeadline.selector);
        exchange.refund(id, made);
        vm.warp(made.deadline);
        exchange.settle(id, made, 5);
        assertEq(exchange.stateOf(id), open | bytes32(uint256(made.deadline)));
        assertEq(vault.bucketOf(address(exchange), assetId), PRICE);
        vm.expectPartialRevert(Errors.Exchange_NotOpen.selector);
        exchange.settle(id, made, 5);
        vm.warp(made.deadline + 1);
        vm.expectPartialRevert(Errors.Exchange_NotOpen.selector);
        exchange.refund(id, made);
    }

    function test_settle__past_the_deadline__reverts_and_the_buyer_is_refunded_once() public {
        (uint256 id, Order memory made) = _order(1);
        vm.warp(made.deadline + 1);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Exchange_AfterDeadline.selector, id, made.deadline + 1, made.deadline)
        );
        exchange.settle(id, made, 5);
        _order(2); // there is more in the bucket than this order's
        exchange.refund(id, made);
        assertEq(vault.balanceOf(BUYER), 1e9 - PRICE);
        assertEq(vault.bucketOf(address(exchange), assetId), PRICE);
        assertEq(exchange.stateOf(id), bytes32(uint256(1)));
        vm.expectPartialRevert(Errors.Exchange_NotOpen.selector);
        exchange.refund(id, made);
    }

    function test_settle__wrong_key__reverts_wrong_key() public {
        (uint256 id, Order memory made) = _order(1);
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Exchange_WrongKey.selector, id, vm.addr(6), made.keyLock)
        );
        exchange.settle(id, made, 6);
    }

    function test_settle__other_order__reverts_not_open() public {
        (uint256 id, Order memory made) = _order(1);
        made.price += 1;
        vm.expectPartialRevert(Errors.Exchange_NotOpen.selector);
        exchange.settle(id, made, 5);
        vm.warp(made.deadline + 1);
        vm.expectPartialRevert(Errors.Exchange_NotOpen.selector);
        exchange.refund(id, made);
    }

    /* COLLECT */

    function test_collect__at_the_end_of_the_dispute_window__reverts__a_second_later_pays_the_asset_once() public {
        vm.warp(block.timestamp | 1); // an odd second
        (uint256 id, Order memory made) = _settled(1);
        uint256 end = block.timestamp + made.disputeWindow;
        OrderRef[] memory refs = _refs(id, made);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_InDispute.selector, id, block.timestamp, end));
        exchange.collect(refs);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_InDispute.selector, id, end, end));
        exchange.collect(refs);
        vm.warp(end + 1);
        _order(2);
        exchange.collect(refs);
        assertEq(vault.bucketOf(address(exchange), assetId), PRICE);
        assertEq(vault.bucketOf(address(assets), assetId), PRICE);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        exchange.collect(refs);
    }

    function test_collect__order_not_settled_or_other__reverts_not_settled() public {
        (uint256 id, Order memory made) = _order(1);
        vm.warp(made.deadline + made.disputeWindow + 1);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        exchange.collect(_refs(id, made));
        (id, made) = _settled(2);
        vm.warp(block.timestamp + made.disputeWindow + 1);
        made.price += 1;
        _order(3);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        exchange.collect(_refs(id, made));
    }

    /// @dev Runs of one asset go up in one move each, in any order.
    function test_collect__several_assets__each_gets_its_own() public {
        uint256 other = _list(2, _terms(70, 0));
        OrderRef[] memory refs = new OrderRef[](5);
        for (uint256 i = 0; i < 5; i++) {
            bool second = i == 2 || i == 4;
            (uint256 id, Order memory made) = second ? _orderOf(other, _terms(70, 0), i + 1) : _order(i + 1);
            exchange.settle(id, made, 5);
            refs[i] = OrderRef(id, made);
        }
        vm.warp(block.timestamp + 2 days);
        vm.recordLogs();
        exchange.collect(refs);
        assertEq(vm.getRecordedLogs().length, 9); // five collected, four moves
        assertEq(vault.bucketOf(address(assets), assetId), 3 * PRICE);
        assertEq(vault.bucketOf(address(assets), other), 140);
        assertEq(vault.bucketOf(address(exchange), assetId), 0);
        assertEq(vault.bucketOf(address(exchange), other), 0);
    }

    /* REVERSE */

    function test_reverse__at_the_end_of_the_window__refunds_and_slashes() public {
        (uint256 id, Order memory made) = _settled(1);
        _order(2);
        vm.warp(block.timestamp + made.disputeWindow);
        vm.prank(REFEREE);
        exchange.reverse(id, made, terms);
        assertEq(vault.balanceOf(BUYER), 1e9 - PRICE + 250); // a quarter of the bond, rounded down
        assertEq(vault.bucketOf(address(exchange), assetId), PRICE);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), 0);
        assertEq(exchange.stateOf(id), bytes32(uint256(1)));
        vm.prank(REFEREE);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        exchange.reverse(id, made, terms);
    }

    function test_reverse__past_the_window__reverts_dispute_over() public {
        (uint256 id, Order memory made) = _settled(1);
        uint256 end = block.timestamp + made.disputeWindow;
        vm.warp(end + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_DisputeOver.selector, id, end + 1, end));
        vm.prank(REFEREE);
        exchange.reverse(id, made, terms);
    }

    function test_reverse__stranger__reverts_not_referee() public {
        (uint256 id, Order memory made) = _settled(1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_NotReferee.selector, BUYER, REFEREE));
        vm.prank(BUYER);
        exchange.reverse(id, made, terms);
    }

    function test_reverse__not_settled_or_other_terms__reverts_not_settled_or_not_offered() public {
        (uint256 id, Order memory made) = _order(1);
        vm.prank(REFEREE);
        vm.expectPartialRevert(Errors.Exchange_NotSettled.selector);
        exchange.reverse(id, made, terms);
        (id, made) = _settled(2);
        AssetTerms memory other = _terms(PRICE, 0);
        bytes32 got = keccak256(abi.encode(other));
        vm.prank(REFEREE);
        vm.expectRevert(abi.encodeWithSelector(Errors.Exchange_NotOffered.selector, assetId, got, made.termsHash));
        exchange.reverse(id, made, other);
    }

    /* INTERNAL */

    function _order(uint256 salt) private returns (uint256, Order memory) {
        return _orderOf(assetId, terms, salt);
    }

    function _settled(uint256 salt) private returns (uint256 id, Order memory made) {
        (id, made) = _order(salt);
        exchange.settle(id, made, 5);
    }

    function _refs(uint256 id, Order memory made) private pure returns (OrderRef[] memory refs) {
        refs = new OrderRef[](1);
        refs[0] = OrderRef(id, made);
    }

    function _rejects(bytes memory why, uint256 salt, AssetTerms memory t, Point memory point, address lock) private {
        vm.expectRevert(why);
        vm.prank(BUYER);
        exchange.order(bytes32(salt), assetId, t, point, lock);
    }
}
