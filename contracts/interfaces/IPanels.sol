// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOperators} from "./IOperators.sol";
import {TermsRef, Verdict} from "../types/Bounty.sol";
import {Attestation, Commitment, Finding, Reveal, Round, RoundOrder, SignedCommitment, Sitting} from "../types/Panel.sol";

/// @notice Panels of evaluators nobody picked: draw, commit, reveal, quorum. One round of a bounty at a time.
/// @dev A draw is seeded by the hash of a block that comes after the claims, through EIP-2935, never by anything of the block
///      of the call. Which seats can be drawn is fixed with the seed. An evaluator commits to
///      keccak256(abi.encode(EIP-712 digest of his attestation, salt)). Attestations are equal if verdict, score, sums and
///      evidence root are.
///      EIP-712 type: Attestation(uint256 bountyId,uint8 candidate,uint8 round,uint16 seat,uint8 verdict,uint64 score,
///      uint128[] sums,bytes32 evidenceRoot,bytes32 evidence), domain "Tessera Panels" version "1"; for {commitMany}
///      Commitment(uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash).
///      Warning: a block's proposer can withhold one block, and so re-roll a draw once at the price of a block.
interface IPanels {
    /// @notice Emitted when a round begins, with the block whose hash will be its seed.
    event RoundOpened(
        uint256 indexed bountyId, uint256 indexed number, uint256 candidate, uint256 seedBlock, uint256 deadline
    );
    /// @notice Emitted when a seed that nobody used in time was set anew.
    event SeedSet(uint256 indexed bountyId, uint256 indexed number, uint256 seedBlock);
    /// @notice Emitted when seats were drawn, 16 bits a place; the panel is complete if the phase is COMMITTING (2).
    event SeatsDrawn(
        uint256 indexed bountyId, uint256 indexed number, uint256 seats, uint256 seated, uint256 phase, uint256 deadline
    );
    /// @notice Emitted when the seats that were left could not make a panel.
    event DrawFailed(uint256 indexed bountyId, uint256 indexed number, uint256 free, uint256 live);
    /// @notice Emitted when an evaluator committed.
    event Committed(
        uint256 indexed bountyId, uint256 indexed number, address indexed evaluator, uint256 place, bytes32 hash
    );
    /// @notice Emitted when silent places were cleared after the committing stage.
    event CommitsClosed(
        uint256 indexed bountyId, uint256 indexed number, uint256 seated, uint256 phase, uint256 deadline
    );
    /// @notice Emitted when an attestation was opened.
    event Revealed(
        uint256 indexed bountyId,
        uint256 indexed number,
        address indexed evaluator,
        uint256 place,
        Attestation attestation
    );
    /// @notice Emitted when a round came to its verdict; `seated` are the places that revealed.
    event Judged(
        uint256 indexed bountyId, uint256 indexed number, Verdict verdict, uint256 score, uint256 seated
    );
    /// @notice Emitted when a panel's seats were freed and its round is over.
    event PanelReleased(uint256 indexed bountyId, uint256 indexed number);
    /// @notice Emitted when those who signed a voided verdict lost their bonds.
    event PanelSlashed(uint256 indexed bountyId, uint256 indexed number, address indexed challenger);

    /// @notice Begins the first round of a candidate. Only the contest's contract may call it.
    ///
    /// Emits {RoundOpened}.
    function open(uint256 bountyId, RoundOrder calldata order) external;

    /// @notice Begins another round of the same candidate. Only the contest's contract may call it.
    ///
    /// Emits {RoundOpened}.
    /// @param drawing Seconds of the drawing stage.
    function reopen(uint256 bountyId, uint40 drawing) external;

    /// @notice Draws the panel; can be called again until it is complete. Anybody may call it.
    ///
    /// Requirements:
    /// - the seed's block is behind us;
    /// - enough seats are free and, unless silent ones are replaced, two thirds of the live ones, those of this round
    ///   counted as free; if not, it reverts until the deadline, and ends the drawing after it.
    ///
    /// Emits {SeatsDrawn}, {SeedSet} or {DrawFailed}.
    /// @return seats Who sits on the panel now, 16 bits a place.
    /// @return complete Whether the panel is complete.
    function draw(TermsRef calldata terms) external returns (uint256 seats, bool complete);

    /// @notice Draws the panel and grants it the key of the candidate's model; only its maker may, who finds `seats` by calling
    ///         {draw} without a transaction, and seals the key to their owners.
    ///
    /// Requirements:
    /// - as for {draw}; the panel is complete, and of these seats;
    /// - the caller is the candidate's maker.
    ///
    /// Emits {SeatsDrawn} and {IBounties.KeyGranted}.
    /// @param seats 16 bits a place.
    /// @param digest See {IBounties.KeyGranted}.
    function drawAndGrant(TermsRef calldata terms, uint256 seats, bytes32 digest) external;

    /// @notice Commits the caller's place to an attestation. Ends the stage when it is the last.
    ///
    /// Requirements:
    /// - the round is committing, its deadline has not passed;
    /// - the caller owns the seat at that place, which has not committed.
    ///
    /// Emits {Committed}.
    /// @param hash See {Commitment}.
    function commit(uint256 bountyId, uint256 place, bytes32 hash) external;

    /// @notice Commits places whose owners signed it; anybody may send it. A place that has committed is passed over.
    ///
    /// Requirements:
    /// - as for {commit}, the signature standing for the caller.
    ///
    /// Emits {Committed} for each.
    function commitMany(uint256 bountyId, SignedCommitment[] calldata signed) external;

    /// @notice Slashes and clears places that stayed silent, after the deadline. They are drawn anew, twice a candidate; after
    ///         that the round goes on with those that committed. Anybody may call it.
    ///
    /// Emits {CommitsClosed}.
    function closeCommits(TermsRef calldata terms) external;

    /// @notice Opens attestations, of one or of several evaluators; anybody may send them. Judges when they are the last.
    ///
    /// Requirements:
    /// - `commitments` are all of the round, in the order of the log; or none, if this opens all of them in that order;
    ///   what was opened meanwhile is passed over;
    /// - each attestation is signed by the owner of its seat, what he committed to, of a kind that this round knows, and its
    ///   score follows from its sums.
    ///
    /// Emits {Revealed} for each, and {Judged}.
    /// @param findings What the attestations say, each once; a reveal names its own by number.
    function reveal(
        TermsRef calldata terms,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals
    ) external;

    /// @notice Opens attestations, if that is still due, and delivers against a lock that the requester signed. For the maker:
    ///         he alone has t.
    ///
    /// Requirements:
    /// - as for {reveal} and {IBounties.deliverSigned}, in this order.
    ///
    /// Emits as they do.
    /// @dev Warning: t is public once sent. Send it only while its inclusion in both stages' time is safe, and only when
    ///      a call without a transaction goes through.
    function revealAndDeliver(
        TermsRef calldata terms,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals,
        uint256 t,
        bytes32 r,
        bytes32 vs
    ) external;

    /// @notice Slashes and clears places that did not reveal, and judges, after the deadline. Anybody may call it.
    ///
    /// Emits {Judged}.
    function closeReveals(TermsRef calldata terms) external;

    /// @notice Ends the round and frees its seats. Only the contest's contract may call it.
    ///
    /// Emits {PanelReleased}.
    /// @return signers Owners of the seats that signed the verdict, by place; none if there is no verdict that stands.
    /// @return digest The hash of verdict, score, sums and evidence root; zero if there is none.
    function release(uint256 bountyId) external returns (address[] memory signers, bytes32 digest);

    /// @notice Takes note that the verdict was voided, at a constant cost: its signers' bonds wait for {collect}, the panel's
    ///         seats stay locked. Only the contest's contract may call it, which logs it.
    /// @param challenger Who is rewarded.
    function slash(uint256 bountyId, address challenger) external;

    /// @notice Takes the bonds of those who signed a voided verdict, a quarter of each for the challenger, and frees the seats; then
    ///         the fresh round begins, if the contest waits for one. Anybody may call it. {open} and {release} do the same first.
    ///
    /// Requirements:
    /// - the verdict of the round was voided, and nobody has collected it.
    ///
    /// Emits {PanelSlashed}, and {RoundOpened}.
    function collect(TermsRef calldata terms) external;

    /// @notice The contract of the seats.
    function OPERATORS() external view returns (IOperators);

    /// @notice The round of `bountyId`.
    function roundOf(uint256 bountyId) external view returns (Round memory);

    /// @notice The panel of that round.
    function sittingOf(uint256 bountyId) external view returns (Sitting memory);

    /// @notice Chained hash of the commitments of that round; zero if there is none, or it is over.
    function commitmentsOf(uint256 bountyId) external view returns (bytes32);

    /// @notice The hash of verdict, score, sums and evidence root that the round came to; zero if there is none.
    function verdictOf(uint256 bountyId) external view returns (bytes32);

    /// @notice Until when the candidate's maker can grant his key to the panel, Unix time; zero if not now.
    function grantDeadline(uint256 bountyId) external view returns (uint256);

    /// @notice The EIP-712 digest that the owner of `seat` signs.
    function attestationDigest(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint16 seat,
        Attestation calldata attestation
    ) external view returns (bytes32);
}
