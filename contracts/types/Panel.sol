// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Verdict} from "./Bounty.sol";

enum Phase {
    NONE,
    DRAWING,
    COMMITTING,
    REVEALING,
    JUDGED,
    VOIDED // the verdict was disproved; its signers' bonds wait to be collected
}

/// @notice The round of a bounty that is under way.
struct Round {
    // slot 0
    Phase phase;
    uint40 deadline; // Unix time, seconds
    uint40 seedBlock; // the draw's seed is the hash of this block
    uint40 mark; // Unix time: drawing, when the seed was set; committing, the end of grants; judged, when
    uint40 cutoff; // Unix time: seats that joined before it can be drawn
    uint16 seatCount; // places that the draw reads, fixed with the seed
    uint8 size; // m
    uint8 quorum; // q
    uint8 number; // rounds of this bounty so far, this one included
    uint16 probes; // places that the draw has looked at
    uint24 revealing; // seconds of the revealing stage
    uint8 candidate; // index of the submission, from 1; zero: a round about the rows
}

/// @notice Who sits on the panel of that round, and what they did.
struct Sitting {
    // slot 0
    uint112 seats; // 16 bits a place
    uint8 seated; // bit j: place j is taken
    uint8 committed; // bit j
    uint8 revealed; // bit j
    uint32 groups; // 4 bits a place: which distinct attestation it revealed
    Verdict verdict; // of the group that reached the quorum, or stands without one; NONE if none does
    uint64 score; // of that group
    uint8 replaced; // replacements so far: low 4 bits of this candidate, high 4 bits of this round
    bool keyPublic; // anybody can check what a place says: the largest group left is the verdict
}

/// @notice What the contest tells the panels about a new round.
struct RoundOrder {
    uint8 candidate; // index of the submission, from 1; zero: a round about the rows
    uint8 size; // m
    uint8 quorum; // q
    uint40 drawing; // seconds of the drawing stage
    uint24 revealing; // seconds of the revealing stage
    uint40 openedAt; // Unix time of the bounty's opening: seats that joined before it can be drawn
}

/// @notice What an evaluator found.
struct Attestation {
    Verdict verdict;
    uint64 score; // parts of SCORE_ONE; zero unless scored
    uint128[] sums; // see libraries/Metrics.sol; empty unless scored
    bytes32 evidenceRoot; // zero unless scored
    bytes32 evidence; // digest of the CID of the encrypted evidence file; not part of equality
}

/// @notice What equal attestations have in common.
struct Finding {
    Verdict verdict;
    uint64 score; // parts of SCORE_ONE; zero unless scored
    uint128[] sums; // see libraries/Metrics.sol; empty unless scored
    bytes32 evidenceRoot; // zero unless scored
}

/// @notice A commitment as it stands in the log.
struct Commitment {
    uint8 place;
    bytes32 hash; // keccak256(abi.encode(EIP-712 digest of the attestation, salt))
}

/// @notice A commitment that the seat's owner signed, for anybody to send.
struct SignedCommitment {
    uint8 place;
    bytes32 hash; // see {Commitment}
    bytes32 r; // EIP-712 signature by the seat's owner
    bytes32 vs; // in the short form of EIP-2098
}

/// @notice An attestation opened.
struct Reveal {
    uint8 place;
    uint8 finding; // its number in the list that comes with it
    bytes32 evidence; // see {Attestation}
    bytes32 salt;
    bytes32 r; // EIP-712 signature by the seat's owner
    bytes32 vs; // in the short form of EIP-2098
}
