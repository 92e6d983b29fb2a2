// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Income of three assets as a book-keeper would write it: every holder's account on its own, no accumulator.
abstract contract IncomeTwin {
    address[] public holders;
    mapping(uint256 asset => uint256) public bucket; // all that came in and did not leave
    mapping(uint256 asset => mapping(uint256 holder => uint256)) public shares;
    mapping(uint256 asset => mapping(uint256 holder => uint256)) public earned; // and not yet paid
    mapping(uint256 asset => uint256) public due; // to the parents
    mapping(uint256 asset => uint256) public remainder; // counted, too little for a full share
    mapping(uint256 holder => uint256) public paid;
    mapping(uint256 asset => uint256) internal bps;
    mapping(uint256 asset => uint256[]) internal parents;
    mapping(uint256 asset => uint256[]) internal parentBps;

    /// @notice What `holder` could claim now.
    function claimable(uint256 asset, uint256 holder) external view returns (uint256) {
        (uint256 each,,) = _news(asset);
        return earned[asset][holder] + each * shares[asset][holder];
    }

    /// @notice What of the bucket is nobody's yet.
    function uncounted(uint256 asset) public view returns (uint256) {
        uint256 known = due[asset] + remainder[asset];
        for (uint256 h = 0; h < holders.length; h++) {
            known += earned[asset][h];
        }
        return bucket[asset] - known;
    }

    function _news(uint256 asset) internal view returns (uint256 each, uint256 toParents, uint256 rest) {
        uint256 fresh = uncounted(asset);
        toParents = (fresh * bps[asset]) / 10_000;
        rest = fresh - toParents + remainder[asset];
        each = rest / 10_000;
    }

    function _twinCount(uint256 asset) internal {
        (uint256 each, uint256 toParents, uint256 rest) = _news(asset);
        if (each == 0 && toParents == 0) return;
        for (uint256 h = 0; h < holders.length; h++) {
            earned[asset][h] += each * shares[asset][h];
        }
        due[asset] += toParents;
        if (bps[asset] != 0) remainder[asset] = rest - each * 10_000;
    }

    function _twinSettle(uint256 asset, uint256 holder) internal {
        uint256 amount = earned[asset][holder];
        earned[asset][holder] = 0;
        bucket[asset] -= amount;
        paid[holder] += amount;
    }

    function _twinTransfer(uint256 asset, uint256 from, uint256 to, uint256 amount) internal {
        _twinCount(asset);
        _twinSettle(asset, from);
        _twinSettle(asset, to);
        shares[asset][from] -= amount;
        shares[asset][to] += amount;
    }

    function _twinFlush(uint256 asset) internal {
        uint256 unit = bps[asset] == 0 ? 0 : due[asset] / bps[asset];
        for (uint256 p = 0; p < parents[asset].length; p++) {
            uint256 part = unit * parentBps[asset][p];
            due[asset] -= part;
            bucket[asset] -= part;
            bucket[parents[asset][p]] += part;
        }
    }
}
