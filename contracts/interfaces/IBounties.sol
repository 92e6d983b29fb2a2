// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "../types/Asset.sol";
import {Bounty, BountyTerms, Entry, Outcome, SignedClaim} from "../types/Bounty.sol";
import {Stage, Submission, TermsRef, Verdict} from "../types/Bounty.sol";
import {Point} from "../types/Point.sol";
import {Schedule} from "../types/Schedule.sol";

/// @notice Contests: open, submit, open the rows, claim, judge the best claim, deliver, pay.
/// @dev The id of a bounty is the hash of its terms, so whoever passes the right terms passes the right bounty. Money lies in
///      the Vault's bucket (this contract, bounty id). Actions count up to and at the deadline, exits after it.
///      What makers and requesters sign for others to send is EIP-712, domain "Tessera Bounties" version "1":
///      Claim(uint256 bountyId,uint64 score) and Lock(uint256 bountyId,uint8 candidate,address keyLock).
///      Warning: refusing owners of live seats does not stop somebody who uses two addresses.
interface IBounties {
    /// @notice Emitted when a bounty was opened and its money locked.
    event BountyOpened(uint256 indexed bountyId, address indexed requester, BountyTerms terms);
    /// @notice Emitted when a maker handed in a model.
    event ModelSubmitted(
        uint256 indexed bountyId, address indexed maker, uint256 submissionId, uint256 index, Submission submission
    );
    /// @notice Emitted when the requester opened the test rows: `k` is public.
    event RowsOpened(uint256 indexed bountyId, uint256 k, uint256 deadline);
    /// @notice Emitted when a maker claimed a score.
    event ScoreClaimed(uint256 indexed bountyId, address indexed maker, uint256 score);
    /// @notice Emitted when a maker claimed that the rows are bad.
    event BadRowsClaimed(uint256 indexed bountyId, address indexed maker);
    /// @notice Emitted when a claim became the candidate; index zero: the claim of bad rows.
    event CandidateChosen(uint256 indexed bountyId, address indexed maker, uint256 index, uint256 score);
    /// @notice Emitted when a maker granted his key to the panel; `grant` is the SHA-256 of the grant, one raw IPFS block.
    event KeyGranted(uint256 indexed bountyId, address indexed maker, bytes32 grant);
    /// @notice Emitted when the key of the candidate's model was published.
    event KeyPublished(uint256 indexed bountyId, uint256 k);
    /// @notice Emitted when a panel came back, or could not be drawn, and the contest went on to `stage`.
    event StageEntered(uint256 indexed bountyId, Stage stage, uint256 deadline, Verdict verdict, bool met);
    /// @notice Emitted when the requester posted the lock of the delivery.
    event DeliveryLocked(uint256 indexed bountyId, address keyLock, uint256 deadline);
    /// @notice Emitted when the maker opened the lock: the requester has his key.
    event ModelDelivered(uint256 indexed bountyId, uint256 t, uint256 deadline);
    /// @notice Emitted when the maker showed that the lock was wrong.
    event LockRefuted(uint256 indexed bountyId, uint256 w, uint256 deadline);
    /// @notice Emitted when a false claim cost its bond; `burned` is what the panel did not get.
    event ClaimForfeited(uint256 indexed bountyId, address indexed maker, uint256 burned);
    /// @notice Emitted when the referee voided a verdict.
    event VerdictVoided(uint256 indexed bountyId, address indexed challenger, uint256 voids);
    /// @notice Emitted when something was demanded in the window of a verdict, which lasts to the deadline now.
    event WindowHeld(uint256 indexed bountyId, uint256 deadline);
    /// @notice Emitted when a bounty ended; `maker` got `paid` of the reward, the requester `back` of all he locked.
    event BountyEnded(
        uint256 indexed bountyId, address indexed maker, Outcome outcome, uint256 paid, uint256 back, bytes32 attestation
    );
    /// @notice Emitted when a maker got his bonds, and what he is owed for a requester's fault.
    event BondReleased(uint256 indexed bountyId, address indexed maker, uint256 amount);

    /// @notice Opens a bounty and locks reward, deposit and panel fees.
    ///
    /// Requirements:
    /// - the caller is the requester of the terms, and owns no seat;
    /// - every term is within its bounds (docs/architecture.md has the table);
    /// - the datasets exist; there are at least 3 m live seats; q seat bonds cover the reward.
    ///
    /// Emits {BountyOpened}.
    function open(BountyTerms calldata terms) external returns (uint256 bountyId);

    /// @notice Hands in a model, up to the end of the submitting stage. One an address, 64 a bounty.
    ///
    /// Requirements:
    /// - the caller is the maker, owns no seat, and has the fee, which is burned;
    /// - both points are on the curve.
    ///
    /// Emits {ModelSubmitted}.
    /// @dev Warning: do not submit before you hold the encrypted rows and have checked their root.
    function submit(uint256 bountyId, Submission calldata submission) external;

    /// @notice Opens the test rows: after the submitting stage, in the rows stage, address(k*G) being the rows' key. Anybody
    ///         who has k may.
    ///
    /// Emits {RowsOpened}.
    /// @dev Warning: the rows are public for ever.
    /// @param files keccak256(abi.encode(the terms' files)).
    /// @param datasets keccak256(abi.encode(the terms' datasets)).
    function openRows(TermsRef calldata terms, Point calldata key, bytes32 files, bytes32 datasets, uint256 k) external;

    /// @notice Claims a score for the caller's submission, once, at or above the threshold, with the claim bond.
    ///
    /// Requirements:
    /// - the claiming stage's deadline has not passed;
    /// - the caller has approved this contract at the Vault, and has the bond there.
    ///
    /// Emits {ScoreClaimed}.
    function claim(TermsRef calldata terms, uint64 score) external;

    /// @notice Claims scores for makers who signed them; anybody may send it. A maker who has claimed, or whose bond
    ///         can't be locked, is passed over: nobody can stop the others by sending first, or by taking his money away.
    ///
    /// Requirements:
    /// - the claiming stage's deadline has not passed;
    /// - each claim is signed by a maker, for a score that he could claim with {claim};
    /// - there is gas enough: a bond is never passed over for want of it.
    ///
    /// Emits {ScoreClaimed} for each.
    function claimMany(TermsRef calldata terms, SignedClaim[] calldata claims) external;

    /// @notice Claims that the rows do not open or do not match their root, with the claim bond. One a bounty, judged first.
    ///
    /// Emits {BadRowsClaimed}.
    function claimBadRows(TermsRef calldata terms) external;

    /// @notice Makes the best untried claim the candidate, or ends the bounty if there is none, or eight were tried.
    ///         The claim of bad rows goes first. Anybody may call it, after the claiming stage and after each candidate.
    ///
    /// Requirements:
    /// - `makers` are all makers in the order of their submissions.
    ///
    /// Emits {CandidateChosen} or {BountyEnded}.
    function choose(TermsRef calldata terms, address[] calldata makers) external;

    /// @notice Grants the key of the candidate's model to the panel, in the first half of the committing stage.
    ///
    /// Emits {KeyGranted}.
    function grant(uint256 bountyId, bytes32 digest) external;

    /// @notice Publishes the key of the candidate's model in the cure stage; a fresh panel judges. Anybody who has it may.
    ///
    /// Emits {KeyPublished}.
    function publishKey(TermsRef calldata terms, Submission calldata submission, uint256 k) external;

    /// @notice Posts the lock of the delivery; only the requester may. It is address(K + h*G), with
    ///         h = keccak256(abi.encode(address(r*W), chain, this contract, submission id)) mod n.
    ///
    /// Emits {DeliveryLocked}.
    function lock(TermsRef calldata terms, address keyLock) external;

    /// @notice Opens the lock of the delivery: address(t*G) is the lock. Anybody who has t may.
    ///
    /// Emits {ModelDelivered}.
    function deliver(TermsRef calldata terms, uint256 t) external;

    /// @notice Opens a lock that the requester signed for this candidate, instead of posting it. Anybody who has t may.
    ///
    /// Requirements:
    /// - the stage is that of locking or of delivering, its deadline has not passed;
    /// - `r` and `vs` are the requester's EIP-712 signature, in the short form of EIP-2098, of the lock address(t*G).
    ///
    /// Emits {ModelDelivered}.
    /// @dev Warning to the requester: a maker who has your signature may stay silent; post the lock before the locking stage
    ///      ends, or the delivery is waived.
    function deliverSigned(TermsRef calldata terms, uint256 t, bytes32 r, bytes32 vs) external;

    /// @notice Shows by revealing w that the lock of the delivery is wrong; the delivery is then behind us, though the requester
    ///         has no key. Anybody who has w may.
    ///
    /// Emits {LockRefuted}.
    function refute(BountyTerms calldata terms, Submission calldata submission, uint256 w) external;

    /// @notice Moves on when somebody stayed silent: no rows, no lock, no delivery, no cure. Anybody may call it.
    ///
    /// Requirements:
    /// - the stage has such an exit, and its deadline has passed;
    /// - `maker` is the candidate's maker (any, while there is none).
    ///
    /// Emits {BountyEnded}, {StageEntered} or {ClaimForfeited}.
    function lapse(TermsRef calldata terms, address maker) external;

    /// @notice Carries a verdict out after its window, or ends a bounty that nobody can judge. Anybody may call it.
    ///
    /// Requirements:
    /// - `submission` is the candidate's (any, in a round about the rows or if seats were too few).
    ///
    /// Emits {BountyEnded} or {ClaimForfeited}.
    /// @param rows keccak256(abi.encode(the rows' key, keccak256(abi.encode(the terms' files)))).
    /// @param datasets Those of the terms; with `rows` any, unless the maker is paid.
    function finalize(
        TermsRef calldata terms,
        Submission calldata submission,
        bytes32 rows,
        Parent[] calldata datasets
    ) external;

    /// @notice Pays out bonds, and a requester's fault, after the end, once a maker. Anybody may call it for any makers.
    ///
    /// Emits {BondReleased} for each.
    function release(TermsRef calldata terms, address[] calldata makers) external;

    /// @notice Takes the verdict of a round. Only the panels' contract may call it.
    ///
    /// Emits {StageEntered}.
    /// @return again Whether a fresh panel must judge.
    function judged(uint256 bountyId, Schedule schedule, Verdict verdict, uint64 score) external returns (bool again);

    /// @notice Takes a grant that came with the draw. Only the panels' contract may call it.
    ///
    /// Emits {KeyGranted}.
    function granted(uint256 bountyId, address maker, bytes32 digest) external;

    /// @notice Takes note that no panel can be drawn. Only the panels' contract may call it.
    ///
    /// Emits {StageEntered}.
    function drawFailed(uint256 bountyId) external;

    /// @notice Voids the verdict in its window: a fresh panel judges, or after the third void none. Its signers' bonds wait
    ///         for {IPanels.collect}, so that this costs the same for every panel. Only the referee may call it.
    ///
    /// Emits {VerdictVoided}.
    function voidVerdict(TermsRef calldata terms, address challenger) external;

    /// @notice Keeps the window of a verdict open until then at least. Only the referee may call it, while a demand runs.
    ///
    /// Emits {WindowHeld}.
    function hold(uint256 bountyId, uint40 until) external;

    /// @notice The state of a bounty.
    function bountyOf(uint256 bountyId) external view returns (Bounty memory);

    /// @notice The state of a maker's submission.
    function entryOf(uint256 bountyId, address maker) external view returns (Entry memory);

    /// @notice Whether `who` made a submission.
    function isMaker(uint256 bountyId, address who) external view returns (bool);

    /// @notice The first 176 bits of the hash of the submission of `maker`, if it is the candidate; else zero.
    function candidateOf(uint256 bountyId, address maker) external view returns (bytes22);

    /// @notice Who claims that the rows are bad; zero if nobody does.
    function rowsClaimerOf(uint256 bountyId) external view returns (address);

    /// @notice The lock of the delivery; zero if there is none.
    function keyLockOf(uint256 bountyId) external view returns (address);

    /// @notice The id of a bounty: the hash of chain, contract and terms.
    function bountyIdOf(BountyTerms calldata terms) external view returns (uint256);

    /// @notice The id of a submission: the hash of chain, contract, bounty and maker.
    function submissionIdOf(uint256 bountyId, address maker) external view returns (uint256);

    /// @notice What a submission costs, in token base units; it is burned.
    function SUBMISSION_FEE() external view returns (uint256);
}
