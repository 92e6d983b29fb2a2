// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {IBounties} from "./interfaces/IBounties.sol";
import {IOperators} from "./interfaces/IOperators.sol";
import {IPanels} from "./interfaces/IPanels.sol";
import {Attestations} from "./libraries/Attestations.sol";
import {Bits} from "./libraries/Bits.sol";
import {Drawing} from "./libraries/Drawing.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {PanelChecks} from "./libraries/PanelChecks.sol";
import {PanelEnds} from "./libraries/PanelEnds.sol";
import {Places} from "./libraries/Places.sol";
import {PanelBook, PanelHouse, Rounds} from "./libraries/Rounds.sol";
import {Tallies, Tally} from "./libraries/Tallies.sol";
import {Terms} from "./libraries/Terms.sol";
import {CoreTerms, TermsRef, Verdict} from "./types/Bounty.sol";
import {Attestation, Commitment, Finding, Phase, Reveal, Round, RoundOrder} from "./types/Panel.sol";
import {SignedCommitment, Sitting} from "./types/Panel.sol";
import {Rules} from "./types/Rules.sol";
import {Stages} from "./types/Schedule.sol";

/// @title Panels
/// @notice See {IPanels}, which says what each function does and requires.
contract Panels is IPanels, EIP712 {
    using Places for Sitting;
    using PanelEnds for PanelBook;
    using Rounds for PanelBook;
    using Tallies for Tally;

    /* IMMUTABLES */

    IOperators public immutable OPERATORS;
    IBounties public immutable BOUNTIES;

    /* STORAGE */

    PanelBook private _book;

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
        if (_book.rounds[bountyId].phase == Phase.VOIDED) _book.settle(_house(), bountyId);
        _book.open(_house(), bountyId, order);
    }

    /// @inheritdoc IPanels
    function reopen(uint256 bountyId, uint40 drawing) external onlyBounties {
        PanelEnds.again(_book, _house(), bountyId, drawing);
    }

    /// @inheritdoc IPanels
    function release(uint256 bountyId) external onlyBounties returns (address[] memory signers, bytes32 digest) {
        if (_book.rounds[bountyId].phase == Phase.VOIDED) _book.settle(_house(), bountyId);
        return _book.release(_house(), bountyId);
    }

    /// @inheritdoc IPanels
    function slash(uint256 bountyId, address challenger) external onlyBounties {
        // the same few slots for any panel: bonds are taken, and seats freed, by {collect}
        _book.rounds[bountyId].phase = Phase.VOIDED;
        _book.commitments[bountyId] = bytes32(uint256(uint160(challenger)));
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IPanels
    function collect(TermsRef calldata terms) external {
        _book.collect(_house(), _idOf(terms), terms.core.schedule.length(Stages.DRAWING));
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
        Round memory round = _book.rounds[bountyId];
        Sitting memory sitting = _book.sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireTime(bountyId, round);
        bool seated = place < Places.MAX && Places.has(sitting.seated, place);
        address owner = seated ? OPERATORS.ownerOf(sitting.seatAt(place)) : address(0);
        require(msg.sender == owner, Errors.Panels_NotEvaluator(bountyId, msg.sender, owner));
        require(!Places.has(sitting.committed, place), Errors.Panels_Twice(bountyId, place));

        // Effects
        bytes32 before = sitting.committed == 0 ? bytes32(0) : _book.commitments[bountyId];
        _book.commitments[bountyId] = Attestations.link(before, place, hash);
        sitting.committed |= uint8(1 << place); // place < 7
        _book.sittings[bountyId] = sitting;
        if (sitting.committed == sitting.seated) _book.openReveals(bountyId, round);
        emit Committed(bountyId, round.number, msg.sender, place, hash);
    }

    /// @inheritdoc IPanels
    function commitMany(uint256 bountyId, SignedCommitment[] calldata signed) external {
        // Checks
        Round memory round = _book.rounds[bountyId];
        Sitting memory sitting = _book.sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.COMMITTING);
        PanelChecks.requireTime(bountyId, round);
        bytes32 chained = sitting.committed == 0 ? bytes32(0) : _book.commitments[bountyId];
        address[7] memory owners = OPERATORS.ownersOf(sitting.seats, sitting.seated & ~sitting.committed);
        for (uint256 i = 0; i < signed.length; i++) {
            SignedCommitment calldata one = signed[i];
            // whoever committed meanwhile must not stop the others
            if (one.place < Places.MAX && Places.has(sitting.committed, one.place)) continue;
            address signer = _committer(bountyId, round, sitting, one);
            _requireOwner(bountyId, sitting, owners, one.place, signer);

            // Effects
            chained = Attestations.link(chained, one.place, one.hash);
            sitting.committed |= uint8(1 << one.place); // place < 7
            emit Committed(bountyId, round.number, signer, one.place, one.hash);
        }
        _book.commitments[bountyId] = chained;
        _book.sittings[bountyId] = sitting;
        if (sitting.committed == sitting.seated) _book.openReveals(bountyId, round);
    }

    /// @inheritdoc IPanels
    function closeCommits(TermsRef calldata terms) external {
        _book.closeCommits(_house(), _idOf(terms), terms.core.schedule);
    }

    /// @inheritdoc IPanels
    function reveal(
        TermsRef calldata terms,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals
    ) external {
        _reveal(_idOf(terms), terms.core, commitments, findings, reveals);
    }

    /// @inheritdoc IPanels
    function revealAndDeliver(
        TermsRef calldata terms,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals,
        uint256 t,
        bytes32 r,
        bytes32 vs
    ) external {
        uint256 bountyId = _idOf(terms);
        // whoever opened the attestations meanwhile must not stop who has shown t already
        if (_book.rounds[bountyId].phase == Phase.REVEALING) {
            _reveal(bountyId, terms.core, commitments, findings, reveals);
        }
        BOUNTIES.deliverSigned(terms, t, r, vs);
    }

    /// @inheritdoc IPanels
    function closeReveals(TermsRef calldata terms) external {
        _book.closeReveals(_house(), _idOf(terms), terms.core.schedule);
    }

    /* VIEWS */

    /// @inheritdoc IPanels
    function roundOf(uint256 bountyId) external view returns (Round memory) {
        return _book.rounds[bountyId];
    }

    /// @inheritdoc IPanels
    function sittingOf(uint256 bountyId) external view returns (Sitting memory) {
        return _book.sittings[bountyId];
    }

    /// @inheritdoc IPanels
    function commitmentsOf(uint256 bountyId) external view returns (bytes32) {
        Phase phase = _book.rounds[bountyId].phase;
        bool open_ = phase != Phase.NONE && phase < Phase.JUDGED && _book.sittings[bountyId].committed != 0;
        return open_ ? _book.commitments[bountyId] : bytes32(0);
    }

    /// @inheritdoc IPanels
    function verdictOf(uint256 bountyId) external view returns (bytes32) {
        return _book.rounds[bountyId].phase == Phase.JUDGED ? _book.commitments[bountyId] : bytes32(0);
    }

    /// @inheritdoc IPanels
    function grantDeadline(uint256 bountyId) external view returns (uint256) {
        Round storage round = _book.rounds[bountyId];
        return round.phase == Phase.COMMITTING ? round.mark : 0;
    }

    /// @inheritdoc IPanels
    function attestationDigest(
        uint256 bountyId,
        uint8 candidate,
        uint8 number,
        uint16 seat,
        Attestation calldata attestation
    ) external view returns (bytes32) {
        bytes32 sums = keccak256(abi.encodePacked(attestation.sums));
        return _hashTypedDataV4(
            Attestations.structHash(bountyId, candidate, number, seat, attestation, sums)
        );
    }

    /* INTERNAL: DRAWING */

    function _draw(uint256 bountyId, CoreTerms calldata core) private returns (uint256 seats, bool complete) {
        // Checks
        Round memory round = _book.rounds[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.DRAWING);
        require(block.number > round.seedBlock, Errors.Panels_NoSeedYet(bountyId, block.number, round.seedBlock));
        Sitting memory sitting = _book.sittings[bountyId];
        uint256 last = round.number == 1 ? 0 : _book.lastPanels[bountyId];
        Drawing.Source memory source = Drawing.Source(OPERATORS, BOUNTIES, core.requester, bountyId, last);
        if (Rounds.isStale(round)) {
            Rounds.seed(_house(), round, source.last != 0 || sitting.isReplacing());
            _book.rounds[bountyId] = round;
            emit SeedSet(bountyId, round.number, round.seedBlock);
            return (sitting.seats, false);
        }
        (bool enough, uint256 free, uint256 live) = Drawing.census(source, round, sitting);
        if (!enough) {
            require(block.timestamp > round.deadline, Errors.Panels_SeatsBusy(bountyId, free, live));
            emit DrawFailed(bountyId, round.number, free, live);
            _book.drawFailed(_house(), bountyId, core.schedule);
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
            round.deadline = uint40(block.timestamp) + committing; // seconds fit 40 bits for 34,000 years
            round.mark = uint40(block.timestamp) + committing / 2; // grants come in the first half
        }
        _book.rounds[bountyId] = round;
        _book.sittings[bountyId] = sitting;
        emit SeatsDrawn(
            bountyId, round.number, sitting.seats, sitting.seated, uint256(round.phase), round.deadline
        );

        // Interactions
        OPERATORS.lockSeats(drawn);
    }

    /* INTERNAL: COMMITTING AND REVEALING */

    function _committer(
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        SignedCommitment calldata one
    ) private view returns (address signer) {
        uint16 seat = uint16(sitting.seatAt(one.place)); // 16 bits a place
        bytes32 hash = Attestations.commitmentHash(
            bountyId, round.candidate, round.number, one.place, seat, one.hash
        );
        (signer,,) = ECDSA.tryRecover(_hashTypedDataV4(hash), one.r, one.vs);
    }

    function _reveal(
        uint256 bountyId,
        CoreTerms calldata core,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals
    ) private {
        // Checks
        Round memory round = _book.rounds[bountyId];
        Sitting memory sitting = _book.sittings[bountyId];
        PanelChecks.requirePhase(bountyId, round, Phase.REVEALING);
        PanelChecks.requireTime(bountyId, round);

        // Effects
        Tally memory tally = Tallies.load(_book.digests[bountyId], sitting);
        bytes32 chained = _openAll(bountyId, core.rules, round, sitting, tally, commitments, findings, reveals);
        if (commitments.length != 0) chained = Attestations.chain(commitments);
        bytes32 expected = _book.commitments[bountyId];
        require(chained == expected, Errors.Panels_NotCommitments(bountyId, chained, expected));
        if (sitting.revealed == sitting.seated) {
            if (sitting.verdict != Verdict.NONE) _book.commitments[bountyId] = tally.verdict(round.quorum);
            if (!_book.judge(_house(), bountyId, round, sitting, core.schedule)) return;
            return PanelEnds.again(_book, _house(), bountyId, core.schedule.length(Stages.DRAWING));
        }
        tally.save(_book.digests[bountyId]);
        _book.sittings[bountyId] = sitting;
    }

    /// @dev Returns the chained hash of what was opened, in its order: that of the round if everything was.
    function _openAll(
        uint256 bountyId,
        Rules rules,
        Round memory round,
        Sitting memory sitting,
        Tally memory tally,
        Commitment[] calldata commitments,
        Finding[] calldata findings,
        Reveal[] calldata reveals
    ) private returns (bytes32 chained) {
        Attestations.Found[] memory found = new Attestations.Found[](findings.length);
        for (uint256 i = 0; i < findings.length; i++) {
            found[i] = Attestations.take(findings[i]);
        }
        address[7] memory owners = OPERATORS.ownersOf(sitting.seats, sitting.seated & ~sitting.revealed);
        for (uint256 i = 0; i < reveals.length; i++) {
            Reveal calldata one = reveals[i];
            require(one.finding < found.length, Errors.Panels_NoFinding(bountyId, one.finding, found.length));
            Attestations.Found memory told = found[one.finding];
            uint256 group = tally.groupOf(told.digest);
            // equal attestations need one check, those of an earlier call have had it
            if (group == tally.count) {
                Attestations.check(bountyId, rules, round.candidate, findings[one.finding]);
            }
            bool known = Places.has(sitting.revealed, one.place);
            bytes32 hash = _open(bountyId, round, sitting, owners, told, commitments, one);
            chained = Attestations.link(chained, one.place, hash);
            // whoever opened his own meanwhile must not stop the others
            if (known) continue;
            if (tally.add(sitting, one.place, group, told.digest) >= round.quorum) {
                sitting.verdict = told.attestation.verdict;
                sitting.score = told.attestation.score;
            }
        }
    }

    function _open(
        uint256 bountyId,
        Round memory round,
        Sitting memory sitting,
        address[7] memory owners,
        Attestations.Found memory told,
        Commitment[] calldata commitments,
        Reveal calldata one
    ) private returns (bytes32 hash) {
        // Checks
        uint256 place = one.place;
        bool seated = place < Places.MAX && Places.has(sitting.seated, place);
        require(seated, Errors.Panels_Twice(bountyId, place));
        told.attestation.evidence = one.evidence;
        uint16 seat = uint16(sitting.seatAt(place)); // 16 bits a place
        bytes32 digest = _hashTypedDataV4(
            Attestations.structHash(
                bountyId, round.candidate, round.number, seat, told.attestation, told.sumsHash
            )
        );
        hash = keccak256(abi.encode(digest, one.salt));
        if (commitments.length != 0) {
            bytes32 expected = Attestations.find(commitments, place);
            require(hash == expected, Errors.Panels_NotCommitted(bountyId, hash, expected));
        }
        if (Places.has(sitting.revealed, place)) return hash;
        (address signer,,) = ECDSA.tryRecover(digest, one.r, one.vs);
        _requireOwner(bountyId, sitting, owners, place, signer);

        // Effects
        emit Revealed(bountyId, round.number, signer, place, told.attestation);
    }

    /* INTERNAL: CHECKS */

    function _house() private view returns (PanelHouse memory) {
        return PanelHouse(OPERATORS, BOUNTIES);
    }

    function _idOf(TermsRef calldata terms) private view returns (uint256) {
        return Terms.idOf(address(BOUNTIES), terms);
    }

    /// @dev Reverts unless `who` owns the seat at `place`.
    function _requireOwner(
        uint256 bountyId,
        Sitting memory sitting,
        address[7] memory owners,
        uint256 place,
        address who
    ) private pure {
        bool seated = place < Places.MAX && Places.has(sitting.seated, place);
        address owner = seated ? owners[place] : address(0);
        require(who == owner && seated, Errors.Panels_NotEvaluator(bountyId, who, owner));
    }
}
