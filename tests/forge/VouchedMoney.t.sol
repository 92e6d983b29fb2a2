// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {DemandHouse} from "./support/DemandHouse.sol";
import {Sealed} from "./support/Sealed.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Verdict} from "../../contracts/types/Bounty.sol";
import {ContentParts} from "../../contracts/types/Piece.sol";
import {Point} from "../../contracts/types/Point.sol";

/// @notice Which verdicts vouch for which file: that of the rows, or that of the candidate's model. Of what is not vouched for nothing
///         is disproved.
contract VouchedMoney is DemandHouse {
    using Sealed for Sealed.File;

    uint256 private constant KEY = 0xC0FFEE;
    bytes32 private constant NONCE = keccak256("nonce");

    Point private point;
    Sealed.File private right;
    Sealed.File private wrong;
    uint256 private filed; // challenges

    function setUp() public override {
        super.setUp();
        Vm.Wallet memory wallet = vm.createWallet(KEY);
        point = Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
        bytes memory plain = new bytes(4_100);
        Sealed.File memory file = Sealed.seal(KEY, NONCE, plain);
        right = file;
        file.plainHashes[1] = keccak256("something finer");
        file.close();
        wrong = file;
    }

    /* MODELS */

    function test_challengePiece__of_the_model__voids_a_score_and_shows_the_key() public {
        _isModel(wrong);
        _isAnswered(_piece(false, wrong), 0);
        assertEq(court.exposed(), _bountyId());
        assertEq(court.key(), KEY);
        _isModel(right);
        _isAnswered(_piece(false, right), Errors.Referee_PieceRight.selector);
    }

    function test_challengePiece__of_the_model__without_a_score__reverts_not_verdict() public {
        _isModel(wrong);
        for (uint256 verdict = 2; verdict < 5; verdict++) {
            one.finding.verdict = Verdict(verdict);
            _isAnswered(_piece(false, wrong), Errors.Referee_NotVerdict.selector);
            _isAnswered(_length(false), Errors.Referee_NotVerdict.selector);
        }
    }

    function test_challengeLength__of_the_model__another_than_was_submitted__voids_a_score() public {
        _isModel(right);
        _isAnswered(_length(false), Errors.Referee_LengthRight.selector);
        uint64[3] memory told = [uint64(4_099), 4_101, 0];
        for (uint256 i = 0; i < 3; i++) {
            one.submission.contentLength = told[i];
            _isAnswered(_length(false), 0);
        }
        assertEq(court.exposed(), 0);
    }

    /* ROWS */

    /// @dev Whoever the candidate is: their key stays the requester's to show.
    function test_challengePiece__of_the_rows__voids_what_vouches_for_them() public {
        _areRows(wrong);
        one.submission.maker = STRANGER; // who is not the candidate
        for (uint256 verdict = 1; verdict < 5; verdict++) {
            one.finding.verdict = Verdict(verdict);
            bool vouches = Verdict(verdict) == Verdict.SCORED || Verdict(verdict) == Verdict.ROWS_GOOD;
            _isAnswered(_piece(true, wrong), vouches ? bytes4(0) : Errors.Referee_NotVerdict.selector);
        }
        assertEq(court.exposed(), 0);
        one.finding.verdict = Verdict.ROWS_GOOD;
        _areRows(right);
        _isAnswered(_piece(true, right), Errors.Referee_PieceRight.selector);
    }

    function test_challengeLength__of_the_rows__voids_what_vouches_for_them() public {
        _areRows(right);
        one.finding.verdict = Verdict.ROWS_GOOD;
        _isAnswered(_length(true), Errors.Referee_LengthRight.selector);
        one.files.contentLength -= 1;
        _isAnswered(_length(true), 0);
        one.finding.verdict = Verdict.BAD_ROWS;
        _isAnswered(_length(true), Errors.Referee_NotVerdict.selector);
    }

    function test_challengeRows__in_a_verdict_about_something_else__reverts_not_verdict() public {
        one.key = point;
        one.finding.verdict = Verdict.UNSCORABLE;
        one.files.contentDigest = sha256("rows");
        _isAnswered(abi.encodeCall(IReferee.challengeRows, (one, KEY, "rows")), Errors.Referee_NotVerdict.selector);
    }

    /* INTERNAL */

    function _isModel(Sealed.File memory file) private {
        one.submission.key = point;
        (one.submission.contentRoot, one.submission.contentLength) = (file.contentRoot, file.length);
    }

    function _areRows(Sealed.File memory file) private {
        one.key = point;
        (one.files.contentRoot, one.files.contentLength) = (file.contentRoot, file.length);
    }

    function _piece(bool rows, Sealed.File memory file) private returns (bytes memory) {
        one.salt = bytes32(++filed);
        return abi.encodeCall(IReferee.challengePiece, (one, rows, file.proofOf(1)));
    }

    function _length(bool rows) private returns (bytes memory) {
        one.salt = bytes32(++filed);
        ContentParts memory parts = ContentParts(NONCE, right.length, 2, Sealed.treeOf(right.leaves));
        return abi.encodeCall(IReferee.challengeLength, (one, rows, parts));
    }

    /// @dev What a challenge is refused with, or zero: then the verdict is void.
    function _isAnswered(bytes memory data, bytes4 error) private {
        _tell();
        court.forget();
        _commit(STRANGER, data);
        vm.prank(STRANGER);
        (bool ok, bytes memory answer) = address(referee).call(data);
        assertEq(ok ? bytes4(0) : bytes4(answer), error);
        if (error == 0) assertEq(court.voided(), _bountyId());
    }
}
