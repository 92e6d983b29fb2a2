// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBounties} from "./interfaces/IBounties.sol";
import {IExchange} from "./interfaces/IExchange.sol";
import {IPanels} from "./interfaces/IPanels.sol";
import {IReferee} from "./interfaces/IReferee.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Challenges} from "./libraries/Challenges.sol";
import {DemandBook, Demands} from "./libraries/Demands.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {Pieces} from "./libraries/Pieces.sol";
import {Scores} from "./libraries/Scores.sol";
import {AssetTerms} from "./types/Asset.sol";
import {TermsRef} from "./types/Bounty.sol";
import {NodeProof, RowProof, ScoredCase, TreesProof} from "./types/Challenge.sol";
import {Demand, DemandTerms, Line, Question} from "./types/Demand.sol";
import {Order} from "./types/Order.sol";
import {ContentParts, PieceProof} from "./types/Piece.sol";

/// @title Referee
/// @notice See {IReferee}, which says what each function does and requires.
contract Referee is IReferee {
    using Demands for DemandBook;

    /* IMMUTABLES */

    IVault public immutable VAULT;
    IExchange public immutable EXCHANGE;
    IBounties public immutable BOUNTIES;
    IPanels public immutable PANELS;

    /* STORAGE */

    mapping(bytes32 hash => uint256 number) private _commitments; // blocks of challenges that wait
    DemandBook private _demands;

    /* CONSTRUCTOR */

    constructor(IVault vault, IExchange exchange, IBounties bounties, IPanels panels) {
        VAULT = vault;
        EXCHANGE = exchange;
        BOUNTIES = bounties;
        PANELS = panels;
    }

    /* BUYERS' ACTIONS */

    /// @inheritdoc IReferee
    function disputePiece(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        PieceProof calldata proof
    ) external {
        // Checks
        _requireBuyer(orderId, order);
        Pieces.requireWrong(terms.key, terms.contentRoot, proof);

        // Effects
        emit PieceDisproved(orderId, proof.index, proof.key);

        // Interactions: order, terms and window are checked there
        EXCHANGE.reverse(orderId, order, terms);
    }

    /// @inheritdoc IReferee
    function disputeLength(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        ContentParts calldata parts
    ) external {
        // Checks
        _requireBuyer(orderId, order);
        Pieces.requireLie(terms.contentRoot, parts);

        // Effects
        emit LengthDisproved(orderId, parts.length, parts.pieces);

        // Interactions: order, terms and window are checked there
        EXCHANGE.reverse(orderId, order, terms);
    }

    /* CHALLENGERS' ACTIONS */

    /// @inheritdoc IReferee
    function commit(bytes32 hash) external {
        Challenges.commit(_commitments, hash);
    }

    /// @inheritdoc IReferee
    function challengeLinear(ScoredCase calldata one, RowProof calldata row, bytes calldata model) external {
        // Checks
        Challenges.take(_commitments);
        (uint256 bountyId, TermsRef memory terms) = Challenges.requireVerdict(BOUNTIES, PANELS, one);
        Scores.linear(one, row, model);

        // Effects
        emit RowDisproved(bountyId, row.index);

        // Interactions: stage and window are checked there
        BOUNTIES.voidVerdict(terms, msg.sender);
    }

    /// @inheritdoc IReferee
    function challengeTrees(ScoredCase calldata one, RowProof calldata row, TreesProof calldata trees) external {
        // Checks
        Challenges.take(_commitments);
        (uint256 bountyId, TermsRef memory terms) = Challenges.requireVerdict(BOUNTIES, PANELS, one);
        Scores.trees(one, row, trees);

        // Effects
        emit RowDisproved(bountyId, row.index);

        // Interactions: stage and window are checked there
        BOUNTIES.voidVerdict(terms, msg.sender);
    }

    /// @inheritdoc IReferee
    function challengeNode(ScoredCase calldata one, NodeProof calldata node) external {
        // Checks
        Challenges.take(_commitments);
        (uint256 bountyId, TermsRef memory terms) = Challenges.requireVerdict(BOUNTIES, PANELS, one);
        Scores.node(one, node);

        // Effects
        emit NodeDisproved(bountyId, node.level, node.index);

        // Interactions: stage and window are checked there
        BOUNTIES.voidVerdict(terms, msg.sender);
    }

    /* DEMANDS */

    /// @inheritdoc IReferee
    function demand(ScoredCase calldata one, Question calldata question, bytes calldata trees)
        external
        returns (uint256 demandId)
    {
        Challenges.take(_commitments);
        return _demands.open(_house(), one, question, trees);
    }

    /// @inheritdoc IReferee
    function ask(DemandTerms calldata terms, Question calldata question, bytes calldata trees) external {
        _demands.ask(_house(), terms, question, trees);
    }

    /// @inheritdoc IReferee
    function answer(DemandTerms calldata terms, bytes calldata data) external {
        _demands.answer(_house(), terms, data);
    }

    /// @inheritdoc IReferee
    function enforce(TermsRef calldata bounty, DemandTerms calldata terms) external {
        _demands.enforce(_house(), bounty, terms);
    }

    /// @inheritdoc IReferee
    function settle(DemandTerms calldata terms) external {
        _demands.settle(_house(), terms);
    }

    /* VIEWS */

    /// @inheritdoc IReferee
    function demandOf(uint256 demandId) external view returns (Demand memory) {
        return _demands.demands[demandId];
    }

    /// @inheritdoc IReferee
    function lineOf(uint256 bountyId) external view returns (Line memory) {
        return _demands.lines[bountyId];
    }

    /// @inheritdoc IReferee
    function committedAt(bytes32 hash) external view returns (uint256) {
        return _commitments[hash];
    }

    /* INTERNAL */

    function _house() private view returns (Demands.House memory) {
        return Demands.House(VAULT, BOUNTIES, PANELS);
    }

    /// @dev That `order` is the order `orderId` is checked by {IExchange.reverse}.
    function _requireBuyer(uint256 orderId, Order calldata order) private view {
        require(msg.sender == order.buyer, Errors.Referee_NotBuyer(orderId, msg.sender, order.buyer));
    }
}
