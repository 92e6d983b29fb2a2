// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {DemandHouse} from "./support/DemandHouse.sol";
import {ICipher} from "./support/ICipher.sol";
import {Sealed} from "./support/Sealed.sol";
import {Shipped} from "./support/Shipped.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Verdict} from "../../contracts/types/Bounty.sol";
import {ContentParts} from "../../contracts/types/Piece.sol";
import {Point} from "../../contracts/types/Point.sol";
import {Rules} from "../../contracts/types/Rules.sol";

/// @notice Files of rows, opened whole: which are what a bounty pinned, byte by byte.
contract RowsFileMoney is DemandHouse {
    using Sealed for Sealed.File;

    uint256 private constant KEY = 0xC0FFEE;
    bytes32 private constant NONCE = keccak256("nonce");

    uint256 private filed; // challenges

    function setUp() public override {
        super.setUp();
        Vm.Wallet memory wallet = vm.createWallet(KEY);
        one.key = Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
    }

    /* GOOD ROWS */

    function test_challengeRows__good_ones__void_what_calls_them_bad_alone() public {
        uint8[4] memory counts = [1, 2, 3, 5];
        for (uint256 i = 0; i < 4; i++) {
            bytes memory artifact = _pin(_plain(counts[i], 1), counts[i], 1);
            one.finding.verdict = Verdict.BAD_ROWS;
            _isAnswered(artifact, 0);
            assertEq(court.voided(), _bountyId());
            one.finding.verdict = Verdict.ROWS_GOOD;
            _isGood(artifact, true);
            one.finding.verdict = Verdict.SCORED;
            _isGood(artifact, true);
        }
    }

    /// @dev Rows of as many features as there can be: files of two pieces and of three.
    function test_challengeRows__of_several_pieces() public {
        _isGood(_pin(_plain(1, 1_024), 1, 1_024), true);
        _isGood(_pin(_plain(2, 1_024), 2, 1_024), true);
        _isGood(_pin(_plain(1, 1_025), 1, 1_025), false);
    }

    /// @dev As many pieces as there are bytes of their entries, but one: more than a transaction commonly holds.
    function test_challengeRows__of_63_pieces() public {
        bytes memory plain = _plain(62, 1_024);
        one.files.rowsRoot = _rootOf(plain, 62, 1_024);
        ICipher cipher = ICipher(Shipped.deploy("ChaCha20", ""));
        Sealed.File memory file;
        (file.key, file.nonce, file.length) = (KEY, NONCE, uint64(plain.length)); // small
        (file.ciphers, file.plainHashes) = (new bytes[](63), new bytes32[](63));
        bytes32 payload = sha256(abi.encodePacked("tessera/v1/payload", KEY, NONCE));
        for (uint256 i = 0; i < 63; i++) {
            bytes memory piece = _part(plain, 4096 * i, i < 62 ? 4096 : plain.length - 62 * 4096);
            file.ciphers[i] = cipher.crypt(payload, bytes12(uint96(i / 16)), uint32(64 * (i % 16)), piece); // small
            file.plainHashes[i] = Sealed.plainHash(KEY, NONCE, i, piece);
        }
        file.close();
        _isGood(_pinFile(file, 62), true);
    }

    /* BAD ROWS */

    function test_challengeRows__head_that_is_none() public {
        _isGood(_pin(_plain(3, 0), 3, 0), false);
        for (uint256 at = 0; at < 11; at++) {
            bytes memory plain = _plain(3, 1);
            plain[at] ^= 0x01;
            _isGood(_pin(plain, 3, 1), false);
            plain[at] ^= 0x03; // greater where it was smaller, or not
            _isGood(_pin(plain, 3, 1), false);
        }
        for (uint256 length = 1; length < 13; length++) {
            _isGood(_pin(_cut(_plain(3, 1), length), 3, 1), false);
        }
    }

    function test_challengeRows__bytes_too_many_or_too_few() public {
        bytes memory plain = _plain(3, 1);
        _isGood(_pin(bytes.concat(plain, hex"00"), 3, 1), false);
        _isGood(_pin(_cut(plain, plain.length - 1), 3, 1), false); // which was a zero
    }

    function test_challengeRows__of_another_root() public {
        bytes memory artifact = _pin(_plain(3, 1), 3, 1);
        one.files.rowsRoot = "other";
        _isGood(artifact, false);
    }

    /* ARTIFACTS THAT DO NOT OPEN */

    function test_challengeRows__artifact_of_another_size() public {
        bytes memory artifact = _pin(_plain(3, 1), 3, 1);
        _isGood(_digest(bytes.concat(artifact, "x")), false);
        _isGood(_digest(_cut(artifact, artifact.length - 1)), false);
        _isGood(_digest(_cut(artifact, 70)), false);
        _isGood(_digest(""), false);
        one.files.contentLength += 1;
        _isGood(_digest(artifact), false);
        one.files.contentLength = 0;
        _isGood(_digest(artifact), false);
    }

    function test_challengeRows__artifact_of_another_header_or_root() public {
        bytes memory artifact = _pin(_plain(3, 1), 3, 1);
        for (uint256 at = 0; at < 64; at += 9) {
            artifact[at] ^= 0x01;
            _isGood(_digest(artifact), false);
            artifact[at] ^= 0x01;
        }
        one.files.contentRoot = "other";
        _isGood(_digest(artifact), false);
    }

    /// @dev An index that lies about the ciphertext, or about what it decrypts to; the root follows from it.
    function test_challengeRows__index_that_lies() public {
        bytes memory plain = _plain(3, 1);
        for (uint256 i = 0; i < 2; i++) {
            bytes memory artifact = _pin(plain, 3, 1);
            artifact[64 + plain.length + 32 * i] ^= 0x01;
            bytes memory entry = new bytes(64);
            for (uint256 k = 0; k < 64; k++) {
                entry[k] = artifact[64 + plain.length + k];
            }
            bytes32 leaf = sha256(abi.encodePacked(uint8(0), uint64(0), entry));
            one.files.contentRoot = Sealed.rootOf(ContentParts(NONCE, uint64(plain.length), 1, leaf)); // small
            _isGood(_digest(artifact), false);
        }
    }

    /// @dev Its second piece, of zeros, is said to be something else: whoever can't open it has zeros there all the same.
    function test_challengeRows__second_piece_that_lies() public {
        bytes memory plain = _plain(1, 1_024);
        Sealed.File memory file = Sealed.seal(KEY, NONCE, plain);
        file.plainHashes[1] = keccak256("something else");
        file.close();
        one.files.rowsRoot = _rootOf(plain, 1, 1_024);
        _isGood(_pinFile(file, 1), false);
    }

    /* ANOTHER FILE OR KEY */

    function test_challengeRows__another_file_or_key__reverts() public {
        bytes memory artifact = _pin(_plain(3, 1), 3, 1);
        artifact[100] ^= 0x01;
        _isAnswered(artifact, Errors.Referee_NotInFile.selector);
        artifact[100] ^= 0x01;
        _isGood(artifact, true);
        one.key.parity ^= 1;
        _isAnswered(artifact, Errors.Referee_WrongKey.selector);
        one.key.x = 0;
        _isAnsweredUnder(0, artifact, Errors.Referee_WrongKey.selector); // neither a scalar nor a point
    }

    /* INTERNAL */

    function _plain(uint256 count, uint256 width) private pure returns (bytes memory plain) {
        uint256 size = 40 + 4 * width;
        plain = new bytes(11 + count * size);
        _write(plain, 0, abi.encodePacked("TSRR", uint8(1), uint16(width), uint32(count))); // small
        for (uint256 i = 0; i < count; i++) {
            uint256 at = 11 + i * size; // features begin with its number, and end with zeros
            _write(plain, at, abi.encodePacked(keccak256(abi.encode(i)), bytes8(uint64(i % 2)))); // a bit
            if (width != 0) plain[at + 40] = bytes1(uint8(i + 1)); // small
        }
    }

    /// @dev The root of as many rows of such a width as there should be in a file; what it is too short for is zero.
    function _rootOf(bytes memory plain, uint256 count, uint256 width) private pure returns (bytes32) {
        uint256 size = 40 + 4 * width;
        uint256 wide = 1;
        while (wide < count) {
            wide *= 2;
        }
        bytes32[] memory leaves = new bytes32[](wide);
        for (uint256 i = 0; i < count; i++) {
            leaves[i] = sha256(abi.encodePacked(uint8(0), uint64(i), _part(plain, 11 + i * size, size)));
        }
        return Sealed.treeOf(leaves);
    }

    /// @dev So many bytes, of which those past the end are zeros.
    function _part(bytes memory data, uint256 from, uint256 size) private pure returns (bytes memory part) {
        part = new bytes(size);
        uint256 left = from < data.length ? data.length - from : 0;
        assembly ("memory-safe") { // within both
            mcopy(add(part, 32), add(add(data, 32), from), xor(size, mul(xor(size, left), lt(left, size))))
        }
    }

    /// @dev Puts bytes into others, within them.
    function _write(bytes memory into, uint256 at, bytes memory part) private pure {
        assembly ("memory-safe") {
            mcopy(add(add(into, 32), at), add(part, 32), mload(part))
        }
    }

    /// @dev Seals a file, and makes it the bounty's.
    function _pin(bytes memory plain, uint256 count, uint256 width) private returns (bytes memory) {
        one.files.rowsRoot = _rootOf(plain, count, width);
        return _pinFile(Sealed.seal(KEY, NONCE, plain), count);
    }

    function _pinFile(Sealed.File memory file, uint256 count) private returns (bytes memory artifact) {
        one.core.rules = Rules.wrap(1 | 2 << 8 | count << 32);
        (one.files.contentRoot, one.files.contentLength) = (file.contentRoot, file.length);
        uint256 end = 64 + file.length;
        artifact = new bytes(end + 64 * file.ciphers.length);
        _write(artifact, 0, abi.encodePacked(bytes32(bytes17("tessera/envelope\x01")), NONCE));
        for (uint256 i = 0; i < file.ciphers.length; i++) {
            _write(artifact, 64 + 4096 * i, file.ciphers[i]);
            _write(artifact, end + 64 * i, abi.encodePacked(file.plainHashes[i], sha256(file.ciphers[i])));
        }
        return _digest(artifact);
    }

    /// @dev Makes these the bytes that the terms name.
    function _digest(bytes memory artifact) private returns (bytes memory) {
        one.files.contentDigest = sha256(artifact);
        return artifact;
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory) {
        return Sealed.part(data, 0, length);
    }

    /// @dev Whoever calls the rows good is right, or is disproved.
    function _isGood(bytes memory artifact, bool good) private {
        _isAnswered(artifact, good ? Errors.Referee_VerdictRight.selector : bytes4(0));
    }

    function _isAnswered(bytes memory artifact, bytes4 error) private {
        _isAnsweredUnder(KEY, artifact, error);
    }

    function _isAnsweredUnder(uint256 key, bytes memory artifact, bytes4 error) private {
        one.salt = bytes32(++filed);
        _tell();
        bytes memory data = abi.encodeCall(IReferee.challengeRows, (one, key, artifact));
        _commit(STRANGER, data);
        vm.prank(STRANGER);
        (bool ok, bytes memory answer) = address(referee).call(data);
        assertEq(ok, error == 0);
        if (!ok) assertEq(bytes4(answer), error);
    }
}
