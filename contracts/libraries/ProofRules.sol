// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {KeyEquation} from "./KeyEquation.sol";
import {Point} from "../types/Point.sol";
import {ProofTerms} from "../types/Proof.sol";

/// @notice Bounds of the terms of a proved bounty.
library ProofRules {
    /// @dev Order of BN254, modulus of what circuits compute. EIP-197.
    uint256 internal constant FIELD = 0x30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000001;
    uint256 internal constant MAX_MAKERS = 32;
    /// @dev Rows of the circuits, and of the one for large tables.
    uint256 internal constant MAX_ROWS = 512;
    uint256 internal constant MAX_ROWS_LARGE = 4_096;
    uint256 internal constant LARGE_CIRCUIT = 2;
    uint256 internal constant MIN_STAGE = 1 minutes;
    uint256 internal constant MAX_STAGE = 30 days;
    /// @dev A bond is at least a 64th of the reward, so that filling all places costs something.
    uint256 internal constant BOND_PARTS = 64;
    /// @dev How long only the maker who announced can prove: enough for the confirmations of both, on a busy chain.
    uint256 internal constant ANNOUNCED_FOR = 30 minutes;

    /// @notice Reverts unless every term is within its bounds, naming it by its place in {ProofTerms}.
    function check(ProofTerms calldata terms) internal pure {
        _require(3, terms.reward, 1, type(uint128).max);
        _require(4, terms.bond, (terms.reward + BOND_PARTS - 1) / BOND_PARTS, terms.reward);
        _require(5, terms.makers, 1, MAX_MAKERS);
        _require(8, terms.rowCount, 1, terms.circuit == LARGE_CIRCUIT ? MAX_ROWS_LARGE : MAX_ROWS);
        _require(7, terms.least, 1, terms.rowCount);
        _require(9, terms.committing, MIN_STAGE, MAX_STAGE);
        _require(10, terms.opening, MIN_STAGE, MAX_STAGE);
        _require(11, terms.proving, MIN_STAGE, MAX_STAGE);
        _require(12, terms.rows, 0, FIELD - 1);
        checkPoint(terms.key);
        checkPoint(terms.seal);
        require(isReader(terms.readerX, terms.readerY), Errors.Proofs_BadReader(terms.readerX, terms.readerY));
    }

    /// @notice Reverts unless `point` is on secp256k1 with an abscissa below the order.
    function checkPoint(Point calldata point) internal pure {
        require(KeyEquation.ofPoint(point) != address(0), Errors.Proofs_BadPoint(point.x, point.parity));
    }

    /// @notice Whether a point is on Grumpkin: y^2 = x^3 - 17. The curve has prime order, so all of them are good.
    function isReader(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= FIELD || y >= FIELD) return false;
        return mulmod(y, y, FIELD) == addmod(mulmod(mulmod(x, x, FIELD), x, FIELD), FIELD - 17, FIELD);
    }

    function _require(uint256 field, uint256 got, uint256 least, uint256 most) private pure {
        require(got >= least && got <= most, Errors.Proofs_BadTerm(field, got, got < least ? least : most));
    }
}
