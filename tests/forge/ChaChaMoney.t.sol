// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {ICipher} from "./support/ICipher.sol";
import {PlainChaCha} from "./support/PlainChaCha.sol";
import {Shipped} from "./support/Shipped.sol";

/// @notice The shipped cipher against the vectors of RFC 8439.
contract ChaChaMoney is Test {
    ICipher internal cipher;

    bytes32 internal constant ZERO = 0;
    bytes32 internal constant COUNTED = hex"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    function setUp() public {
        cipher = ICipher(Shipped.deploy("ChaCha20", ""));
    }

    /* VECTORS */

    function test_crypt__rfc_8439_2_3_2__is_the_block() public view {
        assertEq(
            cipher.crypt(COUNTED, hex"000000090000004a00000000", 1, new bytes(64)),
            hex"10f1e7e4d13b5915500fdd1fa32071c4c7d1f4c733c068030422aa9ac3d46c4e"
            hex"d2826446079faa0914c2d705d98b02a2b5129cd1de164eb9cbd083e8a2503c4e"
        );
    }

    function test_crypt__rfc_8439_2_4_2__is_the_text() public view {
        bytes memory text = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it.";
        assertEq(
            cipher.crypt(COUNTED, hex"000000000000004a00000000", 1, text),
            hex"6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
            hex"f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            hex"07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
            hex"5af90bbf74a35be6b40b8eedf2785e42874d"
        );
    }

    /// @dev Appendix A.1, vectors 1 to 5.
    function test_crypt__rfc_8439_a_1__are_the_blocks() public view {
        assertEq(
            cipher.crypt(ZERO, 0, 0, new bytes(128)),
            hex"76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7"
            hex"da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586"
            hex"9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed"
            hex"29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f"
        );
        assertEq(
            cipher.crypt(bytes32(uint256(1)), 0, 1, new bytes(64)),
            hex"3aeb5224ecf849929b9d828db1ced4dd832025e8018b8160b82284f3c949aa5a"
            hex"8eca00bbb4a73bdad192b5c42f73f2fd4e273644c8b36125a64addeb006c13a0"
        );
        assertEq(
            cipher.crypt(bytes32(bytes2(0x00ff)), 0, 2, new bytes(64)),
            hex"72d54dfbf12ec44b362692df94137f328fea8da73990265ec1bbbea1ae9af0ca"
            hex"13b25aa26cb4a648cb9b9d1be65b2c0924a66c54d545ec1b7374f4872e99f096"
        );
        assertEq(
            cipher.crypt(ZERO, bytes12(uint96(2)), 0, new bytes(64)),
            hex"c2c64d378cd536374ae204b9ef933fcd1a8b2288b3dfa49672ab765b54ee27c7"
            hex"8a970e0e955c14f3a88e741b97c286f75f8fc299e8148362fa198a39531bed6d"
        );
    }

    /* A WHOLE PIECE */

    function test_crypt__a_whole_piece__is_the_twins() public view {
        bytes memory piece = new bytes(4096);
        for (uint256 i = 0; i < 4096; i++) {
            piece[i] = bytes1(uint8(i * i)); // some bytes
        }
        bytes memory got = cipher.crypt(COUNTED, hex"00", 960, piece);
        assertEq(got, PlainChaCha.crypt(COUNTED, hex"00", 960, piece));
    }
}
