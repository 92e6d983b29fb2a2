// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bits} from "../libraries/Bits.sol";
import {KeyEquation} from "../libraries/KeyEquation.sol";
import {Metrics} from "../libraries/Metrics.sol";
import {Point} from "../types/Point.sol";

/// @notice The libraries' internal functions, for tests.
contract Probe {
    function ofScalar(uint256 t) external pure returns (address) {
        return KeyEquation.ofScalar(t);
    }

    function ofPoint(Point calldata p) external pure returns (address) {
        return KeyEquation.ofPoint(p);
    }

    function scaled(Point calldata p, uint256 s) external pure returns (address) {
        return KeyEquation.scaled(p, s);
    }

    function shifted(Point calldata p, uint256 h) external pure returns (address) {
        return KeyEquation.shifted(p, h);
    }

    function ones(uint256 word) external pure returns (uint256) {
        return Bits.count(word);
    }

    function isValid(uint8 metric, uint8 classes, uint64 errorBound) external pure returns (bool) {
        return Metrics.isValid(metric, classes, errorBound);
    }

    function score(uint8 metric, uint8 classes, uint64 errorBound, uint32 rows, uint128[] calldata sums)
        external
        pure
        returns (bool ok, uint256 value)
    {
        return Metrics.score(metric, classes, errorBound, rows, sums);
    }
}
