// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";
import {Phase, Round} from "../types/Panel.sol";

/// @notice When evaluators may do what.
library PanelChecks {
    /// @notice Reverts unless the round is in the phase.
    function requirePhase(uint256 bountyId, Round memory round, Phase phase) internal pure {
        require(
            round.phase == phase, Errors.Panels_WrongPhase(bountyId, uint256(round.phase), uint256(phase))
        );
    }

    /// @notice Reverts unless the deadline has not passed.
    function requireTime(uint256 bountyId, Round memory round) internal view {
        require(
            block.timestamp <= round.deadline,
            Errors.Panels_AfterDeadline(bountyId, block.timestamp, round.deadline)
        );
    }

    /// @notice Reverts unless the deadline has passed.
    function requireLate(uint256 bountyId, Round memory round) internal view {
        require(
            block.timestamp > round.deadline,
            Errors.Panels_BeforeDeadline(bountyId, block.timestamp, round.deadline)
        );
    }
}
