// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetTerms} from "../types/Asset.sol";
import {TermsRef} from "../types/Bounty.sol";
import {ModelProof, NodeProof, RowProof, ScoredCase, TreesProof} from "../types/Challenge.sol";
import {Demand, DemandTerms, Line, Question} from "../types/Demand.sol";
import {Order} from "../types/Order.sol";
import {ContentParts, PieceProof} from "../types/Piece.sol";

/// @notice Decides disputes by recomputing what is disputed. Nobody is asked, and nobody can be.
/// @dev docs/disputes.md says what can be disproved, and what can't.
interface IReferee {
    /// @notice Emitted when a piece of a sold file was shown to be wrong.
    /// @param key `k` of the file, which is public now.
    event PieceDisproved(uint256 indexed orderId, uint256 index, uint256 key);
    /// @notice Emitted when the length of a sold file was shown to be a lie.
    event LengthDisproved(uint256 indexed orderId, uint256 length, uint256 pieces);
    /// @notice Emitted when somebody committed to a challenge.
    event ChallengeCommitted(bytes32 indexed hash, address indexed sender);
    /// @notice Emitted when the evidence of a verdict was shown to be wrong about a row.
    event RowDisproved(uint256 indexed bountyId, uint256 index);
    /// @notice Emitted when a node of the evidence of a verdict was shown to be wrong.
    event NodeDisproved(uint256 indexed bountyId, uint256 level, uint256 index);
    /// @notice Emitted when a model that was scored was shown to be none.
    event ModelDisproved(uint256 indexed bountyId);
    /// @notice Emitted when the evidence root of a verdict was shown to be made of something else than it must.
    event RootDisproved(uint256 indexed bountyId);
    /// @notice Emitted when a piece of a file that a panel vouched for was shown to be wrong.
    /// @param rows It is that of the rows; else that of the candidate's model.
    /// @param key Its `k`, which is public now.
    event FilePieceDisproved(uint256 indexed bountyId, bool rows, uint256 index, uint256 key);
    /// @notice Emitted when the length of a file that a panel vouched for was shown to be a lie.
    event FileLengthDisproved(uint256 indexed bountyId, bool rows, uint256 length, uint256 pieces);
    /// @notice Emitted when opened rows were shown to be something else than a panel said.
    /// @param good What they are.
    event RowsDisproved(uint256 indexed bountyId, bool good);

    /// @notice Emitted when somebody demanded what a verdict was made of.
    event DemandOpened(
        uint256 indexed demandId, uint256 indexed bountyId, address indexed demander, DemandTerms terms
    );
    /// @notice Emitted with every question of a demand, the first one too.
    event QuestionAsked(uint256 indexed demandId, Question question, uint256 deadline);
    /// @notice Emitted when a question was answered; until the deadline the demander may ask on.
    event DemandAnswered(
        uint256 indexed demandId, uint256 indexed bountyId, address indexed who, uint256 deadline, bytes data
    );
    /// @notice Emitted when nobody answered in time: the verdict is void, the bond went back.
    event DemandUnanswered(uint256 indexed demandId, uint256 indexed bountyId, address indexed demander);
    /// @notice Emitted when the bond of a demand was paid out: so much to those who answered, so much back, the rest burned.
    event DemandSettled(uint256 indexed demandId, uint256 indexed bountyId, uint256 paid, uint256 back);

    /// @notice Shows one piece of a sold file that does not decrypt to what the seller committed to: the price of the order
    ///         goes back to its buyer, the listing loses its bond, a quarter of it to him, and is not sold any more.
    ///
    /// Requirements:
    /// - the caller is the buyer of the order, which is settled and in its dispute window ({IExchange.reverse});
    /// - `terms` are those that he ordered under;
    /// - {PieceProof.key} is the scalar of their key, and the piece is below their content root;
    /// - its ciphertext decrypts to something else than the plain side of its leaf, or has a wrong length.
    ///
    /// Emits {PieceDisproved}.
    /// @dev Warning: makes the file's key public. Try it on a node of one's own only, before it is sent.
    function disputePiece(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        PieceProof calldata proof
    ) external;

    /// @notice Shows that the content root of a sold file has a number of pieces that its length does not give. With the
    ///         same consequence; needs no key.
    ///
    /// Emits {LengthDisproved}.
    function disputeLength(
        uint256 orderId,
        Order calldata order,
        AssetTerms calldata terms,
        ContentParts calldata parts
    ) external;

    /// @notice Commits to a challenge of a verdict, so that nobody can send what he sees in its place. It counts for verdicts that
    ///         are there, not for later ones.
    ///
    /// Requirements:
    /// - it was not committed before.
    ///
    /// Emits {ChallengeCommitted}.
    /// @param hash keccak256(abi.encode(challenger, keccak256(the whole data of the call that will challenge))).
    function commit(bytes32 hash) external;

    /// @notice Shows one row about which the evidence of a scored verdict is wrong, with the linear model that was scored. The
    ///         verdict is void ({IBounties.voidVerdict}), the caller rewarded out of its signers' bonds ({IPanels.collect}).
    ///
    /// Requirements:
    /// - this very call was committed for the caller in an earlier block, since the round came to the verdict;
    /// - the case is that of a bounty in its window: terms, submission of the candidate, and the finding of its panel;
    /// - row and leaf lead to the rows' root and to the evidence root, `model` are the bytes that the submission names;
    /// - what the record says is not what the model gives, or not what its leaf says, or the root is a lie, or the bytes are
    ///   no canonical model.
    ///
    /// Emits {RowDisproved}.
    function challengeLinear(ScoredCase calldata one, RowProof calldata row, bytes calldata model) external;

    /// @notice The same of a model of trees. What contradicts itself needs no tree; a wrong contribution needs its tree.
    ///
    /// Emits {RowDisproved}.
    function challengeTrees(ScoredCase calldata one, RowProof calldata row, TreesProof calldata trees) external;

    /// @notice Shows one node of the evidence of a scored verdict that is wrong: its children do not add up to it, a count is not
    ///         that of its place, beyond the last row is something else than zeros, or the root says other sums.
    ///
    /// Requirements:
    /// - as for {challengeLinear}, the node leading to the evidence root.
    ///
    /// Emits {NodeDisproved}.
    function challengeNode(ScoredCase calldata one, NodeProof calldata node) external;

    /// @notice Shows that a model that was scored is none: no canonical model has this head, these linear bytes, or this node
    ///         of a tree, on the way of a row or not; nor has one more than 64 nodes above a leaf. Needs no evidence.
    ///
    /// Requirements:
    /// - as for {challengeLinear}, without its row;
    /// - what is shown leads to the model's hash.
    ///
    /// Emits {ModelDisproved}.
    function challengeModel(ScoredCase calldata one, ModelProof calldata model) external;

    /// @notice Shows what the evidence root was made of: another label, length, count or other sums than it must have. No other
    ///         proof fits such evidence.
    ///
    /// Requirements:
    /// - as for {challengeLinear}, without its row.
    ///
    /// Emits {RootDisproved}.
    function challengeRoot(ScoredCase calldata one, bytes calldata preimage) external;

    /// @notice Shows one piece of a file that a panel vouched for which does not decrypt to what was committed to: of the
    ///         candidate's model, if it was scored; or of the rows, if they were called good or a model was scored on them.
    ///
    /// Requirements:
    /// - as for {challengeLinear}, without its row; about rows the submission is not looked at;
    /// - {PieceProof.key} is the scalar of the file's key, and the piece is below its content root;
    /// - its ciphertext decrypts to something else than the plain side of its leaf, or has a wrong length.
    ///
    /// Emits {FilePieceDisproved}.
    /// @dev Warning: makes the model's key public. Try it on a node of one's own only, before it is sent.
    function challengePiece(ScoredCase calldata one, bool rows, PieceProof calldata proof) external;

    /// @notice The same, if the content root says another length than the terms or the submission, or a number of pieces that
    ///         its length does not give; needs no key.
    ///
    /// Emits {FileLengthDisproved}.
    function challengeLength(ScoredCase calldata one, bool rows, ContentParts calldata parts) external;

    /// @notice Shows the whole artifact of the opened rows: they are good, and were called bad; or the other way round, which
    ///         scores say, too. For files that fit a transaction.
    ///
    /// Requirements:
    /// - as for {challengePiece} about rows;
    /// - `artifact` is the file that the terms name, `key` its scalar.
    ///
    /// Emits {RowsDisproved}.
    function challengeRows(ScoredCase calldata one, uint256 key, bytes calldata artifact) external;

    /// @notice Demands what a scored verdict was made of, bonded: it is answered in time, or the verdict is void and its signers
    ///         pay ({enforce}). Its window lasts until the demand is over, and as long again as a reveal may take.
    ///
    /// Requirements:
    /// - this very call was committed for the caller in an earlier block, so that nobody can copy it and be first;
    /// - the case is that of a bounty in its window, which ends now no sooner than when it began;
    /// - the question has an answer if evidence and model are honest;
    /// - a model is demanded by the requester only, and only if its score is not worse than claimed;
    /// - the caller has the bond in the Vault, and approved the referee for it: a sixteenth of the reward for the first demand of a
    ///   verdict, twice that for the second, and so on.
    ///
    /// Emits {DemandOpened} and {QuestionAsked}.
    /// @param trees What is asked for being the trees' contributions: head, number of trees and bases of the model, and the root over
    ///        its trees. Empty else.
    function demand(ScoredCase calldata one, Question calldata question, bytes calldata trees)
        external
        returns (uint256 demandId);

    /// @notice Goes on with a demand, below what was answered.
    ///
    /// Requirements:
    /// - the caller opened it, its last question was answered, and the time to go on is not over;
    /// - it has had fewer answers than it may have.
    ///
    /// Emits {QuestionAsked}.
    function ask(DemandTerms calldata terms, Question calldata question, bytes calldata trees) external;

    /// @notice Answers. Anybody may; the candidate's maker and the owners of the seats that signed earn an eighth of the bond each time, if
    ///         the verdict stands in the end.
    ///
    /// Requirements:
    /// - the demand waits for an answer, and its time is not over;
    /// - what is shown leads to the evidence root that was attested, or to the model's hash, and adds up on the way.
    ///
    /// Emits {DemandAnswered}.
    /// @param data docs/disputes.md has the formats.
    function answer(DemandTerms calldata terms, bytes calldata data) external;

    /// @notice Voids the verdict ({IBounties.voidVerdict}), for nobody answered in time. Anybody may call it; the demander counts as
    ///         the challenger, and has his bond back.
    ///
    /// Requirements:
    /// - the last question was not answered, and the time for that is over;
    /// - `bounty` are the terms of the bounty, and the verdict that the demand is about stands.
    ///
    /// Emits {DemandUnanswered}.
    function enforce(TermsRef calldata bounty, DemandTerms calldata terms) external;

    /// @notice Pays the bond of a demand out: back if the verdict was voided; else to who answered, the rest burned, or back if there
    ///         was no answer to the last question. Anybody may call it.
    ///
    /// Requirements:
    /// - the verdict was voided, or its window is over;
    /// - it was not settled before.
    ///
    /// Emits {DemandSettled}.
    function settle(DemandTerms calldata terms) external;

    /// @notice The demand of that id.
    function demandOf(uint256 demandId) external view returns (Demand memory);

    /// @notice The demands of the verdict of a bounty that was demanded of last.
    function lineOf(uint256 bountyId) external view returns (Line memory);

    /// @notice The block in which a challenge was committed that was not decided yet; zero if there is none.
    function committedAt(bytes32 hash) external view returns (uint256);
}
