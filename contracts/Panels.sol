// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IBounties} from "./interfaces/IBounties.sol";
import {IOperators} from "./interfaces/IOperators.sol";
import {IPanels} from "./interfaces/IPanels.sol";
import {Attestations} from "./libraries/Attestations.sol";
import {Bits} from "./libraries/Bits.sol";
import {BlockHistory} from "./libraries/BlockHistory.sol";
import {Drawing} from "./libraries/Drawing.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {PanelChecks} from "./libraries/PanelChecks.sol";
import {Places} from "./libraries/Places.sol";
import {Tallies, Tally} from "./libraries/Tallies.sol";
import {Terms} from "./libraries/Terms.sol";
import {CoreTerms, TermsRef, Verdict} from "./types/Bounty.sol";
import {Attestation, Commitment, Phase, Reveal, Round, RoundOrder} from "./types/Panel.sol";
import {SignedCommitment, Sitting} from "./types/Panel.sol";
import {Rules} from "./types/Rules.sol";
import {Schedule, Stages} from "./types/Schedule.sol";

/// @title Panels
/// @notice See {IPanels}, which says what each function does and requires.
contract Panels is IPanels, EIP712 {
    using Places for Sitting;
    using Tallies for Tally;

    /* IMMUTABLES */

    IOperators public immutable OPERATORS;
    IBounties public immutable BOUNTIES;

    uint256 public constant SEED_DELAY = 4; // blocks from the order of a draw to its seed
    uint256 public constant REDRAW_AGE = 1 days; // redraws may also use seats that much older than their seed
    uint256 public constant MAX_REPLACEMENTS = 2; // a candidate

    /* STORAGE */

    mapping(uint256 bountyId => Round round) private _rounds;
    mapping(uint256 bountyId => Sitting sitting) private _sittings;
    /// @dev Chained commitments; once the round is judged, the digest of its verdict.
    mapping(uint256 bountyId => bytes32 chained) private _commitments;
    /// @dev Only of rounds that are revealed in several calls.
    mapping(uint256 bountyId => mapping(uint256 group => bytes32 digest)) private _digests;
    mapping(uint256 bountyId => uint256 seats) private _lastPanels; // see {Drawing.Source}

    /* CONSTRUCTOR */

    constructor(IOperators operators, IBounties bounties) EIP712("Tessera Panels", "1") {
        OPERATORS = operators;
        BOUNTIES = bounties;
    }

    modifier onlyBounties() {
        require(msg.sender == address(BOUNTIES), Errors.Panels_NotBounties(msg.sender, address(BOUNTIES)));
        _;
    }

    /* THE CONTEST'S ACTIONS */

    /// @inheritdoc IPanels
    function open(uint256 bountyId, RoundOrder calldata order) external onlyBounties {
        Round memory round = _rounds[bountyId];
        Sitting memory sitting;
        sitting.candidate = order.candidate;
        round.size = order.size;
        round.quorum = order.quorum;
        round.revealing = order.revealing;
        round.cutoff = order.openedAt;
        if (_lastPanels[bountyId] != 0) _lastPanels[bountyId] = 0;
        _start(bountyId, round, sitting, order.drawing);
    }

    /// @inheritdoc IPanels
    function reopen(uint256 bountyId, uint40 drawing) external onlyBounties {
        _again(bountyId, drawing);
    }

    /// @inheritdoc IPanels
    function release(uint256 bountyId) external onlyBounties returns (address[] memory signers, bytes32 digest) {
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        if (round.phase != Phase.JUDGED) return (signers, digest);
        (, uint256 mask) = sitting.majority(round.quorum);
        if (mask != 0) digest = _commitments[bountyId];
        uint256[] memory seats = sitting.at(mask);
        signers = new address[](seats.length);
        for (uint256 i = 0; i < seats.length; i++) {
            signers[i] = OPERATORS.ownerOf(seats[i]);
        }
        _freeAll(bountyId, sitting);
        _rounds[bountyId].phase = Phase.NONE;
        emit PanelReleased(bountyId, round.number);
    }

    /// @inheritdoc IPanels
    function slash(uint256 bountyId, address challenger) external onlyBounties {
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        (, uint256 mask) = sitting.majority(round.quorum);
        uint256[] memory seats = sitting.at(mask);
        _rounds[bountyId].phase = Phase.NONE; // a voided verdict is nobody's attestation
        emit PanelSlashed(bountyId, round.number, challenger);
        for (uint256 i = 0; i < seats.length; i++) {
            OPERATORS.slashWhole(seats[i], challenger);
        }
        _freeAll(bountyId, sitting);
    }

    /* DRAWING */

    /// @inheritdoc IPanels
    function draw(TermsRef calldata terms) external returns (uint256 seats, bool complete) {
        return _draw(_idOf(terms), terms.core);
    }

    /// @inheritdoc IPanels
    function drawAndGrant(TermsRef calldata terms, uint256 seats, bytes32 digest) external {
        uint256 bountyId = _idOf(terms);
        (uint256 drawn, bool complete) = _draw(bountyId, terms.core);
        // the grant is sealed to the owners of these seats; without it anybody can draw all the same
        require(complete && drawn == seats, Errors.Panels_OtherSeats(bountyId, drawn, seats));
        BOUNTIES.granted(bountyId, msg.sender, digest);
    }

    /* EVALUATORS' ACTIONS */

    /// @inheritdoc IPanels
    function commit(uint256 bountyId, uint256 place, bytes32 hash) external {
        // Checks
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireTime(bountyId, round);
        _requireOwner(bountyId, sitting, place, msg.sender);
        require(!Places.has(sitting.committed, place), Errors.Panels_Twice(bountyId, place));

        // Effects
        bytes32 before = sitting.committed == 0 ? bytes32(0) : _commitments[bountyId];
        _commitments[bountyId] = Attestations.link(before, place, hash);
        sitting.committed |= uint8(1 << place);
        _sittings[bountyId] = sitting;
        if (sitting.committed == sitting.seated) _openReveals(bountyId, round);
        emit Committed(bountyId, round.number, msg.sender, place, hash);
    }

    /// @inheritdoc IPanels
    function commitMany(uint256 bountyId, SignedCommitment[] calldata signed) external {
        // Checks
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireTime(bountyId, round);
        bytes32 chained = sitting.committed == 0 ? bytes32(0) : _commitments[bountyId];
        for (uint256 i = 0; i < signed.length; i++) {
            SignedCommitment calldata one = signed[i];
            // whoever committed meanwhile must not stop the others
            if (one.place < Places.MAX && Places.has(sitting.committed, one.place)) continue;
            address signer = _committer(bountyId, round.number, sitting, one);
            _requireOwner(bountyId, sitting, one.place, signer);

            // Effects
            chained = Attestations.link(chained, one.place, one.hash);
            sitting.committed |= uint8(1 << one.place);
            emit Committed(bountyId, round.number, signer, one.place, one.hash);
        }
        _commitments[bountyId] = chained;
        _sittings[bountyId] = sitting;
        if (sitting.committed == sitting.seated) _openReveals(bountyId, round);
    }

    /// @inheritdoc IPanels
    function closeCommits(TermsRef calldata terms) external {
        // Checks
        uint256 bountyId = _idOf(terms);
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireLate(bountyId, round);

        // Effects
        uint256[] memory silent = sitting.at(sitting.seated & ~sitting.committed);
        sitting.seated = sitting.committed;
        bool replace = sitting.replacements() < MAX_REPLACEMENTS;
        if (replace) {
            sitting.countReplacement();
            round.phase = Phase.DRAWING;
            round.deadline = uint40(block.timestamp) + terms.core.schedule.length(Stages.DRAWING);
            _seed(round, true);
        }
        _sittings[bountyId] = sitting;
        if (replace) _rounds[bountyId] = round;
        else _openReveals(bountyId, round);
        emit CommitsClosed(bountyId, round.number, sitting.seated, uint256(round.phase), round.deadline);

        // Interactions
        _slashSilent(silent);
        if (!replace && sitting.committed == 0) _judge(bountyId, round, sitting, terms.core.schedule);
    }

    /// @inheritdoc IPanels
    function reveal(TermsRef calldata terms, Commitment[] calldata commitments, Reveal[] calldata reveals)
        external
    {
        // Checks
        uint256 bountyId = _idOf(terms);
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.REVEALING);
        PanelChecks.requireTime(bountyId, round);
        bytes32 chained = Attestations.chain(commitments);
        bytes32 expected = _commitments[bountyId];
        require(chained == expected, Errors.Panels_NotCommitments(bountyId, chained, expected));

        // Effects
        Tally memory tally = Tallies.load(_digests[bountyId], sitting);
        for (uint256 i = 0; i < reveals.length; i++) {
            _open(bountyId, terms.core.rules, round, sitting, tally, commitments, reveals[i]);
        }
        if (sitting.revealed == sitting.seated) {
            if (sitting.verdict != Verdict.NONE) _commitments[bountyId] = tally.verdict(round.quorum);
            return _judge(bountyId, round, sitting, terms.core.schedule);
        }
        tally.save(_digests[bountyId]);
        _sittings[bountyId] = sitting;
    }

    /// @inheritdoc IPanels
    function closeReveals(TermsRef calldata terms) external {
        // Checks
        uint256 bountyId = _idOf(terms);
        Round memory round = _rounds[bountyId];
        Sitting memory sitting = _sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.REVEALING);
        PanelChecks.requireLate(bountyId, round);

        // Effects
        uint256[] memory silent = sitting.at(sitting.seated & ~sitting.revealed);
        sitting.seated = sitting.revealed;
        (uint256 group, uint256 mask) = sitting.majority(round.quorum);
        if (mask != 0) _commitments[bountyId] = _digests[bountyId][group];
        _slashSilent(silent);
        _judge(bountyId, round, sitting, terms.core.schedule);
    }

    /* VIEWS */

    /// @inheritdoc IPanels
    function roundOf(uint256 bountyId) external view returns (Round memory) {
        return _rounds[bountyId];
    }

    /// @inheritdoc IPanels
    function sittingOf(uint256 bountyId) external view returns (Sitting memory) {
        return _sittings[bountyId];
    }

    /// @inheritdoc IPanels
    function commitmentsOf(uint256 bountyId) external view returns (bytes32) {
        bool open_ = _rounds[bountyId].phase != Phase.JUDGED && _sittings[bountyId].committed != 0;
        return open_ ? _commitments[bountyId] : bytes32(0);
    }

    /// @inheritdoc IPanels
    function verdictOf(uint256 bountyId) external view returns (bytes32) {
        Sitting storage sitting = _sittings[bountyId];
        bool stands = _rounds[bountyId].phase == Phase.JUDGED && sitting.verdict != Verdict.NONE;
        return stands ? _commitments[bountyId] : bytes32(0);
    }

    /// @inheritdoc IPanels
    function grantDeadline(uint256 bountyId) external view returns (uint256) {
        Round storage round = _rounds[bountyId];
        return round.phase == Phase.COMMITTING ? round.mark : 0;
    }

    /// @inheritdoc IPanels
    function attestationDigest(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint16 seat,
        Attestation calldata attestation
    ) public view returns (bytes32) {
        return _hashTypedDataV4(Attestations.structHash(bountyId, candidate, number, seat, attestation));
    }

    /* INTERNAL: ROUNDS */

    function _start(uint256 bountyId, Round memory round, Sitting memory sitting, uint40 drawing) private {
        round.phase = Phase.DRAWING;
        round.number += 1;
        round.deadline = uint40(block.timestamp) + drawing;
        _seed(round, _lastPanels[bountyId] != 0);
        _rounds[bountyId] = round;
        _sittings[bountyId] = sitting;
        emit RoundOpened(bountyId, round.number, sitting.candidate, round.seedBlock, round.deadline);
    }

    /// @dev Another round of the same candidate; the last panel's seats are remembered, and freed.
    function _again(uint256 bountyId, uint40 drawing) private {
        Sitting memory old = _sittings[bountyId];
        uint256 last = 1 << 255; // never zero: this draw is a redraw
        for (uint256 place = 0; place < Places.MAX; place++) {
            if (Places.has(old.committed, place)) last |= (old.seatAt(place) + 1) << (16 * place);
        }
        _lastPanels[bountyId] = last;
        _freeAll(bountyId, old);
        Sitting memory sitting;
        sitting.candidate = old.candidate;
        sitting.replaced = uint8(old.replacements()); // of the candidate; none of the new round
        _start(bountyId, _rounds[bountyId], sitting, drawing);
    }

    function _seed(Round memory round, bool redraw) private view {
        // block numbers, times and counts are far below the width of their fields
        round.seedBlock = uint40(block.number + SEED_DELAY);
        round.mark = uint40(block.timestamp);
        round.seatCount = uint16(OPERATORS.count());
        round.probes = 0;
        uint40 older = uint40(block.timestamp - REDRAW_AGE);
        if (redraw && older > round.cutoff) round.cutoff = older;
    }

    function _isStale(Round memory round) private view returns (bool) {
        return block.number > round.seedBlock + BlockHistory.SERVE_WINDOW
            || block.timestamp > round.mark + Drawing.SEED_LIFE;
    }

    function _openReveals(uint256 bountyId, Round memory round) private {
        round.phase = Phase.REVEALING;
        round.deadline = uint40(block.timestamp + round.revealing);
        _rounds[bountyId] = round;
    }

    function _draw(uint256 bountyId, CoreTerms calldata core) private returns (uint256 seats, bool complete) {
        // Checks
        Round memory round = _rounds[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.DRAWING);
        require(block.number > round.seedBlock, Errors.Panels_NoSeedYet(bountyId, block.number, round.seedBlock));
        Sitting memory sitting = _sittings[bountyId];
        Drawing.Source memory source =
            Drawing.Source(OPERATORS, BOUNTIES, core.requester, bountyId, _lastPanels[bountyId]);
        if (_isStale(round)) {
            _seed(round, source.last != 0 || sitting.isReplacing());
            _rounds[bountyId] = round;
            emit SeedSet(bountyId, round.number, round.seedBlock);
            return (sitting.seats, false);
        }
        (bool enough, uint256 free, uint256 live) = Drawing.census(source, round, sitting);
        if (!enough) {
            require(block.timestamp > round.deadline, Errors.Panels_SeatsBusy(bountyId, free, live));
            emit DrawFailed(bountyId, round.number, free, live);
            _drawFailed(bountyId, round, sitting, core.schedule);
            return (sitting.seats, false);
        }

        // Effects, interactions
        uint256[] memory drawn = Drawing.pick(source, round, sitting);
        complete = _seatAll(bountyId, round, sitting, drawn, core.schedule.length(Stages.COMMITTING));
        seats = sitting.seats;
    }

    function _seatAll(
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        uint256[] memory drawn,
        uint40 committing
    ) private returns (bool complete) {
        // Effects
        complete = Bits.count(sitting.seated) == round.size;
        if (complete) {
            round.phase = Phase.COMMITTING;
            round.deadline = uint40(block.timestamp) + committing;
            round.mark = uint40(block.timestamp) + committing / 2; // grants come in the first half
        }
        _rounds[bountyId] = round;
        _sittings[bountyId] = sitting;
        emit SeatsDrawn(
            bountyId, round.number, sitting.seats, sitting.seated, uint256(round.phase), round.deadline
        );

        // Interactions
        OPERATORS.lockSeats(drawn);
    }

    function _drawFailed(uint256 bountyId, Round memory round, Sitting memory sitting, Schedule schedule) private {
        if (sitting.isReplacing()) {
            // a replacement that can't be drawn: on with those there are
            if (sitting.committed == sitting.seated && sitting.committed != 0) return _openReveals(bountyId, round);
            if (sitting.committed == 0 && sitting.seated == 0) return _judge(bountyId, round, sitting, schedule);
            round.phase = Phase.COMMITTING;
            round.mark = uint40(block.timestamp) + schedule.length(Stages.COMMITTING) / 2;
            round.deadline = uint40(block.timestamp) + schedule.length(Stages.COMMITTING);
            _rounds[bountyId] = round;
            return;
        }
        _freeAll(bountyId, sitting);
        _rounds[bountyId].phase = Phase.NONE;
        BOUNTIES.drawFailed(bountyId);
    }

    function _judge(uint256 bountyId, Round memory round, Sitting memory sitting, Schedule schedule) private {
        // Effects
        round.phase = Phase.JUDGED;
        _rounds[bountyId] = round;
        _sittings[bountyId] = sitting;
        emit Judged(bountyId, round.number, sitting.verdict, sitting.score, sitting.seated);
        if (sitting.verdict == Verdict.NONE) _freeAll(bountyId, sitting);

        // Interactions
        bool again = BOUNTIES.judged(bountyId, schedule, sitting.verdict, sitting.score);
        if (again) _again(bountyId, schedule.length(Stages.DRAWING));
    }

    function _freeAll(uint256 bountyId, Sitting memory sitting) private {
        if (sitting.seated == 0) return;
        uint256[] memory seats = sitting.at(sitting.seated);
        _sittings[bountyId].seated = 0;
        OPERATORS.freeSeats(seats);
    }

    function _slashSilent(uint256[] memory seats) private {
        if (seats.length == 0) return;
        for (uint256 i = 0; i < seats.length; i++) {
            OPERATORS.slashSilent(seats[i]);
        }
        OPERATORS.freeSeats(seats);
    }

    /* INTERNAL: COMMITTING AND REVEALING */

    function _committer(uint256 bountyId, uint8 number, Sitting memory sitting, SignedCommitment calldata one)
        private
        view
        returns (address signer)
    {
        uint16 seat = uint16(sitting.seatAt(one.place)); // 16 bits a place
        bytes32 hash =
            Attestations.commitmentHash(bountyId, sitting.candidate, number, one.place, seat, one.hash);
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(hash), one.r, one.vs);
    }

    function _open(
        uint256 bountyId,
        Rules rules,
        Round memory round,
        Sitting memory sitting,
        Tally memory tally,
        Commitment[] calldata commitments,
        Reveal calldata opened
    ) private {
        // Checks
        uint256 place = opened.place;
        bool seated = place < Places.MAX && Places.has(sitting.seated, place);
        require(seated && !Places.has(sitting.revealed, place), Errors.Panels_Twice(bountyId, place));
        bytes32 found = Attestations.digest(opened.attestation);
        uint256 group = tally.groupOf(found);
        // equal attestations need one check, those of an earlier call have had it
        if (group == tally.count) Attestations.check(bountyId, rules, sitting.candidate, opened.attestation);
        uint256 seat = sitting.seatAt(place);
        // seat < 2^16
        bytes32 digest = attestationDigest(
            bountyId, sitting.candidate, round.number, uint16(seat), opened.attestation
        );
        bytes32 got = keccak256(abi.encode(digest, opened.salt));
        bytes32 expected = Attestations.find(commitments, place);
        require(got == expected, Errors.Panels_NotCommitted(bountyId, got, expected));
        (address signer,,) = ECDSA.tryRecover(digest, opened.r, opened.vs);
        _requireOwner(bountyId, sitting, place, signer);

        // Effects
        emit Revealed(bountyId, round.number, signer, place, opened.attestation);
        if (tally.add(sitting, place, group, found) >= round.quorum) {
            sitting.verdict = opened.attestation.verdict;
            sitting.score = opened.attestation.score;
        }
    }

    /* INTERNAL: CHECKS */

    function _idOf(TermsRef calldata terms) private view returns (uint256) {
        return Terms.idOf(address(BOUNTIES), terms);
    }

    /// @dev Reverts unless `who` owns the seat at `place`.
    function _requireOwner(uint256 bountyId, Sitting memory sitting, uint256 place, address who) private view {
        bool seated = place < Places.MAX && Places.has(sitting.seated, place);
        address owner = seated ? OPERATORS.ownerOf(sitting.seatAt(place)) : address(0);
        require(who == owner && seated, Errors.Panels_NotEvaluator(bountyId, who, owner));
    }
}
