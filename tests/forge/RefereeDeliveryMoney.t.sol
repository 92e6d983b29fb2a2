// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {Garbled} from "./support/Garbled.sol";
import {Sealed} from "./support/Sealed.sol";
import {Shipped} from "./support/Shipped.sol";
import {IBounties} from "../../contracts/interfaces/IBounties.sol";
import {IPanels} from "../../contracts/interfaces/IPanels.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {TermsRef, Verdict} from "../../contracts/types/Bounty.sol";
import {ScoredCase} from "../../contracts/types/Challenge.sol";
import {ContentParts, PieceProof} from "../../contracts/types/Piece.sol";
import {Point} from "../../contracts/types/Point.sol";

/// @notice Models whose artifact is not what was committed to: a scored verdict of one is void. What the other contracts
///         would say is put in their place.
contract RefereeDeliveryMoney is Test {
    using Sealed for Sealed.File;

    address internal constant BOUNTIES = address(0xB0);
    address internal constant PANELS = address(0xA0);
    address internal constant MAKER = address(0x3A);
    uint256 internal constant KEY = 0xC0FFEE;
    bytes32 internal constant NONCE = keccak256("nonce");

    IReferee internal referee;
    ScoredCase internal one;
    Sealed.File internal right;

    function setUp() public {
        string[] memory libraries = new string[](3);
        (libraries[0], libraries[1], libraries[2]) = ("ChaCha20", "Scores", "Demands");
        bytes memory arguments = abi.encode(address(0), address(0), BOUNTIES, PANELS);
        referee = IReferee(Shipped.deployLinked("Referee", libraries, arguments));
        one.submission.maker = MAKER;
        Vm.Wallet memory wallet = vm.createWallet(KEY);
        one.submission.key = Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
        one.finding.verdict = Verdict.SCORED;
        one.finding.sums.push(7);
        bytes32 verdict = keccak256(
            abi.encode(one.finding.verdict, one.finding.score, one.finding.sums, one.finding.evidenceRoot)
        );
        vm.mockCall(PANELS, abi.encodePacked(IPanels.standingOf.selector), abi.encode(verdict, 0));
        vm.mockCall(BOUNTIES, abi.encodePacked(IBounties.voidVerdict.selector), "");
        vm.mockCall(BOUNTIES, abi.encodePacked(IBounties.exposeKey.selector), "");
        bytes memory plain = new bytes(5000);
        plain[4500] = 0x07;
        right = Sealed.seal(KEY, NONCE, plain);
    }

    /* A WRONG PIECE */

    function test_challengePiece__wrong_piece__voids_the_verdict() public {
        PieceProof memory proof = _submit(true).proofOf(1);
        bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, proof));
        _commit(data);
        vm.expectCall(BOUNTIES, abi.encodeCall(IBounties.exposeKey, (_bountyId(), KEY)), 1);
        vm.expectCall(BOUNTIES, abi.encodeCall(IBounties.voidVerdict, (_terms(), address(this))), 1);
        vm.expectEmit(address(referee));
        emit IReferee.FilePieceDisproved(_bountyId(), false, 1, KEY);
        _send(data);
    }

    function test_challengePiece__right_piece__reverts_piece_right() public {
        Sealed.File memory file = _submit(false);
        for (uint256 i = 0; i < 2; i++) {
            bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, file.proofOf(i)));
            _commit(data);
            vm.expectRevert(abi.encodeWithSelector(Errors.Referee_PieceRight.selector, i));
            _send(data);
        }
    }

    function test_challengePiece__not_committed__reverts_not_committed() public {
        bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, _submit(true).proofOf(1)));
        vm.expectPartialRevert(Errors.Referee_NotCommitted.selector);
        _send(data);
    }

    function test_challengePiece__another_than_the_candidate__reverts_not_candidate() public {
        bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, _submit(true).proofOf(1)));
        _commit(data);
        vm.mockCall(BOUNTIES, abi.encodePacked(IBounties.candidateOf.selector), abi.encode(bytes22("another")));
        vm.expectPartialRevert(Errors.Referee_NotCandidate.selector);
        _send(data);
    }

    function test_challengePiece__called_unscorable__reverts_not_verdict() public {
        one.finding.verdict = Verdict.UNSCORABLE;
        bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, _submit(true).proofOf(1)));
        _commit(data);
        vm.expectPartialRevert(Errors.Referee_NotVerdict.selector);
        _send(data);
    }

    /* NOTHING AGAINST AN HONEST DELIVERY */

    /// @dev Whatever is done to a true proof, one thing or several: none passes.
    function testFuzz_challengePiece__honest_delivery__is_never_disproved(uint256 which, uint256 what, uint256 word)
        public
    {
        PieceProof memory proof = _submit(false).proofOf(which % 2);
        for (uint256 left = what; left != 0; left >>= 8) {
            Garbled.change(proof, left, word);
            word = uint256(keccak256(abi.encode(word)));
        }
        bytes memory data = abi.encodeCall(IReferee.challengePiece, (one, false, proof));
        _commit(data);
        (bool ok, bytes memory reason) = address(referee).call(data);
        assertFalse(ok, "an honest delivery was disproved");
        assertTrue(Garbled.isNamed(bytes4(reason)), "not named");
    }

    /// @dev Whoever says another length, count, nonce or tree makes another root.
    function testFuzz_challengeLength__honest_delivery__is_never_disproved(
        uint64 length,
        uint64 pieces,
        bytes32 nonce
    ) public {
        Sealed.File memory file = _submit(false);
        ContentParts memory parts = ContentParts(nonce, length, pieces, Sealed.treeOf(file.leaves));
        bytes memory data = abi.encodeCall(IReferee.challengeLength, (one, false, parts));
        _commit(data);
        vm.expectPartialRevert(Errors.Referee_NotInFile.selector);
        _send(data);
    }

    /* A LENGTH THAT LIES */

    function test_challengeLength__another_than_was_submitted__voids_the_verdict() public {
        Sealed.File memory file = _submit(false);
        one.submission.contentLength += 1;
        _choose();
        bytes memory data = abi.encodeCall(IReferee.challengeLength, (one, false, _parts(file)));
        _commit(data);
        vm.expectCall(BOUNTIES, abi.encodeCall(IBounties.voidVerdict, (_terms(), address(this))), 1);
        vm.expectEmit(address(referee));
        emit IReferee.FileLengthDisproved(_bountyId(), false, file.length, 2);
        _send(data);
    }

    function test_challengeLength__that_of_the_submission__reverts_length_right() public {
        Sealed.File memory file = _submit(false);
        bytes memory data = abi.encodeCall(IReferee.challengeLength, (one, false, _parts(file)));
        _commit(data);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_LengthRight.selector, file.length, 2));
        _send(data);
    }

    /* INTERNAL */

    /// @dev Hands in a model of two pieces; `lies`: its second is encrypted from other bytes than were committed to.
    function _submit(bool lies) private returns (Sealed.File memory file) {
        file = right;
        if (lies) {
            file.plainHashes[1] = keccak256("a better model");
            file.close();
        }
        (one.submission.contentRoot, one.submission.contentLength) = (file.contentRoot, file.length);
        _choose();
    }

    /// @dev Makes what was handed in the candidate.
    function _choose() private {
        bytes memory digest = abi.encode(bytes22(keccak256(abi.encode(one.submission)))); // its first 176 bits
        vm.mockCall(BOUNTIES, abi.encodePacked(IBounties.candidateOf.selector), digest);
    }

    function _parts(Sealed.File memory file) private pure returns (ContentParts memory) {
        return ContentParts(file.nonce, file.length, 2, Sealed.treeOf(file.leaves));
    }

    function _terms() private view returns (TermsRef memory terms) {
        bytes32 rows = keccak256(abi.encode(one.key, keccak256(abi.encode(one.files))));
        return TermsRef(one.core, keccak256(abi.encode(rows, one.datasets)));
    }

    function _bountyId() private view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, BOUNTIES, _terms())));
    }

    function _commit(bytes memory data) private {
        referee.commit(keccak256(abi.encode(address(this), keccak256(data))));
        vm.roll(block.number + 1);
    }

    function _send(bytes memory data) private {
        (bool ok, bytes memory reason) = address(referee).call(data);
        if (ok) return;
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
