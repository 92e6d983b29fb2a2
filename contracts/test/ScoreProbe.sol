// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Scores} from "../libraries/Scores.sol";
import {ModelProof, NodeProof, RowProof, ScoredCase, TreesProof} from "../types/Challenge.sol";

/// @notice Whether a score is disproved, for tests that need no contest.
contract ScoreProbe {
    function linear(ScoredCase calldata one, RowProof calldata shown, bytes calldata model) external view {
        Scores.linear(one, shown, model);
    }

    function trees(ScoredCase calldata one, RowProof calldata shown, TreesProof calldata proof) external view {
        Scores.trees(one, shown, proof);
    }

    function node(ScoredCase calldata one, NodeProof calldata shown) external view {
        Scores.node(one, shown);
    }

    function shape(ScoredCase calldata one, ModelProof calldata shown) external view {
        Scores.shape(one, shown);
    }

    function form(ScoredCase calldata one, bytes calldata preimage) external pure {
        Scores.form(one, preimage);
    }
}
