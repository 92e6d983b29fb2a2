// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BountyChecks} from "./BountyChecks.sol";
import {TesseraErrors as Errors} from "./Errors.sol";
import {Metrics} from "./Metrics.sol";
import {Places} from "./Places.sol";
import {IAssets} from "../interfaces/IAssets.sol";
import {Parent} from "../types/Asset.sol";
import {BountyTerms, CoreTerms} from "../types/Bounty.sol";
import {Rules} from "../types/Rules.sol";
import {Stages} from "../types/Schedule.sol";

/// @notice Bounds of a bounty's terms. docs/architecture.md says why each is as it is.
/// @dev Linked, not inlined: the code of {Bounties} must stay below 24,576 bytes.
library BountyRules {
    uint256 internal constant MIN_STAGE = 10 minutes;
    uint256 internal constant MAX_STAGE = 30 days;
    uint256 internal constant MAX_DRAWING = 3 days; // part of the delay of leaving a seat
    uint256 internal constant MIN_PANEL = 3;
    uint256 internal constant SEATS_A_PLACE = 3; // live seats for each place of the panel
    uint256 internal constant MAX_ROWS = 1 << 24;
    uint256 internal constant MAX_DATASETS = 16;
    uint256 internal constant FULL_BPS = 10_000; // 100 %
    uint256 internal constant BOND_PART = 16; // a claim bond covers a sixteenth of the reward
    uint256 internal constant KEPT_PARTS = 3; // of four: what a void takes of a bond, whoever challenged
    uint256 internal constant BOND_PARTS = 4;
    uint256 internal constant SILENCE_PARTS = 128; // of the deposit, for each submission

    /// @notice Reverts unless every term is within its bounds.
    /// @param seatBond Of one seat, in token base units.
    /// @param fee What a submission costs: the deposit must at least give it back.
    function check(BountyTerms calldata terms, uint256 seatBond, uint256 fee, IAssets assets) external view {
        CoreTerms calldata core = terms.core;
        Rules rules = core.rules;
        _checkDatasets(terms.datasets, assets);
        _require(3, core.reward, 1, type(uint128).max);
        _require(4, core.deposit, SILENCE_PARTS * fee, type(uint128).max);
        _require(9, rules.panelSize(), MIN_PANEL, Places.MAX);
        _require(10, rules.quorum(), rules.panelSize() / 2 + 1, rules.panelSize());
        // Voiding one's own panel must cost at least what it could win: of each bond a quarter may come back, to a challenger
        // who is the signer himself.
        _require(3, core.reward, 1, rules.quorum() * seatBond * KEPT_PARTS / BOND_PARTS);
        uint256 leastBond = uint256(rules.panelSize()) * core.panelFee + core.reward / BOND_PART;
        _require(6, core.claimBond, leastBond, type(uint96).max);
        bool known = Metrics.isValid(rules.metric(), rules.classes(), rules.errorBound());
        require(known, Errors.Bounties_BadTerm(7, rules.metric(), rules.classes()));
        _require(12, rules.threshold(), 1, Metrics.SCORE_ONE);
        _require(13, rules.rowCount(), 1, MAX_ROWS);
        BountyChecks.checkPoint(terms.key);
        BountyChecks.checkPoint(terms.files.seal);
        for (uint256 i = 0; i < Stages.COUNT; i++) {
            _require(21, core.schedule.length(i), MIN_STAGE, i == Stages.DRAWING ? MAX_DRAWING : MAX_STAGE);
        }
    }

    /// @dev Reverts unless the datasets exist and share at most the whole reward.
    function _checkDatasets(Parent[] calldata datasets, IAssets assets) private view {
        uint256 bps;
        _require(22, datasets.length, 0, MAX_DATASETS);
        for (uint256 i = 0; i < datasets.length; i++) {
            uint256 assetId = datasets[i].assetId;
            require(assets.termsHashOf(assetId) != 0, Errors.Bounties_NoDataset(assetId));
            _require(22, datasets[i].bps, 1, FULL_BPS);
            bps += datasets[i].bps;
        }
        _require(22, bps, 0, FULL_BPS);
    }

    function _require(uint256 field, uint256 got, uint256 least, uint256 most) private pure {
        require(got >= least, Errors.Bounties_BadTerm(field, got, least));
        require(got <= most, Errors.Bounties_BadTerm(field, got, most));
    }
}
