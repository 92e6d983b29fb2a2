// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

/// @notice Deploys the bytecode that the package ships; tests/test_artifacts.py holds it against the sources.
library Shipped {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        string memory json = VM.readFile(string.concat("marketplace/chain/artifacts/", name, ".json"));
        bytes memory code = bytes.concat(VM.parseJsonBytes(json, ".bytecode"), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0), string.concat("can't deploy ", name));
    }
}
