// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ContestHouse} from "./ContestHouse.sol";
import {HookToken} from "./HookToken.sol";
import {Bounty, BountyTerms, CoreTerms, Entry, Stage, Submission} from "../../../contracts/types/Bounty.sol";
import {SignedClaim, TermsRef, Verdict} from "../../../contracts/types/Bounty.sol";
import {Attestation, Commitment, Finding, Phase, Reveal, Round, Sitting} from "../../../contracts/types/Panel.sol";
import {Rules} from "../../../contracts/types/Rules.sol";
import {Schedule} from "../../../contracts/types/Schedule.sol";

/// @notice One bounty, step by step, with stages that all differ in length and amounts that do not divide evenly.
abstract contract ContestSteps is Test, ContestHouse {
    address internal immutable ASKER = vm.addr(REQUESTER);
    uint128 internal reward = 3001;
    uint128 internal deposit = 1299; // 128 parts of 10, and 19
    uint128 internal panelFee = 10;
    uint96 internal claimBond = 307;
    uint256 internal rules = uint256(1) | (2 << 8) | (3 << 16) | (2 << 24) | (1000 << 32) | (uint256(5e8) << 128);
    uint256 internal schedule;
    bytes32 internal salt;
    Attestation[7] internal votes;
    uint8[] internal voted; // places, in the order of their commitments

    constructor(HookToken token) ContestHouse(token) {
        for (uint256 i = 0; i < 10; i++) {
            schedule |= _length(i) << (24 * i);
        }
        (datasets[0].bps, datasets[1].bps) = (1_000, 333);
    }

    /// @dev Nothing is counted: what happens here is written down.
    function places() public pure virtual override returns (string memory) {
        return "";
    }

    function _length(uint256 stage) internal pure returns (uint256) {
        return 3600 + 600 * stage;
    }

    function _terms() internal view virtual returns (BountyTerms memory t) {
        t.core = CoreTerms(ASKER, reward, deposit, panelFee, claimBond, Rules.wrap(rules), Schedule.wrap(schedule));
        (t.key, t.files.seal, t.files.salt, t.datasets) = (points[0], points[2], salt, datasets);
    }

    function _rows() internal view returns (bytes32) {
        BountyTerms memory t = _terms();
        return keccak256(abi.encode(t.key, keccak256(abi.encode(t.files))));
    }

    function _ref() internal view returns (TermsRef memory) {
        BountyTerms memory t = _terms();
        return TermsRef(t.core, keccak256(abi.encode(_rows(), keccak256(abi.encode(t.datasets)))));
    }

    function _id() internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, BOUNTIES, _ref())));
    }

    function _bounty() internal view returns (Bounty memory) {
        return BOUNTIES.bountyOf(_id());
    }

    /// @dev What the i-th maker hands in; there can be more of them than the house knows.
    function _submission(uint256 i) internal view virtual returns (Submission memory submission) {
        submission.maker = _modeller(i);
        submission.listingHash = i == 0 ? bytes32(uint256(1)) : bytes32(0);
        (submission.key, submission.seal) = (points[1], points[2]);
    }

    function _modeller(uint256 i) internal pure returns (address) {
        return vm.addr(MAKER + i);
    }

    function _makers(uint256 count) internal pure returns (address[] memory makers) {
        makers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            makers[i] = _modeller(i);
        }
    }

    function _bucket() internal view returns (uint256) {
        return VAULT.bucketOf(address(BOUNTIES), _id());
    }

    function _pay(address who) internal view returns (int256) {
        return int256(VAULT.balanceOf(who));
    }

    /* TIME */

    /// @dev To the last moment of the stage.
    function _toDeadline() internal {
        vm.warp(_bounty().deadline);
    }

    /// @dev The referee voids, a stranger collects.
    function _void() internal {
        BOUNTIES.voidVerdict(_ref(), CHALLENGER);
        PANELS.collect(_ref());
    }

    function _past() internal {
        vm.warp(uint256(_bounty().deadline) + 1);
    }

    /* STEPS */

    function _open() internal {
        BountyTerms memory t = _terms();
        vm.prank(ASKER);
        BOUNTIES.open(t);
    }

    function _submit(uint256 i) internal {
        Submission memory submission = _submission(i);
        uint256 id = _id();
        vm.prank(_modeller(i));
        BOUNTIES.submit(id, submission);
    }

    function _openRows() internal {
        BountyTerms memory t = _terms();
        BOUNTIES.openRows(_ref(), t.key, keccak256(abi.encode(t.files)), keccak256(abi.encode(t.datasets)), ROWS_KEY);
    }

    /// @dev A bounty with so many submissions whose rows are open.
    function _claiming(uint256 submissions) internal {
        _open();
        for (uint256 i = 0; i < submissions; i++) {
            _submit(i);
        }
        _past();
        _openRows();
    }

    function _claim(uint256 i, uint64 score) internal {
        TermsRef memory ref = _ref();
        vm.prank(_modeller(i));
        BOUNTIES.claim(ref, score);
    }

    function _claimBadRows(uint256 i) internal {
        TermsRef memory ref = _ref();
        vm.prank(_modeller(i));
        BOUNTIES.claimBadRows(ref);
    }

    function _signedClaim(uint256 key, uint64 score) internal view returns (SignedClaim memory) {
        bytes32 kind = keccak256("Claim(uint256 bountyId,uint64 score)");
        (bytes32 r, bytes32 vs) = _sign(key, "Tessera Bounties", address(BOUNTIES), abi.encode(kind, _id(), score));
        return SignedClaim(score, r, vs);
    }

    function _choose(uint256 submissions) internal {
        BOUNTIES.choose(_ref(), _makers(submissions));
    }

    /// @dev Two makers, the first of whom claims 900 rows and is being judged.
    function _judging() internal {
        _claiming(2);
        _claim(0, 9e8);
        _past();
        _choose(2);
    }

    function _draw() internal {
        vm.roll(uint256(PANELS.roundOf(_id()).seedBlock) + 1);
        PANELS.draw(_ref());
        assertEq(uint256(PANELS.roundOf(_id()).phase), uint256(Phase.COMMITTING));
    }

    function _scored(uint128 correct) internal pure returns (Attestation memory a) {
        (a.verdict, a.score, a.evidenceRoot) = (Verdict.SCORED, uint64(correct) * 1e6, bytes32(uint256(1)));
        a.sums = new uint128[](1);
        a.sums[0] = correct;
    }

    function _plain(Verdict verdict) internal pure returns (Attestation memory a) {
        a.verdict = verdict;
    }

    function _owner(uint256 place) internal view returns (address) {
        return OPERATORS.ownerOf(_seat(place));
    }

    function _seat(uint256 place) internal view returns (uint16) {
        return uint16(uint256(PANELS.sittingOf(_id()).seats) >> (16 * place));
    }

    function _digest(uint256 place, Attestation memory a) internal view returns (bytes32) {
        Round memory round = PANELS.roundOf(_id());
        return PANELS.attestationDigest(_id(), round.candidate, round.number, _seat(place), a);
    }

    function _commit(uint256 place, Attestation memory a) internal {
        votes[place] = a;
        voted.push(uint8(place));
        bytes32 hash = keccak256(abi.encode(_digest(place, a), bytes32(place)));
        uint256 id = _id();
        vm.prank(_owner(place));
        PANELS.commit(id, place, hash);
    }

    /// @dev What the places of `mask` committed to, in the order of their commitments.
    function _opened(uint256 mask) internal view returns (Finding[] memory findings, Reveal[] memory reveals) {
        findings = new Finding[](voted.length);
        reveals = new Reveal[](voted.length);
        uint256 found;
        for (uint256 i = 0; i < voted.length; i++) {
            uint8 place = voted[i];
            if ((mask >> place) & 1 == 0) continue;
            Attestation memory a = votes[place];
            (bytes32 r, bytes32 vs) = vm.signCompact(keys[_owner(place)], _digest(place, a));
            findings[found] = Finding(a.verdict, a.score, a.sums, a.evidenceRoot);
            reveals[found] = Reveal(place, uint8(found), a.evidence, bytes32(uint256(place)), r, vs);
            found++;
        }
        assembly ("memory-safe") {
            mstore(findings, found)
            mstore(reveals, found)
        }
    }

    /// @dev The commitments of the round, as they stand in the log.
    function _committed() internal view returns (Commitment[] memory list) {
        list = new Commitment[](voted.length);
        for (uint256 i = 0; i < voted.length; i++) {
            uint8 place = voted[i];
            list[i] = Commitment(place, keccak256(abi.encode(_digest(place, votes[place]), bytes32(uint256(place)))));
        }
    }

    function _reveal() internal {
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(127);
        PANELS.reveal(_ref(), new Commitment[](0), findings, reveals);
        delete voted;
    }

    /// @dev A whole round in which all three places say the same.
    function _round(Attestation memory a) internal {
        _draw();
        for (uint256 place = 0; place < 3; place++) {
            _commit(place, a);
        }
        _reveal();
    }

    /// @dev A round in which two places say the one and the third the other.
    function _split(Attestation memory a, Attestation memory b) internal {
        _draw();
        _commit(0, a);
        _commit(1, b);
        _commit(2, a);
        _reveal();
    }

    function _signedLock(uint256 key, uint8 candidate, address keyLock) internal view returns (bytes32, bytes32) {
        bytes32 kind = keccak256("Lock(uint256 bountyId,uint8 candidate,address keyLock)");
        return _sign(key, "Tessera Bounties", address(BOUNTIES), abi.encode(kind, _id(), candidate, keyLock));
    }

    function _lock(uint256 t) internal {
        TermsRef memory ref = _ref();
        vm.prank(ASKER);
        BOUNTIES.lock(ref, vm.addr(t));
    }

    function _finalize(uint256 i) internal {
        BountyTerms memory t = _terms();
        BOUNTIES.finalize(_ref(), _submission(i), _rows(), t.datasets);
    }

    function _isStage(Stage stage, uint256 length) internal view {
        Bounty memory bounty = _bounty();
        assertEq(uint256(bounty.stage), uint256(stage));
        assertEq(bounty.deadline, block.timestamp + length);
    }

    function _entry(uint256 i) internal view returns (Entry memory) {
        return BOUNTIES.entryOf(_id(), _modeller(i));
    }

    function _sitting() internal view returns (Sitting memory) {
        return PANELS.sittingOf(_id());
    }
}
