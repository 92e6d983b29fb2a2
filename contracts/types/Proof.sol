// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Point} from "./Point.sol";

/// @notice What a requester promises for a proved score. The id is a hash of it; the fields travel in calldata and the log.
struct ProofTerms {
    address requester;
    bytes32 salt; // the requester's, so that he can ask for the same twice
    uint128 reward; // token base units, to the maker of the first valid proof
    uint128 bond; // token base units that each side stakes on each commitment
    uint8 makers; // most commitments, 1 to 32
    uint8 circuit; // number of the verifier
    uint16 least; // rows that the model is right on, less those that it is wrong on
    uint32 rowCount; // test rows with a label
    uint24 committing; // seconds for commitments
    uint24 opening; // seconds for rows, after them
    uint24 proving; // seconds for proofs, after them
    uint256 rows; // commitment to the test rows, as circuits hash
    bytes32 schema; // SHA-256 of the row schema
    bytes32 sheet; // SHA-256, or IPFS root, of the encrypted rows and the proof that they are the committed ones
    Point key; // K = k*G; k opens the sheet
    Point seal; // R = r*G, with which makers lock the rows
    uint256 readerX; // the requester's circuit key, a point of Grumpkin
    uint256 readerY;
}

/// @notice What a maker binds himself to before he sees a row. Stored as one hash.
struct Commitment {
    uint256 model; // salted hash of the model, as circuits hash
    Point blind; // B = b*G, one-time
    address keyLock; // address(K + h*G), which the requester opens with t = k + h
}

enum Turn {
    NONE,
    COMMITTED,
    OPENED, // the maker has the rows
    ANNOUNCED, // and had, or has, a time in which nobody else can prove
    DECLINED, // the requester says that the lock is wrong
    VINDICATED, // it was right
    DONE // all that was his is paid or burned
}

/// @notice What is kept of a commitment, in one slot.
struct Pledge {
    // slot 0
    bytes26 digest; // first 208 bits of the commitment's hash
    uint40 until; // last moment of his turn to prove, Unix time; zero: not announced
    Turn turn;
}

/// @notice What is kept of a proved bounty, in one slot.
struct ProofState {
    // slot 0
    uint40 openedAt; // Unix time, seconds; zero: never
    uint8 committed; // how many makers
    uint8 opened; // of them have the rows
    uint8 declined; // of them were declined
    uint8 vindicated; // of those declined had a right lock
    bool paid; // the reward is
    bool closed; // the requester has the rest
    uint8 announced; // how many makers have announced a proof
    uint40 until; // last moment of the latest one's turn, Unix time; zero: nobody announced
}
