// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Commitment, Pledge, ProofState, ProofTerms} from "../types/Proof.sol";

/// @notice Bounties whose score is proved in zero knowledge: the contract verifies that the committed model is good enough
///         on the committed rows and that what is published is that model, encrypted to the requester, and pays, at once.
/// @dev Stages, by time alone: committing, opening, proving. Money lies in the Vault's bucket (this contract, bounty id).
///      Rows are handed over by the key equation, to each maker by himself: h = keccak256(abi.encode(address(b*R), chain,
///      this contract, pledge id)) mod n. Actions count up to and at the deadline, exits after it.
///      Warning: a proof says nothing of where rows and labels come from, and nothing of how often a maker tried.
interface IProofs {
    /// @notice Emitted when a bounty was opened and its money locked.
    event ProofAsked(uint256 indexed bountyId, address indexed requester, ProofTerms terms);
    /// @notice Emitted when a maker bound himself to a model.
    event ModelCommitted(uint256 indexed bountyId, address indexed maker, Commitment commitment);
    /// @notice Emitted when the requester handed a maker the key of the rows: only he can read it out of t.
    event SheetOpened(uint256 indexed bountyId, address indexed maker, uint256 t);
    /// @notice Emitted when the requester said that a maker's lock is wrong.
    event PledgeDeclined(uint256 indexed bountyId, address indexed maker);
    /// @notice Emitted when a maker showed that his lock was right.
    event PledgeVindicated(uint256 indexed bountyId, address indexed maker, uint256 b);
    /// @notice Emitted when a maker said that he has a proof: until then nobody else can be paid.
    event ProofAnnounced(uint256 indexed bountyId, address indexed maker, uint256 until);
    /// @notice Emitted when a proof was valid and paid. `sealed_` is the ephemeral point and the encrypted model.
    event ScoreProved(uint256 indexed bountyId, address indexed maker, uint256 paid, uint256[] sealed_);
    /// @notice Emitted when a maker got his bond, and what the requester owes him; or when his bond was burned.
    event PledgeReleased(uint256 indexed bountyId, address indexed maker, uint256 paid, uint256 burned);
    /// @notice Emitted when the requester got what is left.
    event ProofClosed(uint256 indexed bountyId, address indexed requester, uint256 back);

    /// @notice Opens a bounty; locks the reward, and a bond for each maker there can be.
    ///
    /// Requirements:
    /// - the caller is the requester of the terms; the circuit has a verifier here;
    /// - every term is within its bounds (docs/proving.md has the table), every point on its curve.
    ///
    /// Emits {ProofAsked}.
    function open(ProofTerms calldata terms) external returns (uint256 bountyId);

    /// @notice Binds the caller to a model before anybody sees a row, and locks his bond. Once a maker.
    ///
    /// Emits {ModelCommitted}.
    function commit(ProofTerms calldata terms, Commitment calldata commitment) external;

    /// @notice Hands a maker the key of the rows, after the last commitment.
    ///
    /// Requirements:
    /// - commitments are over, opening is not;
    /// - address(t*G) is the maker's lock.
    ///
    /// Emits {SheetOpened}.
    /// @dev Anybody may call it: only who has k and h can. Warning: `t` is public as soon as it is broadcast.
    function openSheet(ProofTerms calldata terms, address maker, Commitment calldata commitment, uint256 t) external;

    /// @notice Says that a maker's lock is wrong, so that nobody can open it. If it is right he shows that, with {vindicate}.
    ///
    /// Emits {PledgeDeclined}.
    function decline(ProofTerms calldata terms, address maker) external;

    /// @notice Shows that a declined lock was right: then the maker gets his bond and the requester's.
    ///
    /// Emits {PledgeVindicated}.
    function vindicate(ProofTerms calldata terms, address maker, Commitment calldata commitment, uint256 b) external;

    /// @notice Gives the caller half an hour in which only he can prove, and all others as much more time. Once a maker.
    ///
    /// Requirements:
    /// - every maker has been served, or opening is over; proving is not; nobody was paid before;
    /// - the caller has the rows; nobody else's half hour runs.
    ///
    /// Emits {ProofAnnounced}.
    /// @dev A proof shows the requester the model as soon as it is broadcast. Unless its maker's time to be paid is his
    ///      alone, a requester with a proof of his own in reserve could read it, be faster, and pay nobody.
    ///      Warning: who announces and does not prove in time loses his bond, also if another proves later.
    function announce(ProofTerms calldata terms) external;

    /// @notice Pays the maker of the first valid proof: the reward, and his bond. Anybody may send it.
    ///
    /// Requirements:
    /// - the maker has announced it, his half hour runs, and `commitment` is his; nobody was paid before;
    /// - the proof is valid for chain, contract, bounty, maker, model, rows, threshold, reader and `sealed_`.
    ///
    /// Emits {ScoreProved}.
    function prove(
        ProofTerms calldata terms,
        address maker,
        Commitment calldata commitment,
        uint256[] calldata sealed_,
        bytes calldata proof
    ) external;

    /// @notice Ends pledges: who was not served, or wrongly declined, gets two bonds; who has the rows and was not first gets
    ///         his own; who did not prove though nobody did, or though he announced it, or locked wrongly, loses it. Anybody may call it.
    ///
    /// Emits {PledgeReleased} for each.
    function release(ProofTerms calldata terms, address[] calldata makers) external;

    /// @notice Gives the requester what is left, once no maker can have a claim on it any more. Anybody may call it.
    ///
    /// Emits {ProofClosed}.
    function close(ProofTerms calldata terms) external;

    /// @notice What is kept of a bounty.
    function stateOf(uint256 bountyId) external view returns (ProofState memory);

    /// @notice What is kept of a maker's commitment.
    function pledgeOf(uint256 bountyId, address maker) external view returns (Pledge memory);

    /// @notice The number that ties a proof to chain, contract, bounty and payee: 248 bits of their hash.
    function contextOf(uint256 bountyId, address maker) external view returns (uint256);

    /// @notice The id of a pledge: the hash of chain, contract, bounty and maker.
    function pledgeIdOf(uint256 bountyId, address maker) external view returns (uint256);

    /// @notice The id of a bounty: the hash of chain, contract and terms.
    function bountyIdOf(ProofTerms calldata terms) external view returns (uint256);
}
