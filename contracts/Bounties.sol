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
import {Claims} from "./libraries/Claims.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {KeyEquation} from "./libraries/KeyEquation.sol";
import {Relays} from "./libraries/Relays.sol";
import {Terms} from "./libraries/Terms.sol";
import {Verdicts} from "./libraries/Verdicts.sol";
import {Parent} from "./types/Asset.sol";
import {Bounty, BountyFlags, BountyTerms, CoreTerms, Entry, EntryFlags} from "./types/Bounty.sol";
import {Outcome, SignedClaim, Stage, Submission, TermsRef, Verdict} from "./types/Bounty.sol";
import {RoundOrder} from "./types/Panel.sol";
import {Point} from "./types/Point.sol";
import {Schedule, Stages} from "./types/Schedule.sol";

/// @title Bounties
/// @notice See {IBounties}, which says what each function does and requires.
contract Bounties is IBounties {
    using BountyChecks for Book;
    using BountyEnds for Book;
    using Claims for Book;

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
        CoreTerms calldata core = terms.core;
        require(_book.bounties[bountyId].stage == Stage.NONE, Errors.Bounties_Exists(bountyId));
        BountyChecks.requireRequester(bountyId, core.requester);
        (uint256 seats, uint256 live, uint256 seatBond) = OPERATORS.standing(msg.sender);
        require(seats == 0, Errors.Bounties_OwnsSeat(msg.sender, seats));
        BountyRules.check(terms, seatBond, SUBMISSION_FEE, ASSETS);
        uint256 needed = BountyRules.SEATS_A_PLACE * core.rules.panelSize();
        require(live >= needed, Errors.Bounties_TooFewSeats(live, needed));

        // Effects
        Bounty memory bounty;
        bounty.openedAt = uint40(block.timestamp); // seconds fit 40 bits for 34,000 years
        Verdicts.go(bounty, Stage.SUBMITTING, core.schedule, Stages.SUBMITTING);
        _book.bounties[bountyId] = bounty;
        emit BountyOpened(bountyId, msg.sender, terms);

        // Interactions
        VAULT.lock(bountyId, msg.sender, uint256(core.reward) + core.deposit + BountyEnds.potOf(core));
    }

    /// @inheritdoc IBounties
    function openRows(TermsRef calldata terms, Point calldata key, bytes32 files, bytes32 datasets, uint256 k)
        external
    {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        bytes32 rest = Terms.restOf(Terms.rowsOf(key, files), datasets);
        require(rest == terms.rest, Errors.Bounties_NotTerms(bountyId, uint256(rest)));
        Bounty memory bounty = _load(bountyId, Stage.SUBMITTING);
        Schedule schedule = terms.core.schedule;
        BountyChecks.requireLate(bountyId, bounty.deadline);
        BountyChecks.requireTime(bountyId, bounty.deadline + schedule.length(Stages.ROWS));
        require(bounty.submissions != 0, Errors.Bounties_NoSubmission(bountyId, address(0)));
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(k), KeyEquation.ofPoint(key));

        // Effects
        Verdicts.go(bounty, Stage.CLAIMING, schedule, Stages.CLAIMING);
        _book.bounties[bountyId] = bounty;
        emit RowsOpened(bountyId, k, bounty.deadline);
    }

    /// @inheritdoc IBounties
    function lock(TermsRef calldata terms, address keyLock) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _load(bountyId, Stage.LOCKING);
        BountyChecks.requireRequester(bountyId, terms.core.requester);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        require(keyLock != address(0), Errors.Bounties_BadLock(bountyId));

        // Effects
        _book.keyLocks[bountyId] = keyLock;
        Verdicts.go(bounty, Stage.DELIVERING, terms.core.schedule, Stages.DELIVERING);
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
        uint256 seats = OPERATORS.seatsOf(msg.sender);
        require(seats == 0, Errors.Bounties_OwnsSeat(msg.sender, seats));
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
    function claim(TermsRef calldata terms, uint64 score) external {
        _book.claim(VAULT, Terms.idOf(address(this), terms), terms.core, score);
    }

    /// @inheritdoc IBounties
    function claimMany(TermsRef calldata terms, SignedClaim[] calldata claims) external {
        _book.claimMany(VAULT, Terms.idOf(address(this), terms), terms.core, claims);
    }

    /// @inheritdoc IBounties
    function claimBadRows(TermsRef calldata terms) external {
        _book.claimBadRows(VAULT, Terms.idOf(address(this), terms), terms.core.claimBond);
    }

    /// @inheritdoc IBounties
    function grant(uint256 bountyId, bytes32 digest) external {
        uint256 end = PANELS.grantDeadline(bountyId);
        _grant(bountyId, msg.sender, digest, end);
    }

    /// @inheritdoc IBounties
    function deliver(TermsRef calldata terms, uint256 t) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _load(bountyId, Stage.DELIVERING);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(t), _book.keyLocks[bountyId]);

        // Effects
        _deliver(bountyId, bounty, terms.core.schedule, t);
    }

    /// @inheritdoc IBounties
    function deliverSigned(TermsRef calldata terms, uint256 t, bytes32 r, bytes32 vs) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _book.bounties[bountyId];
        // a lock posted meanwhile must not stop who has shown t already
        if (bounty.stage != Stage.DELIVERING) BountyChecks.requireStage(bountyId, bounty.stage, Stage.LOCKING);
        address keyLock = KeyEquation.ofScalar(t);
        require(keyLock != address(0), Errors.Bounties_WrongKey(bountyId, keyLock, keyLock));
        address signer = Relays.locker(bountyId, bounty.candidate, keyLock, r, vs);
        address requester = terms.core.requester;
        require(signer == requester, Errors.Bounties_NotRequester(bountyId, signer, requester));

        // Effects
        _deliver(bountyId, bounty, terms.core.schedule, t);
    }

    /// @inheritdoc IBounties
    function refute(BountyTerms calldata terms, Submission calldata submission, uint256 w) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        Bounty memory bounty = _load(bountyId, Stage.DELIVERING);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        _book.requireSubmission(bountyId, bounty, submission);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(w), KeyEquation.ofPoint(submission.seal));
        address shared = KeyEquation.scaled(terms.files.seal, w);
        uint256 id = submissionIdOf(bountyId, submission.maker);
        uint256 h = uint256(keccak256(abi.encode(shared, block.chainid, address(this), id))) % KeyEquation.N;
        address right = KeyEquation.shifted(submission.key, h);
        require(right != _book.keyLocks[bountyId], Errors.Bounties_LockIsRight(bountyId, right));

        // Effects
        bounty.flags |= BountyFlags.PASSED;
        Verdicts.go(bounty, Stage.WINDOW, terms.core.schedule, Stages.WINDOW);
        _book.bounties[bountyId] = bounty;
        emit LockRefuted(bountyId, w, bounty.deadline);
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IBounties
    function choose(TermsRef calldata terms, address[] calldata makers) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _book.bounties[bountyId];
        if (bounty.stage == Stage.CLAIMING) BountyChecks.requireLate(bountyId, bounty.deadline);
        else BountyChecks.requireStage(bountyId, bounty.stage, Stage.CHOOSING);

        // Effects
        bool aboutRows = bounty.flags & BountyFlags.ROWS_CLAIMED != 0;
        bounty.flags = 0;
        bounty.candidate = 0;
        bounty.claimed = 0;
        address best;
        if (aboutRows) {
            best = _book.rowsClaimers[bountyId];
        } else {
            best = _book.bestOf(bountyId, bounty, makers, MAX_CANDIDATES);
            if (best == address(0)) {
                _book.bounties[bountyId] = bounty;
                return _end(bountyId, terms.core, Outcome.NOBODY);
            }
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
                size: terms.core.rules.panelSize(),
                quorum: terms.core.rules.quorum(),
                drawing: terms.core.schedule.length(Stages.DRAWING),
                revealing: uint24(terms.core.schedule.length(Stages.REVEALING)), // 24 bits
                openedAt: bounty.openedAt
            })
        );
    }

    /// @inheritdoc IBounties
    function publishKey(TermsRef calldata terms, Submission calldata submission, uint256 k) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _load(bountyId, Stage.CURE);
        BountyChecks.requireTime(bountyId, bounty.deadline);
        _book.requireSubmission(bountyId, bounty, submission);
        BountyChecks.requireKey(bountyId, KeyEquation.ofScalar(k), KeyEquation.ofPoint(submission.key));

        // Effects
        bounty.flags |= BountyFlags.KEY_PUBLIC;
        bounty.stage = Stage.JUDGING;
        _book.bounties[bountyId] = bounty;
        emit KeyPublished(bountyId, k);

        // Interactions
        PANELS.reopen(bountyId, terms.core.schedule.length(Stages.DRAWING));
    }

    /// @inheritdoc IBounties
    function lapse(TermsRef calldata terms, address maker) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        CoreTerms calldata core = terms.core;
        Bounty memory bounty = _book.bounties[bountyId];
        BountyChecks.requireLate(bountyId, bounty.deadline);

        // Effects
        if (bounty.stage == Stage.SUBMITTING) {
            if (bounty.submissions == 0) return _end(bountyId, core, Outcome.NO_SUBMISSION);
            BountyChecks.requireLate(bountyId, bounty.deadline + core.schedule.length(Stages.ROWS));
            return _end(bountyId, core, Outcome.SILENT);
        }
        _book.requireCandidate(bountyId, bounty, maker);
        if (bounty.stage == Stage.LOCKING) {
            bounty.flags |= BountyFlags.PASSED; // no lock: delivery is waived
            Verdicts.go(bounty, Stage.WINDOW, core.schedule, Stages.WINDOW);
            _book.bounties[bountyId] = bounty;
            emit StageEntered(bountyId, Stage.WINDOW, bounty.deadline, bounty.verdict, true);
        } else if (bounty.stage == Stage.CURE && bounty.flags & BountyFlags.DELIVERED != 0) {
            _book.end(_house(), bountyId, core, new Parent[](0), Outcome.HALVED, maker, 0);
        } else {
            if (bounty.stage != Stage.CURE) BountyChecks.requireStage(bountyId, bounty.stage, Stage.DELIVERING);
            _book.forfeit(_house(), bountyId, core, maker);
        }
    }

    /// @inheritdoc IBounties
    function finalize(TermsRef calldata terms, Submission calldata submission, bytes32 rows, Parent[] calldata datasets)
        external
    {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        CoreTerms calldata core = terms.core;
        Bounty memory bounty = _book.bounties[bountyId];
        if (bounty.stage == Stage.ABANDONED) return _end(bountyId, core, Outcome.TOO_FEW_SEATS);
        if (bounty.candidate != 0) _book.requireSubmission(bountyId, bounty, submission);
        address maker = bounty.candidate == 0 ? address(0) : submission.maker;
        if (bounty.stage == Stage.HALVING) {
            return _book.end(_house(), bountyId, core, new Parent[](0), Outcome.HALVED, maker, 0);
        }
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.WINDOW);
        BountyChecks.requireLate(bountyId, bounty.deadline);

        // Effects
        if (bounty.verdict == Verdict.BAD_ROWS) {
            _end(bountyId, core, Outcome.BAD_ROWS);
        } else if (bounty.flags & BountyFlags.MET != 0) {
            bytes32 rest = Terms.restOf(rows, keccak256(abi.encode(datasets)));
            require(rest == terms.rest, Errors.Bounties_NotTerms(bountyId, uint256(rest)));
            bytes32 listing = submission.listingHash;
            _book.end(_house(), bountyId, core, datasets, Outcome.PAID, maker, listing);
        } else {
            _book.forfeit(_house(), bountyId, core, maker);
        }
    }

    /// @inheritdoc IBounties
    function release(TermsRef calldata terms, address[] calldata makers) external {
        // Checks
        uint256 bountyId = Terms.idOf(address(this), terms);
        BountyChecks.requireStage(bountyId, _book.bounties[bountyId].stage, Stage.DONE);
        _book.release(_house(), bountyId, terms.core.claimBond, makers);
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
        again = Verdicts.take(bounty, schedule, verdict, score);
        _book.bounties[bountyId] = bounty;
        bool met = bounty.flags & BountyFlags.MET != 0;
        emit StageEntered(bountyId, bounty.stage, bounty.deadline, verdict, met);
    }

    /// @inheritdoc IBounties
    function granted(uint256 bountyId, address maker, bytes32 digest) external {
        require(msg.sender == address(PANELS), Errors.Bounties_NotPanels(msg.sender, address(PANELS)));
        _grant(bountyId, maker, digest, block.timestamp);
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
    function voidVerdict(TermsRef calldata terms, address challenger) external {
        // Checks
        require(msg.sender == REFEREE, Errors.Bounties_NotReferee(msg.sender, REFEREE));
        uint256 bountyId = Terms.idOf(address(this), terms);
        Bounty memory bounty = _load(bountyId, Stage.WINDOW);
        BountyChecks.requireTime(bountyId, bounty.deadline);

        // Effects
        bounty.flags += BountyFlags.VOID_ONE;
        uint256 voids = bounty.flags / BountyFlags.VOID_ONE;
        if (voids <= MAX_VOIDS) bounty.stage = Stage.JUDGING;
        else Verdicts.none(bounty);
        _book.bounties[bountyId] = bounty;
        emit VerdictVoided(bountyId, challenger, voids);

        // Interactions
        PANELS.slash(bountyId, challenger);
    }

    /// @inheritdoc IBounties
    function hold(uint256 bountyId, uint40 until) external {
        _book.hold(REFEREE, bountyId, until);
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
    function isMaker(uint256 bountyId, address who) external view returns (bool) {
        return _book.entries[bountyId][who].index != 0;
    }

    /// @inheritdoc IBounties
    function candidateOf(uint256 bountyId, address maker) external view returns (bytes22) {
        Entry memory entry = _book.entries[bountyId][maker];
        return entry.index != 0 && entry.index == _book.bounties[bountyId].candidate ? entry.digest : bytes22(0); // none
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
        return Terms.idOfAll(address(this), terms);
    }

    /// @inheritdoc IBounties
    function submissionIdOf(uint256 bountyId, address maker) public view returns (uint256) {
        return BountyEnds.submissionIdOf(bountyId, maker);
    }

    /* INTERNAL */

    function _grant(uint256 bountyId, address maker, bytes32 digest, uint256 end) private {
        // Checks
        Bounty memory bounty = _load(bountyId, Stage.JUDGING);
        _book.requireCandidate(bountyId, bounty, maker);
        require(block.timestamp <= end, Errors.Bounties_GrantsOver(bountyId, block.timestamp, end));

        // Effects
        emit KeyGranted(bountyId, maker, digest);
    }

    function _deliver(uint256 bountyId, Bounty memory bounty, Schedule schedule, uint256 t) private {
        BountyChecks.requireTime(bountyId, bounty.deadline);
        bounty.flags |= BountyFlags.DELIVERED | BountyFlags.PASSED;
        Verdicts.go(bounty, Stage.WINDOW, schedule, Stages.WINDOW);
        _book.bounties[bountyId] = bounty;
        emit ModelDelivered(bountyId, t, bounty.deadline);
    }

    function _end(uint256 bountyId, CoreTerms calldata core, Outcome outcome) private {
        _book.end(_house(), bountyId, core, new Parent[](0), outcome, address(0), 0);
    }

    function _house() private view returns (BountyEnds.House memory) {
        return BountyEnds.House(VAULT, ASSETS, PANELS);
    }

    function _load(uint256 bountyId, Stage stage) private view returns (Bounty memory bounty) {
        bounty = _book.bounties[bountyId];
        BountyChecks.requireStage(bountyId, bounty.stage, stage);
    }
}
