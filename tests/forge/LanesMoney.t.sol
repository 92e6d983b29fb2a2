// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AnswerHouse} from "./support/AnswerHouse.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {Question, Subject} from "../../contracts/types/Demand.sol";

/// @notice What trees contribute to a row, and models, as answers, at their borders.
contract LanesMoney is AnswerHouse {
    bytes private constant HEAD = hex"5453524d01_02_01"; // of trees that classify; outputs, features, divisor
    bytes private constant LINEAR = hex"5453524d01_01_01_01_0001_0000000000000001_0000_0000000000000007";

    /* CONTRIBUTIONS */

    function test_requireGiven__lanes_of_up_to_256_trees() public {
        for (uint256 outputs = 1; outputs < 4; outputs++) {
            (bytes memory model, bytes memory leaf,) = _case(outputs, 6, new bytes(32));
            _isGiven(_lanes(1, 0), bytes.concat(model, leaf, new bytes(32)));
        }
        for (uint32 trees = 255; trees < 257; trees++) {
            (bytes memory model, bytes memory leaf,) = _case(1, trees, new bytes(1024));
            _isGiven(_lanes(1, 0), bytes.concat(model, leaf, new bytes(1024)));
        }
    }

    function test_requireGiven__lanes_of_another_length_or_hash() public {
        for (uint256 length = 0; length < 65; length += 32) {
            (bytes memory model, bytes memory leaf, bytes32 told) = _case(2, 6, new bytes(length));
            bytes memory data = bytes.concat(model, leaf);
            bytes memory lanes = new bytes(length);
            if (length != 32) _isWrong(0, bytes.concat(data, lanes), length, 32);
            if (length != 32) continue;
            lanes[31] = 0x01;
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_NotRecord.selector, sha256(lanes), told);
            _isRefused(_lanes(1, 0), bytes.concat(data, lanes), reason);
            _isWrong(0, bytes.concat(data, new bytes(33)), 33, 32);
            _isWrong(0, bytes.concat(data, new bytes(31)), 31, 32);
        }
    }

    function test_requireGiven__lanes__model_or_leaf_cut_off() public {
        (bytes memory model, bytes memory leaf,) = _case(2, 6, new bytes(32));
        for (uint256 length = 16; length < 20; length++) {
            _isWrong(0, _cut(model, length), length, length > 18 ? model.length : 0);
        }
        _isWrong(0, _cut(model, model.length - 1), model.length - 1, model.length);
        _isWrong(0, model, 0, leaf.length);
        _isWrong(0, bytes.concat(model, _cut(leaf, leaf.length - 1)), leaf.length - 1, leaf.length);
    }

    function test_requireGiven__lanes__of_another_model_or_row() public {
        (bytes memory model, bytes memory leaf,) = _case(2, 6, new bytes(32));
        bytes memory data = bytes.concat(model, leaf, new bytes(32));
        _isRefused(_lanes(0, 0), data, abi.encodeWithSelector(Errors.Referee_NotEvidence.selector, _rootOf(leaf, 0), terms.evidenceRoot));
        bytes32 expected = terms.modelHash;
        terms.modelHash = "other";
        _isRefused(_lanes(1, 0), data, abi.encodeWithSelector(Errors.Referee_NotModel.selector, expected, bytes32("other")));
    }

    /* CHUNKS OF THEM */

    function test_requireGiven__chunks_of_more_trees() public {
        uint32[4] memory trees = [uint32(257), 264, 512, 513];
        uint256[4] memory last = [uint256(32), 32, 1024, 32]; // bytes of the last chunk
        for (uint256 outputs = 1; outputs < 3; outputs++) {
            for (uint256 i = 0; i < 4; i++) {
                uint256 chunks = i < 3 ? 2 : 3;
                uint32 count = outputs == 1 || trees[i] % 2 == 0 ? trees[i] : trees[i] + 1;
                bytes memory list = _chunks(chunks, outputs, last[i]);
                (bytes memory model, bytes memory leaf,) = _case(outputs, count, list);
                bytes memory data = bytes.concat(model, leaf, list);
                _isGiven(_lanes(1, 0), data);
                for (uint256 chunk = 1; chunk <= chunks; chunk++) {
                    uint256 size = chunk == chunks ? last[i] : 1024;
                    _isGiven(_lanes(1, chunk), bytes.concat(data, _filled(size, chunk)));
                    _isWrong(chunk, data, 0, size);
                    _isWrong(chunk, bytes.concat(data, _filled(size + 32, chunk)), size + 32, size);
                }
            }
        }
    }

    function test_requireGiven__chunks__another_list_or_chunk() public {
        bytes memory list = _chunks(2, 1, 32);
        (bytes memory model, bytes memory leaf, bytes32 told) = _case(1, 257, list);
        bytes memory data = bytes.concat(model, leaf);
        _isWrong(0, bytes.concat(data, _cut(list, 79)), 79, 80);
        _isWrong(1, bytes.concat(data, _cut(list, 79)), 79, 80);
        _isWrong(0, bytes.concat(data, list, "x"), 81, 80);
        list[79] ^= 0x01;
        bytes memory reason = abi.encodeWithSelector(Errors.Referee_NotRecord.selector, sha256(list), told);
        _isRefused(_lanes(1, 0), bytes.concat(data, list), reason);
        _isRefused(_lanes(1, 2), bytes.concat(data, list, _filled(32, 2)), reason);
        list[79] ^= 0x01;
        reason = abi.encodeWithSelector(
            Errors.Referee_NotRecord.selector, sha256(_filled(32, 1)), sha256(_filled(32, 2))
        );
        _isRefused(_lanes(1, 2), bytes.concat(data, list, _filled(32, 1)), reason);
    }

    /* LINEAR MODELS */

    function test_requireGiven__linear_model_whole() public {
        terms.modelHash = sha256(bytes.concat(hex"03", LINEAR));
        _isGiven(_model(9, 0), LINEAR);
        terms.modelHash = "other";
        bytes32 got = sha256(bytes.concat(hex"03", LINEAR));
        _isRefused(_model(9, 0), LINEAR, abi.encodeWithSelector(Errors.Referee_NotModel.selector, got, terms.modelHash));
    }

    function test_requireGiven__no_linear_model() public {
        bytes memory bad = bytes.concat(LINEAR, "x");
        terms.modelHash = sha256(bytes.concat(hex"03", bad));
        _isNone(bad);
        bytes memory cut = _cut(LINEAR, 19);
        terms.modelHash = sha256(bytes.concat(hex"03", cut));
        _isNone(cut);
        for (uint256 length = 17; length < 19; length++) {
            cut = _cut(LINEAR, length);
            terms.modelHash = sha256(bytes.concat(hex"03", cut));
            _isRefused(_model(9, 0), cut, abi.encodeWithSelector(Errors.Referee_WrongLength.selector, length, 18));
        }
    }

    /* TREES OF A MODEL */

    /// @dev Three trees of two inner nodes one below the other, shown one way each.
    function test_requireGiven__one_way_through_a_tree() public {
        for (uint256 tree = 0; tree < 3; tree++) {
            for (uint64 steps = 0; steps < 4; steps++) {
                bytes memory data = _way(tree, steps);
                _isGiven(_model(tree, steps), data);
                _isGiven(_model(tree + 3, steps), data); // counted on
                _isOther(_model(tree + 1, steps), data);
                _isOther(_model(tree, steps ^ 1), data);
                _isOther(_model(tree, steps ^ 2), data);
            }
        }
    }

    function test_requireGiven__way__of_several_outputs() public {
        for (uint256 outputs = 1; outputs < 4; outputs += 2) {
            _isGiven(_model(2, 1), _way(2, 1, outputs));
        }
    }

    function test_requireGiven__way__through_no_tree() public {
        bytes memory good = _way(1, 2);
        for (uint256 at = 0; at < 22; at++) {
            bytes memory bad = bytes.concat(good);
            bad[at] ^= at == 7 ? bytes1(0x11) : bytes1(0x80); // head, outputs, number of trees
            _put(_model(1, 2));
            vm.expectRevert();
            referee.answer(terms, bad);
        }
        good[5] = 0x00; // no shape at all
        _isNone(good);
        good[5] = 0x02;
        good[98] = 0xff; // a feature that there is not
        _isNone(good);
    }

    function test_requireGiven__way__that_is_cut_off() public {
        bytes memory good = _way(1, 2); // 30 bytes, two siblings, a leaf, two nodes
        uint256[7] memory lengths = [uint256(19), 29, 30, 31, 93, 94, 95];
        for (uint256 i = 0; i < 7; i++) {
            uint256 length = lengths[i];
            (uint256 got, uint256 size) = length < 31 ? (length, uint256(30)) : (length, uint256(94));
            if (length == 95) (got, size) = (1, 4);
            bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, got, size);
            _isRefused(_model(1, 2), _cut(good, length), reason);
        }
        bytes memory none = _cut(good, 25);
        none[5] = 0x00;
        _isRefused(_model(1, 2), none, abi.encodeWithSelector(Errors.Referee_WrongLength.selector, 25, 30));
    }

    /* INTERNAL */

    /// @dev A model, and a row of two whose record holds the hash of `hashed`: what an answer begins with.
    function _case(uint256 outputs, uint32 trees, bytes memory hashed)
        private
        returns (bytes memory model, bytes memory leaf, bytes32 told)
    {
        model = abi.encodePacked(HEAD, uint8(outputs), uint16(1), uint64(1), trees, new bytes(8 * outputs), bytes32("root"));
        terms.modelHash = sha256(bytes.concat(hex"02", model));
        told = sha256(hashed);
        bytes[] memory rows = new bytes[](2);
        rows[0] = new bytes(32);
        rows[1] = bytes.concat(bytes32("salt"), new bytes(16 * (outputs + 1)), told);
        bytes[][] memory tree = _tree(rows, 1);
        _attest(tree, 2);
        leaf = bytes.concat(_path(tree, 0, 1), rows[1]);
    }

    /// @dev The root that a leaf leads to at another place of two.
    function _rootOf(bytes memory leaf, uint256 index) private pure returns (bytes32) {
        bytes memory row = new bytes(leaf.length - 80);
        bytes memory sibling = new bytes(56);
        for (uint256 i = 0; i < leaf.length; i++) {
            if (i >= 80) row[i - 80] = leaf[i];
            else if (i >= 24) sibling[i - 24] = leaf[i];
        }
        bytes memory own = abi.encodePacked(sha256(abi.encodePacked(uint8(0), uint64(index), row)), _cut(leaf, 24)); // 0
        bytes32 top = sha256(bytes.concat(hex"01", own, sibling));
        (, uint256 sum) = _entry(own);
        (, uint256 other) = _entry(sibling);
        return sha256(abi.encodePacked("tessera/v1/evidence-root", uint64(2), uint128(sum + other), top)); // small
    }

    /// @dev Hash and sums of each chunk, of which the last is shorter.
    function _chunks(uint256 count, uint256 outputs, uint256 last) private pure returns (bytes memory list) {
        for (uint256 chunk = 1; chunk <= count; chunk++) {
            bytes memory lanes = _filled(chunk == count ? last : 1024, chunk);
            list = bytes.concat(list, sha256(lanes), new bytes(8 * outputs));
        }
    }

    function _filled(uint256 length, uint256 with) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i += 32) {
            data[i] = bytes1(uint8(with)); // small
        }
    }

    function _model(uint256 tree, uint64 steps) private pure returns (Question memory) {
        return Question(Subject.MODEL, 0, uint32(tree), 0, steps); // small
    }

    /// @dev Sets the model to one of three such trees, and shows that one.
    function _way(uint256 tree, uint64 steps) private returns (bytes memory data) {
        return _way(tree, steps, 1);
    }

    function _way(uint256 tree, uint64 steps, uint256 outputs) private returns (bytes memory data) {
        bytes memory bases = new bytes(8 * outputs);
        bytes memory prefix = abi.encodePacked(HEAD, uint8(outputs), uint16(1), uint64(1), uint32(3), bases); // small
        bytes memory path = abi.encodePacked(int32(-9));
        bytes32 hash = sha256(abi.encodePacked(uint8(0), path));
        for (uint256 above = 2; above > 0; above--) {
            bytes memory fields = abi.encodePacked(uint16(0), uint8(1), int32(int256(above))); // small
            bytes32 sibling = keccak256(abi.encode(above));
            path = bytes.concat(path, fields, sibling);
            bool right = (steps >> (above - 1)) & 1 == 1;
            (bytes32 a, bytes32 b) = right ? (sibling, hash) : (hash, sibling);
            hash = sha256(abi.encodePacked(uint8(1), fields, a, b));
        }
        (bytes32 first, bytes32 second) = (keccak256("other tree"), keccak256("pair of trees"));
        bytes32 pair = sha256(tree % 2 == 0 ? abi.encodePacked(uint8(1), hash, first) : abi.encodePacked(uint8(1), first, hash));
        bytes32 root = sha256(tree < 2 ? abi.encodePacked(uint8(1), pair, second) : abi.encodePacked(uint8(1), second, pair));
        terms.modelHash = sha256(abi.encodePacked(uint8(2), prefix, root));
        return bytes.concat(prefix, first, second, path);
    }

    function _isWrong(uint256 chunk, bytes memory data, uint256 got, uint256 expected) private {
        bytes memory reason = abi.encodeWithSelector(Errors.Referee_WrongLength.selector, got, expected);
        _isRefused(_lanes(1, chunk), data, reason);
    }

    function _isNone(bytes memory data) private {
        _isRefused(_model(9, 0), data, abi.encodeWithSelector(Errors.Referee_NotAnswer.selector, 0, 9));
    }

    function _isOther(Question memory question, bytes memory data) private {
        _isRefused(question, data, Errors.Referee_NotModel.selector);
    }
}
