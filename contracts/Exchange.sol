// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssets} from "./interfaces/IAssets.sol";
import {IExchange} from "./interfaces/IExchange.sol";
import {IVault} from "./interfaces/IVault.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {KeyEquation} from "./libraries/KeyEquation.sol";
import {AssetTerms} from "./types/Asset.sol";
import {Order, OrderRef} from "./types/Order.sol";
import {Point} from "./types/Point.sol";

/// @title Exchange
/// @notice See {IExchange}, which says what each function does and requires.
contract Exchange is IExchange {
    /* IMMUTABLES */

    IVault public immutable VAULT;
    IAssets public immutable ASSETS;
    address public immutable REFEREE;

    /* STORAGE */

    bytes32 private constant CLOSED = bytes32(uint256(1));
    uint256 private constant TIME_MASK = type(uint40).max;

    mapping(uint256 orderId => bytes32 state) private _orders;

    /* CONSTRUCTOR */

    constructor(IVault vault, IAssets assets, address referee) {
        VAULT = vault;
        ASSETS = assets;
        REFEREE = referee;
    }

    /* BUYER'S ACTIONS */

    /// @inheritdoc IExchange
    function order(
        bytes32 salt,
        uint256 assetId,
        AssetTerms calldata terms,
        Point calldata ephemeral,
        address keyLock
    ) external returns (uint256 orderId) {
        // Checks
        orderId = orderIdOf(msg.sender, salt);
        require(_orders[orderId] == 0, Errors.Exchange_Exists(orderId));
        require(keyLock != address(0), Errors.Exchange_BadLock(orderId));
        require(
            KeyEquation.ofPoint(ephemeral) != address(0), Errors.Exchange_BadPoint(ephemeral.x, ephemeral.parity)
        );
        bytes32 termsHash = keccak256(abi.encode(terms));
        bytes32 offered = ASSETS.termsHashOf(assetId);
        require(termsHash == offered, Errors.Exchange_NotOffered(assetId, termsHash, offered));

        // Effects
        Order memory made = Order({
            assetId: assetId,
            termsHash: termsHash,
            buyer: msg.sender,
            keyLock: keyLock,
            price: terms.price,
            deadline: uint40(block.timestamp + terms.settleWindow), // both far below 2^40
            disputeWindow: terms.disputeWindow
        });
        _orders[orderId] = _open(keccak256(abi.encode(made)));
        emit OrderFunded(orderId, assetId, msg.sender, made, ephemeral);

        // Interactions
        VAULT.lock(assetId, msg.sender, terms.price);
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IExchange
    function settle(uint256 orderId, Order calldata order_, uint256 t) external {
        // Checks
        bytes32 open = _requireOpen(orderId, order_);
        require(
            block.timestamp <= order_.deadline,
            Errors.Exchange_AfterDeadline(orderId, block.timestamp, order_.deadline)
        );
        address got = KeyEquation.ofScalar(t);
        require(got == order_.keyLock, Errors.Exchange_WrongKey(orderId, got, order_.keyLock));

        // Effects
        _orders[orderId] = open | bytes32(block.timestamp);
        emit OrderSettled(orderId, order_.assetId, t);
    }

    /// @inheritdoc IExchange
    function refund(uint256 orderId, Order calldata order_) external {
        // Checks
        _requireOpen(orderId, order_);
        require(
            block.timestamp > order_.deadline,
            Errors.Exchange_BeforeDeadline(orderId, block.timestamp, order_.deadline)
        );

        // Effects
        _orders[orderId] = CLOSED;
        emit OrderRefunded(orderId, order_.buyer, order_.price);

        // Interactions
        VAULT.pay(order_.assetId, order_.buyer, order_.price);
    }

    /// @inheritdoc IExchange
    function collect(OrderRef[] calldata refs) external {
        uint256 sum;
        for (uint256 i = 0; i < refs.length; i++) {
            // Checks
            Order calldata order_ = refs[i].order;
            uint256 orderId = refs[i].orderId;
            uint256 end = _requireSettled(orderId, order_) + order_.disputeWindow;
            require(block.timestamp > end, Errors.Exchange_InDispute(orderId, block.timestamp, end));

            // Effects
            _orders[orderId] = CLOSED;
            emit OrderCollected(orderId, order_.assetId, order_.price);
            sum += order_.price;

            // Interactions
            if (i + 1 == refs.length || refs[i + 1].order.assetId != order_.assetId) {
                VAULT.move(order_.assetId, sum, address(ASSETS), order_.assetId);
                sum = 0;
            }
        }
    }

    /* REFEREE'S ACTIONS */

    /// @inheritdoc IExchange
    function reverse(uint256 orderId, Order calldata order_, AssetTerms calldata terms) external {
        // Checks
        require(msg.sender == REFEREE, Errors.Exchange_NotReferee(msg.sender, REFEREE));
        uint256 end = _requireSettled(orderId, order_) + order_.disputeWindow;
        require(block.timestamp <= end, Errors.Exchange_DisputeOver(orderId, block.timestamp, end));
        bytes32 got = keccak256(abi.encode(terms));
        require(got == order_.termsHash, Errors.Exchange_NotOffered(order_.assetId, got, order_.termsHash));

        // Effects
        _orders[orderId] = CLOSED;
        emit OrderReversed(orderId, order_.buyer, order_.price);

        // Interactions
        VAULT.pay(order_.assetId, order_.buyer, order_.price);
        ASSETS.slashBond(order_.assetId, terms, order_.buyer);
    }

    /* VIEWS */

    /// @inheritdoc IExchange
    function stateOf(uint256 orderId) external view returns (bytes32) {
        return _orders[orderId];
    }

    /// @inheritdoc IExchange
    function orderIdOf(address buyer, bytes32 salt) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), buyer, salt)));
    }

    /* INTERNAL */

    function _open(bytes32 orderHash) private pure returns (bytes32) {
        return bytes32(uint256(orderHash) & ~TIME_MASK);
    }

    function _requireOpen(uint256 orderId, Order calldata order_) private view returns (bytes32 got) {
        got = _open(keccak256(abi.encode(order_)));
        bytes32 state = _orders[orderId];
        require(got == state, Errors.Exchange_NotOpen(orderId, got, state));
    }

    /// @return settledAt Unix time, seconds.
    function _requireSettled(uint256 orderId, Order calldata order_) private view returns (uint256 settledAt) {
        bytes32 got = _open(keccak256(abi.encode(order_)));
        bytes32 state = _orders[orderId];
        settledAt = uint256(state) & TIME_MASK;
        require(
            settledAt != 0 && got == _open(state), Errors.Exchange_NotSettled(orderId, got, state)
        );
    }
}
