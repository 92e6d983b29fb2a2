// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetTerms} from "../types/Asset.sol";
import {Order, OrderRef} from "../types/Order.sol";
import {Point} from "../types/Point.sol";

/// @notice Sells the key of an asset against money, in one step.
/// @dev An artifact is encrypted under k, and K = k*G is in the terms. The buyer makes B = b*G and S = b*P, and
///      h = keccak256(abi.encode(address(S), chain, this contract, order id)) mod n. The order carries address(K + h*G).
///      Whoever shows t with address(t*G) equal to it has given the buyer k = t - h, and nobody else anything.
///      Money lies in the Vault's bucket (this contract, asset id) until the dispute window of its order is over.
interface IExchange {
    /// @notice Emitted when a buyer's money was locked.
    event OrderFunded(
        uint256 indexed orderId, uint256 indexed assetId, address indexed buyer, Order order, Point ephemeral
    );
    /// @notice Emitted when the key was handed over.
    event OrderSettled(uint256 indexed orderId, uint256 indexed assetId, uint256 t);
    /// @notice Emitted when the buyer's money went back.
    event OrderRefunded(uint256 indexed orderId, address indexed buyer, uint256 amount);
    /// @notice Emitted when the income of an order went to the asset.
    event OrderCollected(uint256 indexed orderId, uint256 indexed assetId, uint256 amount);
    /// @notice Emitted when a wrong file was disproved and the buyer's money went back.
    event OrderReversed(uint256 indexed orderId, address indexed buyer, uint256 amount);

    /// @notice Orders an asset under the terms that the buyer saw, and locks the price.
    ///
    /// Requirements:
    /// - the asset is listed under exactly these terms;
    /// - the ephemeral point B is on the curve; the key lock is not zero;
    /// - the buyer has approved this contract at the Vault, and has the price there.
    ///
    /// Emits {OrderFunded}.
    /// @return orderId {orderIdOf} of the caller and salt.
    function order(
        bytes32 salt,
        uint256 assetId,
        AssetTerms calldata terms,
        Point calldata ephemeral,
        address keyLock
    ) external returns (uint256 orderId);

    /// @notice Opens the key lock. Only who has k and h can.
    ///
    /// Requirements:
    /// - `order_` is the open order `orderId`, its deadline has not passed;
    /// - address(t*G) is its key lock.
    ///
    /// Emits {OrderSettled}.
    /// @dev Warning: `t` is public as soon as it is broadcast. Send it only while inclusion before the deadline is safe.
    function settle(uint256 orderId, Order calldata order_, uint256 t) external;

    /// @notice Gives the buyer his money back, after the deadline. Anybody may call it.
    ///
    /// Emits {OrderRefunded}.
    function refund(uint256 orderId, Order calldata order_) external;

    /// @notice Moves the income of settled orders to their assets, after their dispute windows. Anybody may call it.
    /// @dev Cheapest if orders of one asset stand together.
    ///
    /// Emits {OrderCollected} for each.
    function collect(OrderRef[] calldata refs) external;

    /// @notice Refunds a settled order whose file was disproved. Only the referee may call it, in the dispute window.
    ///
    /// Emits {OrderReversed}.
    /// @param terms Terms of the asset that the order pinned.
    function reverse(uint256 orderId, Order calldata order_, AssetTerms calldata terms) external;

    /// @notice What is stored of an order: 0 never existed; 1 closed; else its hash with the low 40 bits replaced by
    ///         the Unix time of its settlement, zero while it is open.
    function stateOf(uint256 orderId) external view returns (bytes32);

    /// @notice The id of an order: the hash of chain, contract, buyer and his salt.
    function orderIdOf(address buyer, bytes32 salt) external view returns (uint256);
}
