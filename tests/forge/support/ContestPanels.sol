// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestLedger} from "./ContestLedger.sol";
import {IPanels} from "../../../contracts/interfaces/IPanels.sol";
import {Bounty, Verdict} from "../../../contracts/types/Bounty.sol";
import {Attestation, Commitment, Finding, Phase, Reveal, Round} from "../../../contracts/types/Panel.sol";
import {SignedCommitment, Sitting} from "../../../contracts/types/Panel.sol";

/// @notice What panels do at random: draw, commit and reveal in every way there is, stay silent, disagree.
abstract contract ContestPanels is ContestLedger {
    mapping(uint256 n => mapping(uint256 number => Commitment[])) internal commitments; // in the order of the log
    SignedCommitment[] internal sent; // for replays
    uint256[] internal sentFor; // bounty, candidate, round, seat of each: their hash

    function _sit(uint256 n, uint256 luck) internal {
        Round memory round = PANELS.roundOf(idOf(n));
        bool late = block.timestamp > round.deadline; // since another bounty took its time
        if (round.phase == Phase.DRAWING) _draw(n, round, luck);
        else if (round.phase == Phase.VOIDED) _collect(n);
        else if (late) _exitRound(n);
        else if (round.phase == Phase.COMMITTING) _commit(n, round, luck);
        else if (round.phase == Phase.REVEALING) _reveal(n, round, luck);
        else require(false, "a bounty is being judged, and nobody judges");
    }

    /// @dev What anybody can do once the deadline has passed.
    function _exitRound(uint256 n) internal {
        Round memory round = PANELS.roundOf(idOf(n));
        if (round.phase == Phase.DRAWING) return _draw(n, round, 1);
        if (round.phase == Phase.VOIDED) return _collect(n);
        if (block.timestamp <= round.deadline) vm.warp(round.deadline + 1);
        bytes memory data = round.phase == Phase.COMMITTING
            ? abi.encodeCall(IPanels.closeCommits, (refOf(n)))
            : abi.encodeCall(IPanels.closeReveals, (refOf(n)));
        _must(n, address(PANELS), STRANGER, data);
    }

    function _collect(uint256 n) internal {
        _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.collect, (refOf(n))));
    }

    function _draw(uint256 n, Round memory round, uint256 luck) internal {
        if (block.number <= round.seedBlock) vm.roll(round.seedBlock + 1);
        if (luck % 16 == 0) {
            luck % 32 == 0 ? _rollTo(round.seedBlock + 8192) : _warpTo(round.mark + 28 hours + 1);
            _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.draw, (refOf(n))));
            round = PANELS.roundOf(idOf(n));
            _rollTo(round.seedBlock + 1);
        }
        Sitting memory sitting = PANELS.sittingOf(idOf(n));
        (uint256 live, uint256 free) = OPERATORS.census(round.seatCount, round.cutoff);
        uint256 seated = _ones(sitting.seated);
        bool calm = sitting.replaced > 15 || 3 * (free + seated) >= 2 * live;
        bool enough = free + seated >= round.size && calm;
        if (!enough && block.timestamp <= round.deadline) vm.warp(round.deadline + 1);
        if (enough && luck % 3 == 0 && _drawAndGrant(n)) return;
        // seats that leave are live and not drawn: then it takes many calls, and fails after the deadline
        for (uint256 i = 0; i < 6 && PANELS.roundOf(idOf(n)).phase == Phase.DRAWING; i++) {
            bool ok = _call(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.draw, (refOf(n))));
            round = PANELS.roundOf(idOf(n));
            if ((!ok || i == 2) && block.timestamp <= round.deadline) vm.warp(round.deadline + 1);
        }
    }

    /// @dev The candidate's maker tries it without sending, then sends it; a stranger's never goes through.
    function _drawAndGrant(uint256 n) private returns (bool) {
        uint256 id = idOf(n);
        uint8 candidate = BOUNTIES.bountyOf(id).candidate;
        if (candidate == 0) return false;
        (, bytes memory answer) = address(this).call(abi.encodeCall(this.tryDraw, (n)));
        (uint256 seats, bool complete) = abi.decode(answer, (uint256, bool));
        if (!complete) return false;
        bytes memory data = abi.encodeCall(IPanels.drawAndGrant, (refOf(n), seats, bytes32(n)));
        bytes memory wrong = abi.encodeCall(IPanels.drawAndGrant, (refOf(n), seats ^ 1, bytes32(n)));
        if (_call(n, address(PANELS), STRANGER, data)) unlawful += 1;
        if (_call(n, address(PANELS), _maker(candidate - 1), wrong)) unlawful += 1;
        _must(n, address(PANELS), _maker(candidate - 1), data);
        _reach(EVENTS + 12);
        return true;
    }

    /// @notice Says what a draw would come to, by reverting.
    function tryDraw(uint256 n) external {
        bytes memory answer = abi.encode(uint256(0), false);
        try PANELS.draw(refOf(n)) returns (uint256 seats, bool complete) {
            answer = abi.encode(seats, complete);
        } catch {}
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _commit(uint256 n, Round memory round, uint256 luck) internal {
        uint256 id = idOf(n);
        Sitting memory sitting = PANELS.sittingOf(id);
        uint8 common = uint8(luck % 8);
        SignedCommitment[] memory batch = new SignedCommitment[](7);
        uint256 found;
        for (uint256 place = 0; place < 7; place++) {
            luck = uint256(keccak256(abi.encode(luck)));
            bool due = (sitting.seated >> place) & 1 == 1 && (sitting.committed >> place) & 1 == 0;
            if (!due || luck % 12 == 0) continue; // silent, or late
            uint8 kind = luck % 5 == 0 ? uint8(luck >> 8) % 8 : common;
            told[n][round.number][place] = Told(kind, bytes32(luck));
            SignedCommitment memory one = _commitment(n, round, sitting, place);
            if (luck % 2 == 0) {
                _must(n, address(PANELS), _ownerAt(sitting, place), abi.encodeCall(IPanels.commit, (id, place, one.hash)));
                commitments[n][round.number].push(Commitment(uint8(place), one.hash));
            }
            batch[found++] = one; // also those who sent it by themselves
        }
        assembly ("memory-safe") {
            mstore(batch, found)
        }
        _commitMany(n, round, batch);
        if (PANELS.roundOf(id).phase != Phase.COMMITTING) return;
        vm.warp(round.deadline + 1);
        _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.closeCommits, (refOf(n))));
    }

    function _commitMany(uint256 n, Round memory round, SignedCommitment[] memory batch) private {
        uint256 id = idOf(n);
        if (PANELS.roundOf(id).phase != Phase.COMMITTING) return;
        Sitting memory sitting = PANELS.sittingOf(id);
        for (uint256 i = 0; i < batch.length; i++) {
            sent.push(batch[i]);
            sentFor.push(_context(id, round, sitting, batch[i].place));
            if ((sitting.committed >> batch[i].place) & 1 == 1) continue;
            commitments[n][round.number].push(Commitment(batch[i].place, batch[i].hash));
        }
        _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.commitMany, (id, batch)));
    }

    function _reveal(uint256 n, Round memory round, uint256 luck) internal {
        uint256 id = idOf(n);
        Commitment[] memory log = commitments[n][round.number];
        // some by themselves, in any order, then all at once, with or without those and the list
        if (luck % 3 == 0) {
            for (uint256 i = 0; i < log.length; i++) {
                luck = uint256(keccak256(abi.encode(luck)));
                if (luck % 2 == 0) continue;
                _open(n, round, log, 1 << log[log.length - 1 - i].place);
                if (PANELS.roundOf(id).phase != Phase.REVEALING) return;
            }
        }
        if (luck % 7 == 0) _open(n, round, log, luck >> 16);
        else if (luck % 7 == 1) _open(n, round, log, 127);
        else if (luck % 7 != 2) _open(n, round, new Commitment[](0), 127);
        round = PANELS.roundOf(id);
        if (round.phase != Phase.REVEALING) return;
        vm.warp(round.deadline + 1);
        _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.closeReveals, (refOf(n))));
    }

    /// @dev Opens those of `mask` in one call; one finding a place, although equal ones could be named once.
    function _open(uint256 n, Round memory round, Commitment[] memory list, uint256 mask) internal {
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(n, round, mask);
        if (reveals.length == 0) return;
        _must(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.reveal, (refOf(n), list, findings, reveals)));
    }

    function _opened(uint256 n, Round memory round, uint256 mask)
        internal
        view
        returns (Finding[] memory findings, Reveal[] memory reveals)
    {
        Commitment[] memory log = commitments[n][round.number];
        Sitting memory sitting = PANELS.sittingOf(idOf(n));
        reveals = new Reveal[](log.length);
        findings = new Finding[](log.length);
        uint256 found;
        for (uint256 i = 0; i < log.length; i++) {
            uint256 place = log[i].place;
            if ((mask >> place) & 1 == 0) continue;
            Attestation memory attestation = _attestation(n, told[n][round.number][place].kind);
            (findings[found], reveals[found]) = _one(n, round, sitting, place, attestation);
            reveals[found].finding = uint8(found);
            found++;
        }
        assembly ("memory-safe") {
            mstore(reveals, found)
            mstore(findings, found)
        }
    }

    function _one(uint256 n, Round memory round, Sitting memory sitting, uint256 place, Attestation memory a)
        private
        view
        returns (Finding memory finding, Reveal memory reveal)
    {
        bytes32 digest = PANELS.attestationDigest(idOf(n), round.candidate, round.number, _seatAt(sitting, place), a);
        (bytes32 r, bytes32 vs) = _signDigest(keys[_ownerAt(sitting, place)], digest);
        finding = Finding(a.verdict, a.score, a.sums, a.evidenceRoot);
        reveal = Reveal(uint8(place), 0, a.evidence, told[n][round.number][place].salt, r, vs);
    }

    /// @dev Kinds 0 to 3: as claimed; 4: one row worse; 5: unscorable; 6: bad rows; 7: as claimed from other evidence.
    ///      About rows: even ones are bad, odd ones good.
    function _attestation(uint256 n, uint8 kind) internal view returns (Attestation memory a) {
        Bounty memory bounty = BOUNTIES.bountyOf(idOf(n));
        a.evidence = bytes32(uint256(kind));
        a.verdict = _verdictOf(bounty.candidate, kind);
        if (a.verdict == Verdict.SCORED) {
            a.sums = new uint128[](1);
            a.sums[0] = uint128(bounty.claimed / 1e6) - (kind == 4 ? 1 : 0);
            a.score = uint64(a.sums[0] * 1e6);
            a.evidenceRoot = bytes32(uint256(kind == 7 ? 7 : 1));
        }
    }

    function _commitment(uint256 n, Round memory round, Sitting memory sitting, uint256 place)
        private
        view
        returns (SignedCommitment memory one)
    {
        Attestation memory a = _attestation(n, told[n][round.number][place].kind);
        uint16 seat = _seatAt(sitting, place);
        bytes32 digest = PANELS.attestationDigest(idOf(n), round.candidate, round.number, seat, a);
        one.place = uint8(place);
        one.hash = keccak256(abi.encode(digest, told[n][round.number][place].salt));
        bytes32 kind = keccak256(
            "Commitment(uint256 bountyId,uint8 candidate,uint8 round,uint8 place,uint16 seat,bytes32 hash)"
        );
        bytes memory message = abi.encode(kind, idOf(n), round.candidate, round.number, place, seat, one.hash);
        (one.r, one.vs) = _sign(keys[_ownerAt(sitting, place)], "Tessera Panels", address(PANELS), message);
    }

    function _context(uint256 id, Round memory round, Sitting memory sitting, uint256 place)
        internal
        pure
        returns (uint256)
    {
        uint16 seat = _seatAt(sitting, place);
        return uint256(keccak256(abi.encode(id, round.candidate, round.number, place, seat)));
    }

    function _ownerAt(Sitting memory sitting, uint256 place) internal view returns (address) {
        return OPERATORS.ownerOf(_seatAt(sitting, place));
    }
}
