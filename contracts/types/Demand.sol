// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Rules} from "./Rules.sol";

/// @notice What can be asked for.
enum Subject {
    NONE,
    NODES, // the nodes up to six levels below one of the evidence, and the way from it to the root
    LEAF, // one row's salt and record
    LANES, // what the trees contribute to a row, or a chunk of them
    MODEL // a linear model whole; of trees one way from the root of a tree to a leaf
}

/// @notice Whose turn it is.
enum Turn {
    NONE,
    ASKED, // an answer is due
    ANSWERED, // the demander may go on
    CLOSED // its bond is paid out
}

/// @notice What is asked for. What a subject does not need is not read.
struct Question {
    // slot 0
    Subject subject;
    uint8 level; // NODES: of the node, above the leaves
    uint32 index; // of the node or row; MODEL: of the tree, counted on from the last to the first
    uint16 chunk; // LANES: number of the chunk + 1; zero: the list of chunks, or all of up to 256 trees
    uint64 steps; // MODEL: bit j: right at depth j
}

/// @notice What a demand is about. Its id is the hash of this, of the chain and of the contract.
struct DemandTerms {
    uint256 bountyId;
    uint8 round; // of the verdict
    uint8 tried; // {Bounty.tried} of the candidate
    uint8 voids; // verdicts about him that were voided before
    uint32 number; // among the demands of this verdict, from 1
    address demander;
    address maker; // of the candidate
    uint256 bond; // token base units
    uint40 answering; // seconds for each answer
    uint40 deciding; // seconds after it for the demander's next question, and for the challenge
    Rules rules;
    bytes32 modelHash;
    bytes32 evidenceRoot;
    uint128[] sums; // as they were attested
}

/// @notice The state of a demand.
struct Demand {
    // slot 0
    Turn turn;
    uint8 answers; // so far
    uint40 deadline; // Unix time, seconds: of this turn
    // slot 1
    Question question; // the last one
}

/// @notice The demands of the verdict of a bounty that was demanded of last.
struct Line {
    // slot 0
    uint8 round; // of the verdict
    uint40 until; // Unix time, seconds: the end of its window before any demand; the last moment for a new one
    uint32 count; // of demands
}
