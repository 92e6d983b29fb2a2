// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Point} from "./Point.sol";

/// @notice What a seller promises. Stored as one hash; the fields travel in calldata and in the log.
struct AssetTerms {
    address seller;
    uint8 kind; // 1 dataset, 2 model
    uint128 price; // token base units
    uint128 bond; // token base units, returned after unlisting and the last dispute window
    uint32 settleWindow; // seconds the seller has to settle an order
    uint32 disputeWindow; // seconds in which a wrong file can be disproved
    bytes32 contentRoot; // of the encrypted artifact, docs/envelope.md
    bytes32 manifest; // SHA-256 of the manifest, which is one raw IPFS block
    Point key; // K = k*G, under which the artifact is encrypted
    Point seal; // P = p*G, with which buyers agree on a shared point
}

/// @notice A share of all income that flows up to another asset.
struct Parent {
    uint256 assetId;
    uint16 bps; // basis points
}

/// @notice Where an asset comes from; its id is the hash of chain, contract and this.
struct Birth {
    address creator; // who got the shares
    address origin; // zero if listed by its creator, else the contract that recorded it
    bytes32 salt;
    Parent[] parents; // at most 16, together at most 10,000 basis points
}

/// @notice Income of an asset that its shareholders have earned.
struct Income {
    // slot 0
    uint128 perShare; // token base units each share has earned since creation
    uint128 held; // token base units earned by shareholders and not yet paid
}

/// @notice Income of an asset that belongs to its parents.
struct Lineage {
    // slot 0
    uint128 due; // token base units owed to the parents, moved up by flush
    uint16 bps; // basis points of all parents together
    uint16 remainder; // token base units too few for a full share, carried
}
