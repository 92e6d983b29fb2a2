// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

/// @notice Deploys the bytecode that the package ships; tests/test_artifacts.py holds it against the sources.
library Shipped {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        return deployLinked(name, new string[](0), arguments);
    }

    /// @dev With whatever libraries of the package it calls.
    function deployWhole(string memory name, bytes memory arguments) internal returns (address made) {
        string memory json = VM.readFile(string.concat("marketplace/chain/artifacts/", name, ".json"));
        Vm.DirEntry[] memory entries = VM.readDir("marketplace/chain/artifacts");
        string[] memory libraries = new string[](entries.length);
        uint256 found;
        for (uint256 i = 0; i < entries.length; i++) {
            string[] memory parts = VM.split(entries[i].path, "/");
            string memory one = VM.replace(parts[parts.length - 1], ".json", "");
            if (VM.contains(json, _placeholder(one))) libraries[found++] = one;
        }
        assembly ("memory-safe") { // shortens the list
            mstore(libraries, found)
        }
        return deployLinked(name, libraries, arguments);
    }

    /// @dev Deploys the libraries first, then the contract that calls them.
    function deployLinked(string memory name, string[] memory libraries, bytes memory arguments)
        internal
        returns (address made)
    {
        string memory json = VM.readFile(string.concat("marketplace/chain/artifacts/", name, ".json"));
        for (uint256 i = 0; i < libraries.length; i++) {
            string memory at = VM.replace(VM.toString(deploy(libraries[i], "")), "0x", "");
            json = VM.replace(json, _placeholder(libraries[i]), at);
        }
        bytes memory code = bytes.concat(VM.parseJsonBytes(json, ".bytecode"), arguments);
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0), string.concat("can't deploy ", name));
    }

    /// @dev What the compiler writes where a library's address belongs: 34 digits of the hash of its full name.
    function _placeholder(string memory name) private pure returns (string memory) {
        bytes32 hash = keccak256(bytes(string.concat("contracts/libraries/", name, ".sol:", name)));
        bytes memory digits = bytes(VM.toString(hash)); // 0x, then 64 digits
        bytes memory some = new bytes(34);
        for (uint256 i = 0; i < 34; i++) {
            some[i] = digits[i + 2];
        }
        return string.concat("__$", string(some), "$__");
    }
}
