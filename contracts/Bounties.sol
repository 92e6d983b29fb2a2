// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAssets} from "./interfaces/IAssets.sol";
import {IBounties} from "./interfaces/IBounties.sol";
import {IOperators} from "./interfaces/IOperators.sol";
import {IPanels} from "./interfaces/IPanels.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Book, BountyChecks} from "./libraries/BountyChecks.sol";
import {BountyEnds} from "./libraries/BountyEnds.sol";
import {BountyRules} from "./libraries/BountyRules.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {KeyEquation} from "./libraries/KeyEquation.sol";
import {Metrics} from "./libraries/Metrics.sol";
import {Bounty, BountyFlags, BountyTerms, Entry, EntryFlags} from "./types/Bounty.sol";
import {Outcome, Stage, Submission, Verdict} from "./types/Bounty.sol";
import {RoundOrder} from "./types/Panel.sol";
import {Schedule, Stages} from "./types/Schedule.sol";

/// @title Bounties
/// @notice See {IBounties}, which says what each function does and requires.
contract Bounties is IBounties {
    using BountyChecks for Book;
    using BountyEnds for Book;

    /* IMMUTABLES */

    IVault public immutable VAULT;
    IAssets public immutable ASSETS;
    IOperators public immutable OPERATORS;
    IPanels public immutable PANELS;
    address public immutable REFEREE;
    /// @inheritdoc IBounties
    uint256 public immutable SUBMISSION_FEE;

    uint256 public constant MAX_SUBMISSIONS = 64;
    uint256 public constant MAX_CANDIDATES = 8;
    uint256 public constant MAX_VOIDS = 2; // the third ends the candidate without a verdict

    /* STORAGE */

    Book private _book;

    /* CONSTRUCTOR */

    constructor(
        IVault vault,
        IAssets assets,
        IOperators operators,
        IPanels panels,
        address referee,
        uint256 submissionFee
    ) {
        VAULT = vault;
        ASSETS = assets;
        OPERATORS = operators;
        PANELS = panels;
        REFEREE = referee;
        SUBMISSION_FEE = submissionFee;
    }

    /* REQUESTER'S ACTIONS */

    /// @inheritdoc IBounties
    function open(BountyTerms calldata terms) external returns (uint256 bountyId) {
        // Checks
        bountyId = bountyIdOf(terms);
        require(_book.bounties[bountyId].stage == Stage.NONE, Errors.Bounties_Exists(bountyId));
        BountyChecks.requireRequester(bountyId, terms.requester);
        _requireNoSeat();
        BountyRules.check(terms, OPERATORS.SEAT_BOND(), SUBMISSION_FEE, ASSETS);
        uint256 needed = BountyRules.SEATS_A_PLACE * terms.panelSize;
        uint256 live = OPERATORS.live();
        require(live >= needed, Errors.Bounties_TooFewSeats(live, needed));

        // Effects
        Bounty memory bounty;
        bounty.openedAt = uint40(block.timestamp);
        bounty.threshold = terms.threshold;
        bounty.requester = terms.requester;
        bounty.claimBond = terms.claimBond;
        _go(bounty, Stage.SUBMITTING, terms.schedule, Stages.SUBMITTING);
        _book.bounties[bountyId] = bounty;
        emit BountyOpened(bountyId, msg.sender, terms);

        // Interactions
        VAULT.lock(bountyId, msg.sender, uint256(terms.reward) + terms.deposit + BountyEnds.potOf(terms));
    }

    /// @inheritdoc IBounties
    function openRows(BountyTerms calldata terms, uint256 k) external {
        // Checks
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.SUBMITTING);
        BountyChecks.requireLate(bountyId, bounty.deadline);
        BountyChecks.requireTime(bountyId, bounty.deadline + terms.schedule.length(Stages.ROWS));
        require(bounty.submissions != 0, Errors.Bounties_NoSubmission(bountyId, address(0)));
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(k), KeyEquation.ofPoint(terms.key));

        // Effects
        _go(bounty, Stage.CLAIMING, terms.schedule, Stages.CLAIMING);
        _book.bounties[bountyId] = bounty;
        emit RowsOpened(bountyId, k, bounty.deadline);
    }

    /// @inheritdoc IBounties
    function lock(BountyTerms calldata terms, address keyLock) external {
        // Checks
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.LOCKING);
        BountyChecks.requireRequester(bountyId, terms.requester);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        require(keyLock != address(0), Errors.Bounties_BadLock(bountyId));

        // Effects
        _book.keyLocks[bountyId] = keyLock;
        _go(bounty, Stage.DELIVERING, terms.schedule, Stages.DELIVERING);
        _book.bounties[bountyId] = bounty;
        emit DeliveryLocked(bountyId, keyLock, bounty.deadline);
    }

    /* MAKERS' ACTIONS */

    /// @inheritdoc IBounties
    function submit(uint256 bountyId, Submission calldata submission) external {
        // Checks
        Bounty storage bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.SUBMITTING);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        require(
            submission.maker == msg.sender, Errors.Bounties_NotMaker(bountyId, msg.sender, submission.maker)
        );
        _requireNoSeat();
        require(_book.entries[bountyId][msg.sender].index == 0, Errors.Bounties_Twice(bountyId, msg.sender));
        uint8 index = bounty.submissions + 1;
        require(index <= MAX_SUBMISSIONS, Errors.Bounties_Full(bountyId, index, MAX_SUBMISSIONS));
        BountyChecks.checkPoint(submission.key);
        BountyChecks.checkPoint(submission.seal);

        // Effects
        bounty.submissions = index;
        _book.entries[bountyId][msg.sender] = Entry({digest: BountyChecks.digestOf(submission), index: index, score: 0, flags: 0});
        emit ModelSubmitted(bountyId, msg.sender, submissionIdOf(bountyId, msg.sender), index, submission);

        // Interactions
        VAULT.burnFrom(msg.sender, SUBMISSION_FEE);
    }

    /// @inheritdoc IBounties
    function claim(uint256 bountyId, uint64 score) external {
        // Checks
        Bounty memory bounty = _book.bounties[bountyId];
        Entry memory entry = _book.requireClaimer(bountyId, bounty);
        require(entry.flags & EntryFlags.CLAIMED == 0, Errors.Bounties_Twice(bountyId, msg.sender));
        require(
            score >= bounty.threshold && score <= Metrics.SCORE_ONE,
            Errors.Bounties_BadScore(bountyId, score, bounty.threshold, Metrics.SCORE_ONE)
        );

        // Effects
        entry.score = score;
        entry.flags |= EntryFlags.CLAIMED;
        _book.entries[bountyId][msg.sender] = entry;
        emit ScoreClaimed(bountyId, msg.sender, score);

        // Interactions
        VAULT.lock(bountyId, msg.sender, bounty.claimBond);
    }

    /// @inheritdoc IBounties
    function claimBadRows(uint256 bountyId) external {
        // Checks
        Bounty memory bounty = _book.bounties[bountyId];
        _book.requireClaimer(bountyId, bounty);
        address before = _book.rowsClaimers[bountyId];
        require(before == address(0), Errors.Bounties_Twice(bountyId, before));

        // Effects
        _book.rowsClaimers[bountyId] = msg.sender;
        _book.bounties[bountyId].flags = bounty.flags | BountyFlags.ROWS_CLAIMED;
        emit BadRowsClaimed(bountyId, msg.sender);

        // Interactions
        VAULT.lock(bountyId, msg.sender, bounty.claimBond);
    }

    /// @inheritdoc IBounties
    function grant(uint256 bountyId, bytes32 digest) external {
        // Checks
        Bounty memory bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.JUDGING);
        _book.requireCandidate(bountyId, bounty, msg.sender);
        uint256 end = PANELS.grantDeadline(bountyId);
        require(block.timestamp <= end, Errors.Bounties_GrantsOver(bountyId, block.timestamp, end));

        // Effects
        emit KeyGranted(bountyId, msg.sender, digest);
    }

    /// @inheritdoc IBounties
    function deliver(BountyTerms calldata terms, uint256 t) external {
        // Checks
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.DELIVERING);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(t), _book.keyLocks[bountyId]);

        // Effects
        bounty.flags |= BountyFlags.DELIVERED | BountyFlags.PASSED;
        _go(bounty, Stage.WINDOW, terms.schedule, Stages.WINDOW);
        _book.bounties[bountyId] = bounty;
        emit ModelDelivered(bountyId, t, bounty.deadline);
    }

    /// @inheritdoc IBounties
    function refute(BountyTerms calldata terms, Submission calldata submission, uint256 w) external {
        // Checks
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.DELIVERING);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        _book.requireSubmission(bountyId, bounty, submission);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(w), KeyEquation.ofPoint(submission.seal));
        address shared = KeyEquation.scaled(terms.seal, w);
        uint256 id = submissionIdOf(bountyId, submission.maker);
        uint256 h = uint256(keccak256(abi.encode(shared, block.chainid, address(this), id))) % KeyEquation.N;
        address right = KeyEquation.shifted(submission.key, h);
        require(right != _book.keyLocks[bountyId], Errors.Bounties_LockIsRight(bountyId, right));

        // Effects
        bounty.flags |= BountyFlags.PASSED;
        _go(bounty, Stage.WINDOW, terms.schedule, Stages.WINDOW);
        _book.bounties[bountyId] = bounty;
        emit LockRefuted(bountyId, w, bounty.deadline);
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IBounties
    function choose(BountyTerms calldata terms, address[] calldata makers) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        Bounty memory bounty = _book.bounties[bountyId];
        if (bounty.stage == Stage.CLAIMING) BountyChecks.requireLate(bountyId, bounty.deadline);
        else BountyChecks.requireStage(bountyId, bounty.stage, Stage.CHOOSING);

        // Effects
        bool aboutRows = bounty.flags & BountyFlags.ROWS_CLAIMED != 0;
        bounty.flags = 0;
        bounty.candidate = 0;
        bounty.claimed = 0;
        address best = _book.rowsClaimers[bountyId];
        if (!aboutRows) {
            best = _book.bestOf(bountyId, bounty, makers, MAX_CANDIDATES);
            if (best == address(0)) return _end(bountyId, terms, bounty, Outcome.NOBODY);
            Entry storage entry = _book.entries[bountyId][best];
            entry.flags |= EntryFlags.TRIED;
            bounty.tried += 1;
            bounty.candidate = entry.index;
            bounty.claimed = entry.score;
        }
        bounty.stage = Stage.JUDGING;
        _book.bounties[bountyId] = bounty;
        emit CandidateChosen(bountyId, best, bounty.candidate, bounty.claimed);

        // Interactions
        PANELS.open(
            bountyId,
            RoundOrder({
                candidate: bounty.candidate,
                size: terms.panelSize,
                quorum: terms.quorum,
                drawing: terms.schedule.length(Stages.DRAWING),
                revealing: uint32(terms.schedule.length(Stages.REVEALING)), // 24 bits
                openedAt: bounty.openedAt,
                fresh: true
            })
        );
    }

    /// @inheritdoc IBounties
    function publishKey(BountyTerms calldata terms, Submission calldata submission, uint256 k) external {
        // Checks
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.CURE);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        _book.requireSubmission(bountyId, bounty, submission);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(k), KeyEquation.ofPoint(submission.key));

        // Effects
        bounty.flags |= BountyFlags.KEY_PUBLIC;
        bounty.stage = Stage.JUDGING;
        _book.bounties[bountyId] = bounty;
        emit KeyPublished(bountyId, k);

        // Interactions
        PANELS.reopen(bountyId, terms.schedule.length(Stages.DRAWING));
    }

    /// @inheritdoc IBounties
    function lapse(BountyTerms calldata terms, address maker) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        Bounty memory bounty = _book.bounties[bountyId];
        BountyChecks.requireLate(bountyId, bounty.deadline);

        // Effects
        if (bounty.stage == Stage.SUBMITTING) {
            if (bounty.submissions == 0) return _end(bountyId, terms, bounty, Outcome.NO_SUBMISSION);
            BountyChecks.requireLate(bountyId, bounty.deadline + terms.schedule.length(Stages.ROWS));
            return _end(bountyId, terms, bounty, Outcome.SILENT);
        }
        _book.requireCandidate(bountyId, bounty, maker);
        if (bounty.stage == Stage.LOCKING) {
            bounty.flags |= BountyFlags.PASSED; // no lock: delivery is waived
            _go(bounty, Stage.WINDOW, terms.schedule, Stages.WINDOW);
            _book.bounties[bountyId] = bounty;
            emit StageEntered(bountyId, Stage.WINDOW, bounty.deadline, bounty.verdict, true);
        } else if (bounty.stage == Stage.CURE && bounty.flags & BountyFlags.DELIVERED != 0) {
            _book.end(_house(), bountyId, terms, bounty, Outcome.HALVED, maker, 0);
        } else {
            if (bounty.stage != Stage.CURE) BountyChecks.requireStage(bountyId, bounty.stage, Stage.DELIVERING);
            _book.forfeit(_house(), bountyId, terms, bounty, maker);
        }
    }

    /// @inheritdoc IBounties
    function finalize(BountyTerms calldata terms, Submission calldata submission) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        Bounty memory bounty = _book.bounties[bountyId];
        if (bounty.stage == Stage.ABANDONED) {
            return _end(bountyId, terms, bounty, Outcome.TOO_FEW_SEATS);
        }
        if (bounty.candidate != 0) _book.requireSubmission(bountyId, bounty, submission);
        if (bounty.stage == Stage.HALVING) {
            return _book.end(_house(), bountyId, terms, bounty, Outcome.HALVED, submission.maker, 0);
        }
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.WINDOW);
        BountyChecks.requireLate(bountyId, bounty.deadline);

        // Effects
        if (bounty.verdict == Verdict.BAD_ROWS) {
            _end(bountyId, terms, bounty, Outcome.BAD_ROWS);
        } else if (bounty.flags & BountyFlags.MET != 0) {
            _book.end(_house(), bountyId, terms, bounty, Outcome.PAID, submission.maker, submission.listingHash);
        } else {
            _book.forfeit(_house(), bountyId, terms, bounty, bounty.candidate == 0 ? address(0) : submission.maker);
        }
    }

    /// @inheritdoc IBounties
    function release(uint256 bountyId, address[] calldata makers) external {
        // Checks
        Bounty memory bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.DONE);
        _book.release(_house(), bountyId, bounty.claimBond, makers);
    }

    /* PANELS' AND REFEREE'S ACTIONS */

    /// @inheritdoc IBounties
    function judged(uint256 bountyId, Schedule schedule, Verdict verdict, uint64 score)
        external
        returns (bool again)
    {
        // Checks
        require(msg.sender == address(PANELS), Errors.Bounties_NotPanels(msg.sender, address(PANELS)));
        Bounty memory bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.JUDGING);

        // Effects
        bounty.verdict = verdict;
        bool keyPublic = bounty.flags & BountyFlags.KEY_PUBLIC != 0;
        bool met = verdict == Verdict.SCORED && score >= bounty.claimed;
        if (met) bounty.flags |= BountyFlags.MET;
        else bounty.flags &= ~BountyFlags.MET;
        if (verdict == Verdict.NONE && bounty.flags & BountyFlags.NO_QUORUM == 0) {
            bounty.flags |= BountyFlags.NO_QUORUM;
            again = true;
        } else if (verdict == Verdict.NONE) {
            bool uncurable = bounty.candidate == 0 || keyPublic || bounty.flags & BountyFlags.DELIVERED != 0;
            if (uncurable) _noVerdict(bounty);
            else _go(bounty, Stage.CURE, schedule, Stages.CURE);
        } else if (met && !keyPublic && bounty.flags & BountyFlags.PASSED == 0) {
            _go(bounty, Stage.LOCKING, schedule, Stages.LOCKING);
        } else if (verdict == Verdict.UNSCORABLE && !keyPublic) {
            _go(bounty, Stage.CURE, schedule, Stages.CURE);
        } else {
            _go(bounty, Stage.WINDOW, schedule, Stages.WINDOW);
        }
        _book.bounties[bountyId] = bounty;
        emit StageEntered(bountyId, bounty.stage, bounty.deadline, verdict, met);
    }

    /// @inheritdoc IBounties
    function drawFailed(uint256 bountyId) external {
        // Checks
        require(msg.sender == address(PANELS), Errors.Bounties_NotPanels(msg.sender, address(PANELS)));
        Bounty storage bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.JUDGING);

        // Effects
        bounty.stage = bounty.flags & BountyFlags.DELIVERED != 0 ? Stage.HALVING : Stage.ABANDONED;
        emit StageEntered(bountyId, bounty.stage, 0, Verdict.NONE, false);
    }

    /// @inheritdoc IBounties
    function voidVerdict(BountyTerms calldata terms, address challenger) external {
        // Checks
        require(msg.sender == REFEREE, Errors.Bounties_NotReferee(msg.sender, REFEREE));
        (uint256 bountyId, Bounty memory bounty) = _load(terms, Stage.WINDOW);
        BountyChecks.requireTime(bountyId, bounty.deadline);

        // Effects
        bounty.flags += BountyFlags.VOID_ONE;
        uint256 voids = bounty.flags / BountyFlags.VOID_ONE;
        bool again = voids <= MAX_VOIDS;
        if (again) bounty.stage = Stage.JUDGING;
        else _noVerdict(bounty);
        _book.bounties[bountyId] = bounty;
        emit VerdictVoided(bountyId, challenger, voids);

        // Interactions
        PANELS.slash(bountyId, challenger);
        if (again) PANELS.reopen(bountyId, terms.schedule.length(Stages.DRAWING));
    }

    /* VIEWS */

    /// @inheritdoc IBounties
    function bountyOf(uint256 bountyId) external view returns (Bounty memory) {
        return _book.bounties[bountyId];
    }

    /// @inheritdoc IBounties
    function entryOf(uint256 bountyId, address maker) external view returns (Entry memory) {
        return _book.entries[bountyId][maker];
    }

    /// @inheritdoc IBounties
    function isParty(uint256 bountyId, address who) external view returns (bool) {
        return who == _book.bounties[bountyId].requester || _book.entries[bountyId][who].index != 0;
    }

    /// @inheritdoc IBounties
    function rowsClaimerOf(uint256 bountyId) external view returns (address) {
        return _book.rowsClaimers[bountyId];
    }

    /// @inheritdoc IBounties
    function keyLockOf(uint256 bountyId) external view returns (address) {
        return _book.keyLocks[bountyId];
    }

    /// @inheritdoc IBounties
    function bountyIdOf(BountyTerms calldata terms) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), terms)));
    }

    /// @inheritdoc IBounties
    function submissionIdOf(uint256 bountyId, address maker) public view returns (uint256) {
        return BountyEnds.submissionIdOf(bountyId, maker);
    }

    /* INTERNAL */

    /// @dev Nobody shown to be at fault: no quorum again, or voided for the third time.
    function _noVerdict(Bounty memory bounty) private view {
        bool halves = bounty.flags & BountyFlags.DELIVERED != 0;
        bounty.stage = halves ? Stage.HALVING : Stage.CHOOSING;
        bounty.verdict = Verdict.NONE;
        bounty.deadline = uint40(block.timestamp);
    }

    function _end(uint256 bountyId, BountyTerms calldata terms, Bounty memory bounty, Outcome outcome) private {
        _book.end(_house(), bountyId, terms, bounty, outcome, address(0), 0);
    }

    function _house() private view returns (BountyEnds.House memory) {
        return BountyEnds.House(VAULT, ASSETS, PANELS);
    }

    function _go(Bounty memory bounty, Stage stage, Schedule schedule, uint256 position) private view {
        bounty.stage = stage;
        bounty.deadline = uint40(block.timestamp) + schedule.length(position);
    }

    function _load(BountyTerms calldata terms, Stage stage)
        private
        view
        returns (uint256 bountyId, Bounty memory bounty)
    {
        bountyId = bountyIdOf(terms);
        bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, stage);
    }

    function _requireNoSeat() private view {
        uint256 seats = OPERATORS.seatsOf(msg.sender);
        require(seats == 0, Errors.Bounties_OwnsSeat(msg.sender, seats));
    }
}
