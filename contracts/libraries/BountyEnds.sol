// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BountyRules} from "./BountyRules.sol";
import {Book} from "./BountyChecks.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {IBounties} from "../interfaces/IBounties.sol";
import {IPanels} from "../interfaces/IPanels.sol";
import {IVault, Payment} from "../interfaces/IVault.sol";
import {Parent} from "../types/Asset.sol";
import {Bounty, CoreTerms, EntryFlags, Entry, Outcome, Stage} from "../types/Bounty.sol";

/// @notice How contests and claims end: who is paid what. Events are those of {IBounties}.
/// @dev Linked, not inlined: the code of {Bounties} must stay below 24,576 bytes.
library BountyEnds {
    /// @notice The contracts that money and records go through.
    struct House {
        IVault vault;
        IAssets assets;
        IPanels panels;
    }

    /// @notice The claim bond pays the panel of the round that stands, the rest is burned; the next claim follows.
    function forfeit(
        Book storage book,
        House memory house,
        uint256 bountyId,
        CoreTerms calldata terms,
        address maker
    ) external {
        // Effects
        Bounty storage bounty = book.bounties[bountyId];
        if (bounty.candidate == 0) {
            maker = book.rowsClaimers[bountyId];
            delete book.rowsClaimers[bountyId];
            bounty.rowsBond = false;
        } else {
            book.entries[bountyId][maker].flags |= EntryFlags.FORFEITED;
        }
        bounty.stage = Stage.CHOOSING;

        // Interactions
        (address[] memory signers,) = house.panels.release(bountyId);
        uint256 burned = terms.claimBond - signers.length * terms.panelFee;
        emit IBounties.ClaimForfeited(bountyId, maker, burned);
        house.vault.payMany(bountyId, _fees(signers, terms.panelFee, 0));
        house.vault.burn(bountyId, burned);
    }

    /// @notice Ends a bounty: everybody is paid, what is left goes back.
    function end(
        Book storage book,
        House memory house,
        uint256 bountyId,
        CoreTerms calldata terms,
        Parent[] memory datasets,
        Outcome outcome,
        address maker,
        bytes32 listingHash
    ) external {
        // Effects
        book.bounties[bountyId].stage = Stage.DONE;
        (address[] memory signers, bytes32 attestation) = house.panels.release(bountyId);
        // only the round whose verdict stands is paid, by the requester if it did not go against the claimer
        if (outcome != Outcome.PAID && outcome != Outcome.BAD_ROWS) signers = new address[](0);
        uint256 toDatasets;
        uint256 toMaker;
        if (outcome == Outcome.PAID) {
            toDatasets = _payDatasets(house, bountyId, terms.reward, datasets);
            toMaker = terms.reward - toDatasets;
        } else if (outcome == Outcome.HALVED) {
            toMaker = terms.reward / 2; // rounds down, in favour of the requester
        }
        uint256 back = terms.reward - toDatasets - toMaker + potOf(terms) - signers.length * terms.panelFee;
        if (outcome == Outcome.SILENT || outcome == Outcome.BAD_ROWS) {
            _spendDeposit(book, house, bountyId, terms.deposit);
        } else {
            back += terms.deposit;
        }
        emit IBounties.BountyEnded(bountyId, maker, outcome, toMaker, back, attestation);

        // Interactions
        Payment[] memory payments = _fees(signers, terms.panelFee, 2);
        payments[signers.length] = Payment(terms.requester, back);
        if (outcome == Outcome.PAID) toMaker += _releaseWinner(book, bountyId, maker, terms.claimBond);
        payments[signers.length + 1] = Payment(maker, toMaker);
        house.vault.payMany(bountyId, payments);
        if (listingHash != 0) {
            bytes32 salt = bytes32(submissionIdOf(bountyId, maker));
            house.assets.record(maker, salt, listingHash, attestation, datasets);
        }
    }

    /// @dev Datasets' share of the reward, each rounded down in favour of the maker.
    function _payDatasets(House memory house, uint256 bountyId, uint256 reward, Parent[] memory datasets)
        private
        returns (uint256 paid)
    {
        for (uint256 i = 0; i < datasets.length; i++) {
            uint256 amount = (reward * datasets[i].bps) / BountyRules.FULL_BPS;
            paid += amount;
            house.vault.move(bountyId, amount, address(house.assets), datasets[i].assetId);
        }
    }

    /// @dev The deposit of a requester at fault: a 128th for each submission, the rest is burned.
    function _spendDeposit(Book storage book, House memory house, uint256 bountyId, uint256 deposit)
        private
    {
        uint256 each = deposit / BountyRules.SILENCE_PARTS;
        book.compensations[bountyId] = each;
        house.vault.burn(bountyId, deposit - each * book.bounties[bountyId].submissions);
    }

    function _releaseWinner(Book storage book, uint256 bountyId, address maker, uint256 claimBond)
        private
        returns (uint256 amount)
    {
        book.entries[bountyId][maker].flags |= EntryFlags.RELEASED;
        bool both = book.bounties[bountyId].rowsBond && maker == book.rowsClaimers[bountyId];
        amount = both ? 2 * claimBond : claimBond;
        emit IBounties.BondReleased(bountyId, maker, amount);
    }

    function _fees(address[] memory signers, uint256 fee, uint256 more)
        private
        pure
        returns (Payment[] memory payments)
    {
        payments = new Payment[](signers.length + more);
        for (uint256 i = 0; i < signers.length; i++) {
            payments[i] = Payment(signers[i], fee);
        }
    }

    /// @notice Pays out bonds, and a requester's fault, to makers of a bounty that has ended.
    function release(
        Book storage book,
        House memory house,
        uint256 bountyId,
        uint256 claimBond,
        address[] calldata makers
    ) external {
        // Checks
        uint256 compensation = book.compensations[bountyId];
        address rowsClaimer = book.rowsClaimers[bountyId];

        // Effects
        Payment[] memory payments = new Payment[](makers.length);
        for (uint256 i = 0; i < makers.length; i++) {
            Entry storage entry = book.entries[bountyId][makers[i]];
            require(entry.index != 0, Errors.Bounties_NoSubmission(bountyId, makers[i]));
            uint8 flags = entry.flags;
            require(flags & EntryFlags.RELEASED == 0, Errors.Bounties_Released(bountyId, makers[i]));
            entry.flags = flags | EntryFlags.RELEASED;
            uint256 amount = compensation;
            bool owed = flags & EntryFlags.CLAIMED != 0 && flags & EntryFlags.FORFEITED == 0;
            if (owed) amount += claimBond;
            if (makers[i] == rowsClaimer) amount += claimBond;
            payments[i] = Payment(makers[i], amount);
            emit IBounties.BondReleased(bountyId, makers[i], amount);
        }

        // Interactions
        house.vault.payMany(bountyId, payments);
    }

    /// @notice What the panel's places cost together, in token base units.
    function potOf(CoreTerms calldata terms) internal pure returns (uint256) {
        return uint256(terms.rules.panelSize()) * terms.panelFee;
    }

    /// @notice The id of a submission.
    function submissionIdOf(uint256 bountyId, address maker) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), bountyId, maker)));
    }
}
