// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Book, BountyChecks} from "./BountyChecks.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {Metrics} from "./Metrics.sol";
import {Relays} from "./Relays.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IVault} from "../interfaces/IVault.sol";
import {Bounty, BountyFlags, CoreTerms, Entry, EntryFlags, SignedClaim, Stage} from "../types/Bounty.sol";

/// @notice Claims of scores, by the maker himself or relayed, and of bad rows. Events are those of {IBounties}.
library Claims {
    using BountyChecks for Book;

    /// @notice Takes the caller's claim.
    function claim(Book storage book, IVault vault, uint256 bountyId, CoreTerms calldata core, uint64 score) internal {
        // Checks
        _requireTime(bountyId, book.bounties[bountyId]);
        Entry memory entry = book.requireEntry(bountyId, msg.sender);
        require(entry.flags & EntryFlags.CLAIMED == 0, Errors.Bounties_Twice(bountyId, msg.sender));

        _checkScore(bountyId, core, score);

        // Effects
        _write(book, bountyId, msg.sender, entry, score);

        // Interactions
        vault.lock(bountyId, msg.sender, core.claimBond);
    }

    /// @notice Takes claims that their makers signed.
    function claimMany(
        Book storage book,
        IVault vault,
        uint256 bountyId,
        CoreTerms calldata core,
        SignedClaim[] calldata claims
    ) internal {
        // Checks
        _requireTime(bountyId, book.bounties[bountyId]);
        bytes32 domain = Relays.domain();
        for (uint256 i = 0; i < claims.length; i++) {
            SignedClaim calldata one = claims[i];
            address maker = Relays.claimer(domain, bountyId, one.score, one.r, one.vs);
            Entry memory entry = book.requireEntry(bountyId, maker);
            _checkScore(bountyId, core, one.score);
            // whoever claimed meanwhile, or took his money away, must not stop the others
            if (entry.flags & EntryFlags.CLAIMED != 0) continue;

            // Interactions: the Vault calls nobody, so what it refuses may be asked before anything is written
            try vault.lock(bountyId, maker, core.claimBond) {}
            catch (bytes memory reason) {
                // the Vault always says why; silence is too little gas, which is the sender's fault
                require(reason.length != 0, Errors.Bounties_TooLittleGas(bountyId, maker));
                continue;
            }

            // Effects
            _write(book, bountyId, maker, entry, one.score);
        }
    }

    /// @notice Takes the caller's claim that the rows are bad.
    function claimBadRows(Book storage book, IVault vault, uint256 bountyId, uint256 claimBond) internal {
        // Checks
        Bounty storage bounty = book.bounties[bountyId];
        _requireTime(bountyId, bounty);
        book.requireEntry(bountyId, msg.sender);
        address before = book.rowsClaimers[bountyId];
        require(before == address(0), Errors.Bounties_Twice(bountyId, before));

        // Effects
        book.rowsClaimers[bountyId] = msg.sender;
        bounty.flags |= BountyFlags.ROWS_CLAIMED;
        bounty.rowsBond = true;
        emit IBounties.BadRowsClaimed(bountyId, msg.sender);

        // Interactions
        vault.lock(bountyId, msg.sender, claimBond);
    }

    function _checkScore(uint256 bountyId, CoreTerms calldata core, uint64 score) private pure {
        uint64 least = core.rules.threshold();
        bool fits = score >= least && score <= Metrics.SCORE_ONE;
        require(fits, Errors.Bounties_BadScore(bountyId, score, least, Metrics.SCORE_ONE));
    }

    function _write(Book storage book, uint256 bountyId, address maker, Entry memory entry, uint64 score) private {
        entry.score = score;
        entry.flags |= EntryFlags.CLAIMED;
        book.entries[bountyId][maker] = entry;
        emit IBounties.ScoreClaimed(bountyId, maker, score);
    }

    function _requireTime(uint256 bountyId, Bounty storage bounty) private view {
        BountyChecks.requireStage(bountyId, bounty.stage, Stage.CLAIMING);
        BountyChecks.requireTime(bountyId, bounty.deadline);
    }
}
