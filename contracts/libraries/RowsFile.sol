// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Heads} from "./Heads.sol";
import {KeyEquation} from "./KeyEquation.sol";
import {SumTree} from "./SumTree.sol";
import {WholeFile} from "./WholeFile.sol";
import {ScoredCase} from "../types/Challenge.sol";

/// @notice Whether opened rows are what the bounty pinned, bit for bit as marketplace/datasets/rows.py reads them.
library RowsFile {
    uint256 private constant HEAD_BYTES = 11; // "TSRR", u8 version, u16 features, u32 count
    uint256 private constant MAGIC = 0x5453525201; // with the version
    uint256 private constant SALT_BYTES = 32;

    /// @notice Whether the artifact opens, is a canonical rows file, and leads to the rows' root; reverts unless it is the one
    ///         that the terms name and `key` its key.
    function isGood(ScoredCase calldata one, uint256 key, bytes calldata artifact) internal pure returns (bool) {
        address got = KeyEquation.ofScalar(key);
        address expected = KeyEquation.ofPoint(one.key);
        require(got != address(0) && got == expected, Errors.Referee_WrongKey(got, expected));
        // the CID of what fits a transaction is that of one raw block
        bytes32 digest = sha256(artifact);
        require(digest == one.files.contentDigest, Errors.Referee_NotInFile(digest, one.files.contentDigest));
        (bool ok, bytes memory plain) =
            WholeFile.open(artifact, key, one.files.contentRoot, one.files.contentLength);
        return ok && _leads(plain, one.core.rules.rowCount(), one.files.rowsRoot);
    }

    /// @dev Whether a rows file is canonical, has so many rows, and leads to a root.
    function _leads(bytes memory plain, uint256 count, bytes32 root) private pure returns (bool) {
        if (plain.length < HEAD_BYTES) return false;
        uint256 head;
        assembly ("memory-safe") { // 11 bytes, as the length was compared
            head := shr(168, mload(add(plain, 32)))
        }
        uint256 width = (head >> 32) & 0xffff;
        if (head >> 48 != MAGIC || width == 0 || width > Heads.MAX_FEATURES || head & 0xffffffff != count) return false;
        uint256 size = SALT_BYTES + Heads.LABEL_BYTES + 4 * width;
        if (plain.length != HEAD_BYTES + count * size) return false;
        bytes32[] memory leaves = new bytes32[](1 << SumTree.depth(count));
        bytes memory leaf = new bytes(9 + size); // 0x00, u64 index, salt, row
        for (uint256 i = 0; i < count; i++) {
            assembly ("memory-safe") { // within both, as their lengths were compared
                mstore(add(leaf, 33), shl(192, i))
                mcopy(add(leaf, 41), add(add(plain, 43), mul(i, size)), size)
            }
            leaves[i] = sha256(leaf);
        }
        return WholeFile.fold(leaves) == root;
    }
}
