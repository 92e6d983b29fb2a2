// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {HookToken} from "./HookToken.sol";
import {Shipped} from "./Shipped.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IExchange} from "../../../contracts/interfaces/IExchange.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {AssetTerms, Birth, Parent} from "../../../contracts/types/Asset.sol";
import {Order} from "../../../contracts/types/Order.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice All contracts of sales, one person for each role, and what they trade with.
abstract contract SaleHouse is Test {
    address internal constant SELLER = address(0x5E11);
    address internal constant BUYER = address(0xB0B);
    address internal constant REFEREE = address(0x4EF);
    address internal constant CONTEST = address(0xC047); // in place of Bounties
    address internal constant STRANGER = address(0xBAD);
    uint256 internal constant GX = 0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798;

    HookToken internal token;
    IVault internal vault;
    IAssets internal assets;
    IExchange internal exchange;

    function _build() internal {
        token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        address sales = vm.computeCreateAddress(address(this), vm.getNonce(address(this)) + 1);
        assets = IAssets(Shipped.deploy("Assets", abi.encode(vault, sales, CONTEST)));
        exchange = IExchange(Shipped.deploy("Exchange", abi.encode(vault, assets, REFEREE)));
        require(address(exchange) == sales, "not where predicted");
        _fund(SELLER, address(assets));
        _fund(BUYER, sales);
        _fund(address(this), address(this)); // a module of its own, to pay income
    }

    function _terms(uint256 price, uint256 bond) internal pure returns (AssetTerms memory) {
        return AssetTerms(SELLER, 1, uint128(price), uint128(bond), 1 hours, 1 days, 0, 0, Point(GX, 0), Point(GX, 0));
    }

    function _list(uint256 salt, AssetTerms memory terms) internal returns (uint256) {
        return _list(salt, terms, new Parent[](0));
    }

    function _list(uint256 salt, AssetTerms memory terms, Parent[] memory parents) internal returns (uint256) {
        vm.prank(SELLER);
        return assets.list(bytes32(salt), terms, parents);
    }

    function _birth(uint256 salt, Parent[] memory parents) internal pure returns (Birth memory) {
        return Birth(SELLER, address(0), bytes32(salt), parents);
    }

    /// @dev The key of its lock is 5.
    function _orderOf(uint256 assetId, AssetTerms memory terms, uint256 salt)
        internal
        returns (uint256 id, Order memory made)
    {
        vm.prank(BUYER);
        id = exchange.order(bytes32(salt), assetId, terms, terms.key, vm.addr(5));
        made.assetId = assetId;
        made.termsHash = keccak256(abi.encode(terms));
        made.buyer = BUYER;
        made.keyLock = vm.addr(5);
        made.price = terms.price;
        made.deadline = uint40(block.timestamp + terms.settleWindow);
        made.disputeWindow = terms.disputeWindow;
    }

    function _earn(uint256 assetId, uint256 amount) internal {
        vault.lock(1, address(this), amount);
        vault.move(1, amount, address(assets), assetId);
    }

    function _fund(address who, address module) internal {
        token.mint(who, 1e9);
        vm.startPrank(who);
        token.approve(address(vault), 1e9);
        vault.deposit(1e9);
        vault.approve(module, type(uint256).max);
        vm.stopPrank();
    }
}
