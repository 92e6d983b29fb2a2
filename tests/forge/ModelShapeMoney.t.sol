// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DemandHouse} from "./support/DemandHouse.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {ModelProof} from "../../contracts/types/Challenge.sol";

/// @notice Which hashes are those of a model, and which of something else, at the borders of what a model can be.
contract ModelShapeMoney is DemandHouse {
    bytes private constant LEAF = hex"00_fffffff7";
    bytes private constant INNER = hex"01_0000_03_00000001"; // without the hashes below it
    bytes private constant FIELDS = hex"0001_00_00000002"; // of a node above
    bytes private constant BAD = hex"0002_00_00000002"; // of a feature that there is not

    uint256 private filed; // challenges

    function test_challengeModel__linear_ones() public {
        ModelProof memory shown;
        shown.model = MODEL;
        _isModel(shown, true);
        shown.model = bytes.concat(MODEL, "x");
        _isModel(shown, false);
        one.submission.modelHash = "other";
        bytes memory answer = _file(shown);
        bytes32 got = sha256(bytes.concat(hex"03", shown.model));
        assertEq(answer, abi.encodeWithSelector(Errors.Referee_NotModel.selector, got, bytes32("other")));
    }

    /// @dev What a model begins with, and any root.
    function test_challengeModel__prefixes_of_trees() public {
        ModelProof memory shown = _shown("", 0);
        shown.root = "root";
        _isModel(shown, true);
        shown.model = bytes.concat(shown.model, "x");
        _isModel(shown, false);
        shown.node = LEAF; // which nobody looks at
        one.submission.modelHash = sha256(abi.encodePacked(uint8(2), shown.model, shown.root));
        assertEq(_file(shown).length, 0);
    }

    function test_challengeModel__leaves() public {
        _isNode(LEAF, true);
        _isNode(hex"01_fffffff7", false);
        _isNode(hex"00_fffff7", false);
        _isNode(hex"00_fffffff7ff", false);
        _isNode(hex"00", false);
        _isNode(hex"01", false);
    }

    function test_challengeModel__inner_nodes() public {
        bytes memory below = bytes.concat(bytes32("left"), bytes32("right"));
        _isNode(bytes.concat(INNER, below), true);
        for (uint256 first = 0; first < 4; first++) {
            bytes memory node = bytes.concat(INNER, below);
            node[0] = bytes1(uint8(first)); // small
            _isNode(node, first == 1);
            _isNode(bytes.concat(node, "x"), false);
            _isNode(_cut(node, 71), false);
        }
        _isNode(bytes.concat(hex"01", BAD, below), false);
        _isNode(bytes.concat(hex"00", BAD, below), false);
    }

    /// @dev Up to 64 nodes are above a leaf, 63 above an inner node; what is deeper is a part of no model.
    function test_challengeModel__depths() public {
        bytes memory inner = bytes.concat(INNER, bytes32("left"), bytes32("right"));
        for (uint256 above = 62; above < 67; above++) {
            ModelProof memory shown = _shown(LEAF, 0);
            shown.path = _path(above);
            _isModel(shown, above < 65);
            shown.node = inner;
            _isModel(shown, above < 64);
        }
        ModelProof memory deepest = _shown(LEAF, 0);
        deepest.path = _path(256);
        _isModel(deepest, false);
    }

    function test_challengeModel__paths_that_are_none() public {
        uint256[4] memory lengths = [uint256(1), 38, 40, 257 * 39];
        uint256[4] memory whole = [uint256(0), 0, 39, 257 * 39];
        bytes memory path = _path(257);
        for (uint256 i = 0; i < 4; i++) {
            ModelProof memory shown = _shown(LEAF, 0);
            shown.path = _cut(path, lengths[i]);
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, lengths[i], whole[i]);
            assertEq(_file(shown), reason);
        }
    }

    /// @dev Two nodes above a leaf, each to its left or right; a bad one anywhere is enough.
    function test_challengeModel__nodes_above() public {
        for (uint256 i = 0; i < 16; i++) {
            ModelProof memory shown = _shown(i < 8 ? LEAF : bytes(hex"00"), i % 5);
            shown.turns = i % 4;
            bytes memory low = i % 8 == 4 || i % 8 == 6 ? BAD : FIELDS;
            bytes memory high = i % 8 == 5 || i % 8 == 6 ? BAD : FIELDS;
            shown.path = bytes.concat(low, bytes32("low"), high, bytes32("high"));
            _isModel(shown, i < 4 || i == 7);
        }
    }

    /// @dev Beyond the last of five trees are three places, in which nothing is.
    function test_challengeModel__padding() public {
        for (uint256 tree = 4; tree < 8; tree++) {
            ModelProof memory shown = _shown(new bytes(32), tree);
            _isModel(shown, tree > 4);
            shown.node[31] = 0x01;
            _isModel(shown, false);
            shown.node = LEAF;
            shown.path = new bytes(27);
            if (tree > 4) _isModel(shown, false); // 32 bytes, which are not zero
            for (uint256 size = 31; size < 34 && tree > 4; size++) {
                (shown.node, shown.path) = (new bytes(size), "");
                bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, size, 32);
                if (size != 32) assertEq(_file(shown), reason);
            }
            if (tree == 4) continue;
            (shown.node, shown.path) = (new bytes(33), new bytes(1));
            assertEq(_file(shown), abi.encodeWithSelector(Errors.Referee_WrongLength.selector, 34, 32));
        }
        ModelProof memory beyond = _shown(new bytes(32), 8);
        assertEq(_file(beyond), abi.encodeWithSelector(Errors.Referee_NoLeaf.selector, 8, 8));
    }

    /* INTERNAL */

    /// @dev A node of a tree, without any above it, of a model of five trees and two features.
    function _shown(bytes memory node, uint256 tree) private pure returns (ModelProof memory shown) {
        shown.trees = true;
        shown.model = abi.encodePacked(hex"5453524d01_02_01_01_0002_0000000000000001", uint32(5), int64(-5));
        (shown.node, shown.tree) = (node, tree);
        shown.siblings = new bytes32[](3);
        for (uint256 i = 0; i < 3; i++) {
            shown.siblings[i] = keccak256(abi.encode(i));
        }
    }

    function _path(uint256 above) private pure returns (bytes memory path) {
        for (uint256 i = 0; i < above; i++) {
            path = bytes.concat(path, FIELDS, keccak256(abi.encode(i)));
        }
    }

    function _cut(bytes memory data, uint256 length) private pure returns (bytes memory part) {
        part = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            part[i] = data[i];
        }
    }

    function _isNode(bytes memory node, bool right) private {
        for (uint256 tree = 0; tree < 5; tree += 4) {
            _isModel(_shown(node, tree), right);
        }
    }

    /// @dev Makes the hash of what is shown the candidate's, and challenges it.
    function _isModel(ModelProof memory shown, bool right) private {
        one.submission.modelHash = _hashOf(shown);
        bytes memory answer = _file(shown);
        if (right) assertEq(answer, abi.encodeWithSelector(Errors.Referee_ModelRight.selector));
        else assertEq(answer, "");
    }

    /// @dev What a challenge is refused with, or nothing.
    function _file(ModelProof memory shown) private returns (bytes memory answer) {
        bool ok;
        one.salt = bytes32(++filed);
        _tell();
        bytes memory data = abi.encodeCall(IReferee.challengeModel, (one, shown));
        _commit(STRANGER, data);
        vm.prank(STRANGER);
        (ok, answer) = address(referee).call(data);
        assertTrue(ok == (answer.length == 0));
    }

    function _hashOf(ModelProof memory shown) private pure returns (bytes32) {
        if (!shown.trees) return sha256(bytes.concat(hex"03", shown.model));
        bytes32 root = shown.root;
        if (shown.node.length != 0) root = _rootOf(shown);
        return sha256(abi.encodePacked(uint8(2), shown.model, root));
    }

    function _rootOf(ModelProof memory shown) private pure returns (bytes32 hash) {
        hash = shown.tree < 5 ? sha256(shown.node) : bytes32(shown.node);
        for (uint256 i = 0; 39 * i < shown.path.length && shown.tree < 5; i++) {
            bytes memory fields = new bytes(7);
            bytes memory sibling = new bytes(32);
            for (uint256 k = 0; k < 39; k++) {
                if (k < 7) fields[k] = shown.path[39 * i + k];
                else sibling[k - 7] = shown.path[39 * i + k];
            }
            hash = (shown.turns >> i) & 1 == 1
                ? sha256(abi.encodePacked(uint8(1), fields, sibling, hash))
                : sha256(abi.encodePacked(uint8(1), fields, hash, sibling));
        }
        for (uint256 i = 0; i < 3; i++) {
            bytes32 sibling = shown.siblings[i];
            hash = (shown.tree >> i) & 1 == 1
                ? sha256(abi.encodePacked(uint8(1), sibling, hash))
                : sha256(abi.encodePacked(uint8(1), hash, sibling));
        }
    }
}
