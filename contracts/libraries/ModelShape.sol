// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Head} from "./Heads.sol";
import {LinearScore} from "./LinearScore.sol";
import {Reads} from "./Reads.sol";
import {SumTree} from "./SumTree.sol";
import {TreeScore} from "./TreeScore.sol";
import {ModelProof} from "../types/Challenge.sol";

/// @notice Whether what is shown of a model can be part of a canonical one, wherever it is and whatever the rows are.
/// @dev A hash has one preimage, and the depth of the trees' tree follows from their number: nobody can show a node of a
///      canonical model as something else.
library ModelShape {
    using Reads for bytes;

    bytes1 internal constant LINEAR_DOMAIN = 0x03; // first byte of what a model's hash is made of
    bytes1 internal constant TREES_DOMAIN = 0x02;
    uint256 internal constant LEAF_BYTES = 5; // 0x00, i32 value
    uint256 internal constant INNER_BYTES = 72; // 0x01, u16 feature, u8 flags, i32 threshold, both hashes below

    /// @notice The model's hash, and whether all that is shown of it is as it must be.
    function look(ModelProof calldata shown) internal view returns (bool right, bytes32 hash) {
        if (!shown.trees) {
            (right,,) = LinearScore.evaluate(shown.model, shown.model[:0]); // of a row without features
            return (right, sha256(abi.encodePacked(LINEAR_DOMAIN, shown.model)));
        }
        Head memory head;
        uint256 count;
        (right, head, count) = TreeScore.prefix(shown.model);
        bytes32 root = shown.root;
        if (right && shown.node.length != 0) (right, root) = _climb(shown, head.features, count);
        hash = sha256(abi.encodePacked(TREES_DOMAIN, shown.model, root));
    }

    /// @dev The root over all trees to which the node leads, and whether it and all above it are what they must be.
    function _climb(ModelProof calldata shown, uint256 features, uint256 count)
        private
        view
        returns (bool right, bytes32 hash)
    {
        uint256 levels = SumTree.depth(count);
        if (shown.tree < count) {
            (right, hash) = _tree(shown.node, shown.path, shown.turns, features);
        } else {
            // the row of trees is filled up with zeros
            uint256 size = shown.node.length + shown.path.length;
            require(size == SumTree.HASH_BYTES, Errors.Referee_WrongLength(size, SumTree.HASH_BYTES));
            hash = bytes32(shown.node);
            right = hash == 0;
        }
        hash = SumTree.up(hash, shown.tree, 1 << levels, levels, shown.siblings);
    }

    /// @dev The root hash of a tree.
    function _tree(bytes calldata node, bytes calldata path, uint256 turns, uint256 features)
        private
        pure
        returns (bool right, bytes32 hash)
    {
        uint256 above = path.length / TreeScore.NODE_BYTES;
        uint256 rest = path.length % TreeScore.NODE_BYTES; // what follows the last node would be in no hash
        require(rest == 0 && above <= 256, Errors.Referee_WrongLength(path.length, above * TreeScore.NODE_BYTES));
        bool isLeaf = node.length == LEAF_BYTES && node.u8(0) == 0;
        right = isLeaf || (node.length == INNER_BYTES && node.u8(0) == 1 && TreeScore.isNode(node, 1, features));
        right = right && above + (isLeaf ? 0 : 1) <= TreeScore.MAX_DEPTH;
        hash = sha256(node);
        for (uint256 i = 0; i < above; i++) {
            uint256 at = i * TreeScore.NODE_BYTES;
            right = right && TreeScore.isNode(path, at, features);
            bytes calldata fields = path[at:at + 7];
            bytes calldata sibling = path[at + 7:at + TreeScore.NODE_BYTES];
            hash = (turns >> i) & 1 == 1
                ? sha256(abi.encodePacked(SumTree.NODE, fields, sibling, hash))
                : sha256(abi.encodePacked(SumTree.NODE, fields, hash, sibling));
        }
    }
}
