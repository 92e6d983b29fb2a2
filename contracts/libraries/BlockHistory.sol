// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TesseraErrors as Errors} from "./Errors.sol";

/// @notice Hashes of past blocks through the history contract of EIP-2935.
library BlockHistory {
    /// @dev EIP-2935, HISTORY_STORAGE_ADDRESS.
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;
    uint256 internal constant SERVE_WINDOW = 8191; // blocks, EIP-2935

    /// @notice The hash of block `number`; reverts if the history does not answer. Never a fallback value.
    function hashOf(uint256 number) internal view returns (bytes32 hash) {
        (bool ok, bytes memory answer) = HISTORY.staticcall(abi.encode(number));
        if (ok && answer.length == 32) hash = abi.decode(answer, (bytes32));
        require(hash != 0, Errors.Panels_NoBlockHash(number));
    }
}
