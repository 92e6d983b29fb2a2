// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Parent} from "./Asset.sol";
import {Point} from "./Point.sol";
import {Rules} from "./Rules.sol";
import {Schedule} from "./Schedule.sol";

/// @notice What a requester promises, as far as most steps need it.
struct CoreTerms {
    address requester;
    uint128 reward; // token base units
    uint128 deposit; // token base units, lost if the rows are withheld or bad
    uint128 panelFee; // token base units for each evaluator of the round that stands
    uint96 claimBond; // token base units
    Rules rules; // how models are judged
    Schedule schedule; // stage lengths
}

/// @notice The hidden rows, and what the delivery is agreed on with.
struct FileTerms {
    bytes32 salt;
    bytes32 schema; // SHA-256 of the row schema, which is one raw IPFS block
    bytes32 rowsRoot; // Merkle root of the salted test rows
    bytes32 contentRoot; // of the encrypted rows' artifact, docs/envelope.md
    uint64 contentLength; // bytes of the plain rows' file; its artifact has 64 + length + 64 * ceil(length / 4096)
    bytes32 contentDigest; // of the artifact's CID, SHA-256
    Point seal; // R = r*G, for the delivery
}

/// @notice What a requester promises.
struct BountyTerms {
    CoreTerms core;
    Point key; // the rows are encrypted under k, key = k*G
    FileTerms files;
    Parent[] datasets; // shares of the reward, and of the winning model's later income
}

/// @notice The terms as most steps pass them. The bounty's id is the hash of this, of the chain and of the contract.
struct TermsRef {
    CoreTerms core;
    bytes32 rest; // hash of the others, see libraries/Terms.sol
}

/// @notice What a maker hands in; nothing is left to reveal, nothing to copy.
struct Submission {
    address maker;
    bytes32 contentRoot; // of the encrypted model's artifact, docs/envelope.md
    uint64 contentLength; // bytes of the plain model; its artifact has 64 + length + 64 * ceil(length / 4096)
    bytes32 contentDigest; // of the artifact's CID, SHA-256
    bytes32 modelHash; // docs/models.md
    bytes32 listingHash; // hash of the AssetTerms the model would be listed under; zero: none, it is not recorded
    Point key; // K = k*G, under which the model is encrypted
    Point seal; // W = w*G, one-time, for the delivery
}

enum Stage {
    NONE,
    SUBMITTING, // submitting, then rows: the deadline divides them
    CLAIMING,
    CHOOSING, // the best untried claim becomes the candidate
    JUDGING, // a panel is at work, or is being drawn
    CURE, // the maker may publish k
    LOCKING,
    DELIVERING,
    WINDOW, // the verdict can be disproved
    HALVING, // delivered, but nobody can judge any more
    ABANDONED, // too few seats
    DONE
}

/// @notice What a panel's attestations came to.
enum Verdict {
    NONE, // no quorum
    SCORED,
    UNSCORABLE, // no key, a key that does not open K, or bytes that are not the model of that hash
    BAD_ROWS, // they do not open, or do not match their root
    ROWS_GOOD // in a round about the rows only
}

/// @notice How a bounty ended.
enum Outcome {
    NONE,
    PAID, // the reward was earned
    HALVED, // delivered, no verdict
    NO_SUBMISSION,
    SILENT, // the requester never opened the rows
    BAD_ROWS,
    NOBODY, // no claim left
    TOO_FEW_SEATS
}

/// @notice The state of a bounty.
struct Bounty {
    // slot 0
    Stage stage;
    uint40 deadline; // Unix time, seconds: the last moment for an action of this stage; JUDGING: see the round's
    uint40 openedAt; // Unix time, seconds
    uint8 submissions;
    uint8 tried; // candidates so far
    uint8 candidate; // index of its submission, from 1; zero: none yet, or a round about the rows
    uint64 claimed; // score the candidate claims
    uint8 flags; // see BountyFlags
    Verdict verdict; // of the round that is being judged
    bool rowsBond; // the bond of a claim of bad rows is held
}

/// @notice A claim that its maker signed, for anybody to send.
struct SignedClaim {
    uint64 score; // parts of SCORE_ONE
    bytes32 r; // EIP-712 signature by the maker
    bytes32 vs; // in the short form of EIP-2098
}

/// @notice Bits of {Bounty.flags}.
library BountyFlags {
    uint8 internal constant KEY_PUBLIC = 1; // k of the candidate was published
    uint8 internal constant DELIVERED = 2; // the requester has k
    uint8 internal constant PASSED = 4; // delivery is behind us, done or waived
    uint8 internal constant NO_QUORUM = 8; // one panel of this candidate failed
    uint8 internal constant ROWS_CLAIMED = 16; // somebody claims that the rows are bad
    uint8 internal constant MET = 32; // the attested score is not worse than claimed
    uint8 internal constant VOID_ONE = 64; // verdicts voided: two bits
    uint8 internal constant VOIDS = 192;
    uint8 internal constant OF_CANDIDATE = 239; // all but ROWS_CLAIMED
}

/// @notice The state of a submission.
struct Entry {
    // slot 0
    bytes22 digest; // first 176 bits of the hash of the submission
    uint8 index; // order of submission, from 1
    uint64 score; // claimed, parts of SCORE_ONE
    uint8 flags; // see EntryFlags
}

/// @notice Bits of {Entry.flags}.
library EntryFlags {
    uint8 internal constant CLAIMED = 1;
    uint8 internal constant TRIED = 2;
    uint8 internal constant FORFEITED = 4; // the claim bond is gone
    uint8 internal constant RELEASED = 8; // nothing is owed any more
}
