// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {SaleHouse} from "./SaleHouse.sol";
import {Sealed} from "./Sealed.sol";
import {Shipped} from "./Shipped.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {AssetTerms} from "../../../contracts/types/Asset.sol";
import {Order} from "../../../contracts/types/Order.sol";
import {PieceProof} from "../../../contracts/types/Piece.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice A house of sales with the shipped referee in its place, a file of three pieces, and one whose second piece is
///         encrypted from other bytes than its seller committed to.
abstract contract RefereeHouse is SaleHouse {
    uint256 internal constant PRICE = 1000;
    uint256 internal constant LISTING_BOND = 1002;
    uint256 internal constant KEY = 0xC0FFEE;
    bytes32 internal constant NONCE = keccak256("nonce");
    uint256 internal constant LENGTH = 2 * 4096 + 100;

    IReferee internal referee = IReferee(REFEREE);
    Sealed.File internal right;
    Sealed.File internal wrong;

    /// @notice A settled order with its terms.
    struct Bought {
        uint256 id;
        Order order;
        AssetTerms terms;
    }

    function setUp() public virtual {
        _build();
        string[] memory libraries = new string[](3);
        libraries[0] = "ChaCha20";
        libraries[1] = "Scores";
        libraries[2] = "Demands";
        address made = Shipped.deployLinked(
            "Referee", libraries, abi.encode(vault, exchange, address(0), address(0))
        );
        vm.etch(REFEREE, made.code); // where the exchange expects it; immutables are in the code
        bytes memory plain = _bytes(LENGTH);
        right = Sealed.seal(KEY, NONCE, plain);
        Sealed.File memory file = Sealed.seal(KEY, NONCE, plain);
        file.plainHashes[1] = keccak256("something finer");
        Sealed.close(file);
        wrong = file;
    }

    function _bytes(uint256 length) internal pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; i++) {
            data[i] = bytes1(uint8((i * i) % 251)); // some bytes
        }
    }

    function _bought(bytes32 contentRoot) internal returns (Bought memory made) {
        return _bought(contentRoot, KEY, 1);
    }

    function _bought(bytes32 contentRoot, uint256 key, uint256 salt) internal returns (Bought memory made) {
        made.terms = _terms(PRICE, LISTING_BOND);
        made.terms.contentRoot = contentRoot;
        Vm.Wallet memory wallet = vm.createWallet(key);
        made.terms.key = Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
        uint256 assetId = _list(salt, made.terms);
        (made.id, made.order) = _orderOf(assetId, made.terms, salt);
        exchange.settle(made.id, made.order, 5);
    }

    function _dispute(Bought memory bought, PieceProof memory proof) internal {
        vm.prank(BUYER);
        referee.disputePiece(bought.id, bought.order, bought.terms, proof);
    }

    function _requireRefunded(Bought memory bought) internal view {
        assertEq(exchange.stateOf(bought.id), bytes32(uint256(1)));
        assertEq(vault.balanceOf(BUYER), 1e9 + LISTING_BOND / 4);
        assertEq(vault.balanceOf(SELLER), 1e9 - LISTING_BOND);
        assertEq(vault.bucketOf(address(exchange), bought.order.assetId), 0);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), 0);
        assertEq(vault.bucketOf(REFEREE, 0), 0);
    }
}
