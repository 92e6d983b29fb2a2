// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What an order promises. Stored as one hash; the fields travel in calldata and in the log.
struct Order {
    uint256 assetId;
    bytes32 termsHash; // what the buyer saw
    address buyer;
    address keyLock; // address(K + h*G)
    uint128 price; // token base units
    uint40 deadline; // Unix time, seconds: the last moment to settle
    uint32 disputeWindow; // seconds
}

/// @notice An order with its id, for batches.
struct OrderRef {
    uint256 orderId;
    Order order;
}
