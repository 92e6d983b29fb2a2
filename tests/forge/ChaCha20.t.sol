// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ICipher} from "./support/ICipher.sol";
import {PlainChaCha} from "./support/PlainChaCha.sol";
import {Shipped} from "./support/Shipped.sol";

/// @notice The shipped cipher against its plain twin.
contract ChaCha20Fuzz is Test {
    ICipher internal cipher;

    function setUp() public {
        cipher = ICipher(Shipped.deploy("ChaCha20", ""));
    }

    function testFuzz_crypt__any_bytes__are_those_of_the_twin(
        bytes32 key,
        bytes12 nonce,
        uint32 counter,
        bytes calldata data
    ) public view {
        counter = uint32(bound(counter, 0, type(uint32).max - data.length / 64 - 1));
        assertEq(cipher.crypt(key, nonce, counter, data), PlainChaCha.crypt(key, nonce, counter, data));
    }

    /// @dev All lanes, and every way in which the last seven blocks are not whole.
    function testFuzz_crypt__any_length__is_the_twins(bytes32 key, uint256 length) public view {
        bytes memory data = new bytes(bound(length, 0, 1000));
        if (data.length != 0) data[data.length - 1] = 0xff;
        assertEq(cipher.crypt(key, 0, 960, data), PlainChaCha.crypt(key, 0, 960, data));
    }

    function test_crypt__a_whole_piece__costs_less_than_300_000_gas() public {
        bytes memory piece = new bytes(4096);
        uint256 before = gasleft();
        cipher.crypt(keccak256("key"), hex"00", 960, piece);
        uint256 used = before - gasleft();
        emit log_named_uint("gas", used);
        assertLt(used, 300_000);
    }
}
