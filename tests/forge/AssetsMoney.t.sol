// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC1155} from "@openzeppelin/contracts/token/ERC1155/IERC1155.sol";

import {SaleHouse} from "./support/SaleHouse.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../contracts/libraries/KeyEquation.sol";
import {AssetTerms, Birth, Parent} from "../../contracts/types/Asset.sol";
import {Point} from "../../contracts/types/Point.sol";

/// @notice Bonds and income of assets, to the unit and to the second, and who may do what.
contract AssetsMoney is SaleHouse {
    uint256 internal constant BOND = 1003;
    AssetTerms internal terms;
    Parent[] internal none;

    function setUp() public {
        _build();
        terms = _terms(500, BOND);
    }

    /* LISTING */

    function test_list__locks_the_bond_and_gives_the_shares() public {
        uint256 id = _list(1, terms);
        assertEq(vault.balanceOf(SELLER), 1e9 - BOND);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), BOND);
        assertEq(IERC1155(address(assets)).balanceOf(SELLER, id), 10_000);
        assertEq(assets.termsHashOf(id), keccak256(abi.encode(terms)));
        assertEq(id, assets.assetIdOf(_birth(1, none)));
        Birth memory birth = _birth(1, none);
        assertEq(
            id,
            uint256(
                keccak256(
                    abi.encode(block.chainid, address(assets), birth.creator, birth.origin, birth.salt, birth.parents)
                )
            )
        );
    }

    /// @dev Not even a call to the Vault, where the seller has approved nothing.
    function test_list__no_bond__locks_nothing() public {
        vm.prank(SELLER);
        vault.approve(address(assets), 0);
        vm.recordLogs();
        _list(1, _terms(500, 0));
        assertEq(vm.getRecordedLogs().length, 2); // AssetListed, TransferSingle
        vm.prank(SELLER);
        vault.approve(address(assets), 1);
        _list(2, _terms(500, 1));
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), 1);
    }

    function test_list__twice__reverts_exists() public {
        uint256 id = _list(1, terms);
        _refuses(terms, none, abi.encodeWithSelector(Errors.Assets_Exists.selector, id));
    }

    function test_list__for_somebody_else__reverts_not_seller() public {
        bytes memory why = abi.encodeWithSelector(
            Errors.Assets_NotSeller.selector, _idOf(STRANGER, 1, none), STRANGER, SELLER
        );
        vm.expectRevert(why);
        vm.prank(STRANGER);
        assets.list(bytes32(uint256(1)), terms, none);
    }

    function test_list__kinds__one_and_two() public {
        for (uint8 kind = 0; kind < 5; kind++) {
            terms.kind = kind;
            if (kind == 1 || kind == 2) _list(10 + kind, terms);
            else _refuses(terms, none, abi.encodeWithSelector(Errors.Assets_BadKind.selector, kind, 2));
        }
    }

    function test_list__windows__ten_minutes_to_thirty_days() public {
        uint32[4] memory windows = [uint32(599), 600, 30 days, 30 days + 1];
        for (uint256 i = 0; i < 4; i++) {
            bytes memory why =
                abi.encodeWithSelector(Errors.Assets_BadWindow.selector, windows[i], 10 minutes, 30 days);
            (terms.settleWindow, terms.disputeWindow) = (windows[i], 1 days);
            if (i == 1 || i == 2) _list(20 + i, terms);
            else _refuses(terms, none, why);
            (terms.settleWindow, terms.disputeWindow) = (1 hours, windows[i]);
            if (i == 1 || i == 2) _list(10 + i, terms);
            else _refuses(terms, none, why);
        }
    }

    function test_list__bad_points__reverts_bad_point() public {
        terms.key = Point(KeyEquation.N, 0);
        _refuses(terms, none, abi.encodeWithSelector(Errors.Assets_BadPoint.selector, KeyEquation.N, 0));
        (terms.key, terms.seal) = (Point(GX, 0), Point(GX, 2));
        _refuses(terms, none, abi.encodeWithSelector(Errors.Assets_BadPoint.selector, GX, 2));
    }

    function test_list__parents__exist_and_take_at_most_everything() public {
        uint256 first = _list(1, terms);
        uint256 second = _list(2, terms);
        _list(3, terms, _two(first, 9_999, second, 1)); // everything
        vm.prank(SELLER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_BadBps.selector, 10_001, 10_000));
        assets.list(bytes32(uint256(4)), terms, _two(first, 9_999, second, 2));
        vm.prank(SELLER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_BadBps.selector, 0, 1));
        assets.list(bytes32(uint256(4)), terms, _two(first, 1, second, 0));
        vm.prank(SELLER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NoParent.selector, 77));
        assets.list(bytes32(uint256(4)), terms, _two(first, 1, 77, 1));
        Parent[] memory many = new Parent[](16);
        for (uint256 i = 0; i < 16; i++) {
            many[i] = Parent(first, 1);
        }
        _list(5, terms, many);
        Parent[] memory more = new Parent[](17);
        vm.prank(SELLER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_TooManyParents.selector, 17, 16));
        assets.list(bytes32(uint256(6)), terms, more);
    }

    /* RECORDED MODELS */

    function test_activate__by_its_creator_once() public {
        uint256 parent = _list(1, terms);
        Birth memory birth = Birth(SELLER, CONTEST, bytes32(uint256(9)), _one(parent, 2500));
        bytes32 hash = keccak256(abi.encode(terms));
        vm.prank(CONTEST);
        assets.record(SELLER, birth.salt, hash, "attested", birth.parents);
        uint256 id = assets.assetIdOf(birth);
        assertEq(assets.recordOf(id), keccak256(abi.encode(hash, bytes32("attested"))));
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotSeller.selector, id, STRANGER, SELLER));
        vm.prank(STRANGER);
        assets.activate(id, birth, terms, "attested");
        vm.startPrank(SELLER);
        vm.expectPartialRevert(Errors.Assets_NotRecorded.selector);
        assets.activate(id, birth, terms, "other");
        vm.expectPartialRevert(Errors.Assets_NotBirth.selector);
        assets.activate(id + 1, birth, terms, "attested");
        vm.expectPartialRevert(Errors.Assets_NotBirth.selector);
        assets.activate(id - 1, birth, terms, "attested");
        assets.activate(id, birth, terms, "attested");
        assertEq(assets.recordOf(id), 0);
        assertEq(assets.termsHashOf(id), hash);
        assertEq(IERC1155(address(assets)).balanceOf(SELLER, id), 10_000);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), 2 * BOND);
        vm.expectPartialRevert(Errors.Assets_NotRecorded.selector);
        assets.activate(id, birth, terms, "attested");
        vm.stopPrank();
        _earn(id, 40_000);
        assertEq(assets.flushable(id), 10_000);
    }

    /// @dev Recorded under terms that name somebody else as the seller: the model is its creator's all the same.
    function test_activate__seller_who_is_not_the_creator__reverts_not_seller() public {
        Birth memory birth = Birth(SELLER, CONTEST, 0, none);
        terms.seller = STRANGER;
        terms.bond = 0;
        vm.prank(CONTEST);
        assets.record(SELLER, 0, keccak256(abi.encode(terms)), 0, none);
        uint256 id = assets.assetIdOf(birth);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotSeller.selector, id, STRANGER, SELLER));
        vm.prank(STRANGER);
        assets.activate(id, birth, terms, 0);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotSeller.selector, id, SELLER, STRANGER));
        vm.prank(SELLER);
        assets.activate(id, birth, terms, 0);
    }

    function test_activate__parents_too_greedy__reverts_bad_bps() public {
        Birth memory birth = Birth(SELLER, CONTEST, bytes32(uint256(9)), _one(_list(1, terms), 10_001));
        vm.prank(CONTEST);
        assets.record(SELLER, birth.salt, keccak256(abi.encode(terms)), "attested", birth.parents);
        uint256 id = assets.assetIdOf(birth);
        vm.prank(SELLER);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_BadBps.selector, 10_001, 10_000));
        assets.activate(id, birth, terms, "attested");
    }

    function test_record__stranger__reverts_not_module() public {
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotModule.selector, STRANGER, CONTEST));
        vm.prank(STRANGER);
        assets.record(SELLER, 0, 0, 0, none);
    }

    /* REVISING */

    function test_revise__price_and_artifact__only_by_the_seller() public {
        uint256 id = _list(1, terms);
        AssetTerms memory next = terms;
        next.price = 1;
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotSeller.selector, id, STRANGER, SELLER));
        vm.prank(STRANGER);
        assets.revise(id, terms, next);
        vm.startPrank(SELLER);
        vm.expectPartialRevert(Errors.Assets_NotTerms.selector);
        assets.revise(id, next, next);
        assets.revise(id, terms, next);
        assertEq(assets.termsHashOf(id), keccak256(abi.encode(next)));
        AssetTerms memory third = next;
        third.contentRoot = "new";
        third.key = _twice();
        vm.expectPartialRevert(Errors.Assets_NotTerms.selector);
        assets.revise(id, terms, third);
        vm.stopPrank();
    }

    function test_revise__key_and_artifact__together_or_not_at_all() public {
        uint256 id = _list(1, terms);
        AssetTerms memory next = abi.decode(abi.encode(terms), (AssetTerms));
        next.key = _twice();
        _cannotRevise(id, next, abi.encodeWithSelector(Errors.Assets_KeyReused.selector, id));
        next.contentRoot = "new";
        vm.prank(SELLER);
        assets.revise(id, terms, next);
        terms = abi.decode(abi.encode(next), (AssetTerms));
        (next.key, next.contentRoot) = (Point(GX, 0), "back"); // to a smaller abscissa
        vm.prank(SELLER);
        assets.revise(id, terms, next);
        terms = next;
        next.contentRoot = "newer";
        _cannotRevise(id, next, abi.encodeWithSelector(Errors.Assets_KeyReused.selector, id));
        next.key = Point(KeyEquation.N, 0);
        _cannotRevise(id, next, abi.encodeWithSelector(Errors.Assets_BadPoint.selector, KeyEquation.N, 0));
        next = abi.decode(abi.encode(terms), (AssetTerms));
        next.seal = Point(GX, 2);
        _cannotRevise(id, next, abi.encodeWithSelector(Errors.Assets_BadPoint.selector, GX, 2));
    }

    /// @dev Neither up nor down: what an order promised stays.
    function test_revise__what_is_fixed__reverts_fixed() public {
        terms.kind = 1;
        (terms.settleWindow, terms.disputeWindow) = (1 hours, 1 days);
        uint256 id = _list(1, terms);
        for (uint256 i = 0; i < 8; i++) {
            AssetTerms memory next = abi.decode(abi.encode(terms), (AssetTerms));
            bool up = i % 2 == 0;
            if (i / 2 == 0) next.kind = up ? 2 : 0;
            if (i / 2 == 1) next.bond = up ? next.bond + 1 : next.bond - 1;
            if (i / 2 == 2) next.settleWindow = up ? 1 hours + 1 : 1 hours - 1;
            if (i / 2 == 3) next.disputeWindow = up ? 1 days + 1 : 1 days - 1;
            _cannotRevise(id, next, abi.encodeWithSelector(Errors.Assets_Fixed.selector, id));
        }
        AssetTerms memory other = abi.decode(abi.encode(terms), (AssetTerms));
        other.seller = BUYER;
        _cannotRevise(id, other, abi.encodeWithSelector(Errors.Assets_Fixed.selector, id));
    }

    /* UNLISTING AND BONDS */

    function test_releaseBond__after_the_last_dispute__gives_it_back_once() public {
        _list(2, terms); // another bond of the same seller
        uint256 id = _list(1, terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotSeller.selector, id, STRANGER, SELLER));
        vm.prank(STRANGER);
        assets.unlist(id, terms);
        AssetTerms memory wrong = _terms(501, BOND);
        vm.startPrank(SELLER);
        vm.expectPartialRevert(Errors.Assets_NotTerms.selector);
        assets.unlist(id, wrong);
        assets.unlist(id, terms);
        vm.stopPrank();
        uint256 at = block.timestamp;
        uint256 end = at + 1 hours + 1 days;
        assertEq(assets.termsHashOf(id), keccak256(abi.encode(keccak256(abi.encode(terms)), at)));
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_BondLocked.selector, id, at, end));
        assets.releaseBond(id, terms, at);
        vm.warp(end);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_BondLocked.selector, id, end, end));
        assets.releaseBond(id, terms, at);
        vm.warp(end + 1);
        vm.expectPartialRevert(Errors.Assets_NotTerms.selector);
        assets.releaseBond(id, terms, at - 1);
        assets.releaseBond(id, terms, at);
        assertEq(vault.balanceOf(SELLER), 1e9 - BOND);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), BOND);
        assertEq(assets.termsHashOf(id), bytes32(uint256(1)));
        vm.expectPartialRevert(Errors.Assets_NotTerms.selector);
        assets.releaseBond(id, terms, at);
    }

    function test_slashBond__a_quarter_to_the_challenger_once() public {
        _list(2, terms);
        uint256 id = _list(1, terms);
        vm.expectRevert(abi.encodeWithSelector(Errors.Assets_NotModule.selector, STRANGER, address(exchange)));
        vm.prank(STRANGER);
        assets.slashBond(id, terms, STRANGER);
        vm.prank(address(exchange));
        assets.slashBond(id, terms, BUYER);
        assertEq(vault.balanceOf(BUYER), 1e9 + 250);
        assertEq(vault.bucketOf(address(assets), uint160(SELLER)), BOND);
        assertEq(assets.termsHashOf(id), bytes32(uint256(1)));
        vm.prank(address(exchange));
        assets.slashBond(id, terms, BUYER);
        assertEq(vault.balanceOf(BUYER), 1e9 + 250);
    }

    /* INCOME */

    function test_claim__each_share_its_part__the_rest_waits() public {
        uint256 id = _list(1, _terms(500, 0));
        vm.prank(SELLER);
        IERC1155(address(assets)).safeTransferFrom(SELLER, BUYER, id, 2_500, "");
        _earn(id, 29_999);
        assertEq(assets.claimable(id, SELLER), 15_000);
        assets.claim(id, SELLER);
        assertEq(vault.balanceOf(SELLER), 1e9 + 15_000);
        assertEq(assets.claimable(id, SELLER), 0);
        assets.claim(id, SELLER);
        assertEq(vault.balanceOf(SELLER), 1e9 + 15_000);
        _earn(id, 1);
        assertEq(assets.claimable(id, BUYER), 7_500);
        assets.claim(id, BUYER);
        assets.claim(id, BUYER);
        assets.claim(id, STRANGER); // owns nothing
        assertEq(vault.balanceOf(BUYER), 1e9 + 7_500);
        assertEq(vault.balanceOf(STRANGER), 0);
        assertEq(assets.claimable(id, SELLER), 7_500);
        assets.claim(id, SELLER);
        assertEq(vault.balanceOf(SELLER), 1e9 + 22_500);
        assertEq(vault.bucketOf(address(assets), id), 0);
    }

    function test_claim__one_share__one_unit() public {
        uint256 id = _list(1, _terms(500, 0));
        vm.prank(SELLER);
        IERC1155(address(assets)).safeTransferFrom(SELLER, BUYER, id, 1, "");
        _earn(id, 10_000);
        assets.claim(id, BUYER);
        assertEq(vault.balanceOf(BUYER), 1e9 + 1);
        vm.recordLogs();
        assets.claim(id, STRANGER);
        assertEq(vm.getRecordedLogs().length, 0); // who owns nothing is not paid nothing
    }

    /// @dev What came in before the listing is the first holder's.
    function test_claim__income_from_before_the_listing() public {
        uint256 id = _idOf(SELLER, 1, none);
        _earn(id, 10_000);
        assertEq(_list(1, _terms(500, 0)), id);
        assertEq(assets.claimable(id, SELLER), 10_000);
        assets.claim(id, SELLER);
        assertEq(vault.balanceOf(SELLER), 1e9 + 10_000);
    }

    /// @dev What was earned before goes to who held the shares then; both sides are paid.
    function test_transfer__settles_both_sides_first() public {
        uint256 id = _list(1, _terms(500, 0));
        vm.prank(SELLER);
        IERC1155(address(assets)).safeTransferFrom(SELLER, BUYER, id, 1_000, "");
        _earn(id, 10_000);
        vm.prank(SELLER);
        IERC1155(address(assets)).safeTransferFrom(SELLER, BUYER, id, 4_000, "");
        assertEq(vault.balanceOf(SELLER), 1e9 + 9_000);
        assertEq(vault.balanceOf(BUYER), 1e9 + 1_000);
        _earn(id, 20_000);
        assets.claim(id, BUYER);
        assertEq(vault.balanceOf(BUYER), 1e9 + 11_000);
        uint256[] memory ids = new uint256[](2);
        uint256[] memory values = new uint256[](2);
        (ids[0], ids[1]) = (id, _list(2, _terms(500, 0)));
        _earn(ids[1], 10_000);
        (values[0], values[1]) = (0, 10_000);
        vm.prank(SELLER);
        IERC1155(address(assets)).safeBatchTransferFrom(SELLER, BUYER, ids, values, "");
        assertEq(vault.balanceOf(SELLER), 1e9 + 9_000 + 10_000 + 10_000);
    }

    function test_flush__parents_get_their_part__rounded_down_to_whole_points() public {
        uint256 a = _list(1, _terms(500, 0));
        uint256 b = _list(2, _terms(500, 0));
        Parent[] memory parents = _two(a, 1_000, b, 2_000);
        uint256 id = _list(3, _terms(500, 0), parents);
        Birth memory birth = _birth(3, parents);
        _earn(id, 100_007); // 30,002 to the parents, 7 for each share, 5 over
        assertEq(assets.flushable(id), 30_000);
        assertEq(assets.claimable(id, SELLER), 70_000);
        assets.flush(id, birth);
        assertEq(vault.bucketOf(address(assets), a), 10_000);
        assertEq(vault.bucketOf(address(assets), b), 20_000);
        assertEq(vault.bucketOf(address(assets), id), 70_007);
        assertEq(assets.flushable(id), 0);
        assets.flush(id, birth);
        assertEq(vault.bucketOf(address(assets), id), 70_007);
        _earn(id, 14_280); // 4,284 to the parents, with 2 from before; 9,996 and 5 to the holders
        assertEq(assets.flushable(id), 3_000);
        assertEq(assets.claimable(id, SELLER), 80_000);
        assets.claim(id, SELLER);
        assertEq(vault.balanceOf(SELLER), 1e9 + 80_000);
        assets.flush(id, birth);
        assertEq(vault.bucketOf(address(assets), a), 11_000);
        assertEq(vault.bucketOf(address(assets), b), 22_000);
        assertEq(vault.bucketOf(address(assets), id), 1_286 + 1);
    }

    function test_flush__too_little__waits() public {
        uint256 a = _list(1, _terms(500, 0));
        Parent[] memory parents = _one(a, 3_000);
        uint256 id = _list(2, _terms(500, 0), parents);
        Birth memory birth = _birth(2, parents);
        _earn(id, 9_999); // 2,999 to the parent: less than one unit a point
        assets.flush(id, birth);
        assertEq(vault.bucketOf(address(assets), a), 0);
        assertEq(assets.flushable(id), 0);
        _earn(id, 4);
        assets.flush(id, birth);
        assertEq(vault.bucketOf(address(assets), a), 3_000);
        vm.expectPartialRevert(Errors.Assets_NotBirth.selector);
        assets.flush(a, birth);
    }

    /// @dev One point of ten thousand. Claiming in between, when nothing is due yet, takes nothing from the parent.
    function test_flush__one_point__is_not_lost_in_small_change() public {
        uint256 a = _list(1, _terms(500, 0));
        Parent[] memory parents = _one(a, 1);
        uint256 id = _list(2, _terms(500, 0), parents);
        _earn(id, 9_999);
        assets.claim(id, SELLER);
        _earn(id, 1);
        assertEq(assets.flushable(id), 1);
        assertEq(assets.claimable(id, SELLER), 0);
        vm.recordLogs();
        assets.flush(id, _birth(2, parents));
        assertEq(vm.getRecordedLogs().length, 3); // IncomeCounted, IncomeFlushed, Moved
        assertEq(vault.bucketOf(address(assets), a), 1);
        _earn(id, 1); // 9,999 were left over
        assertEq(assets.claimable(id, SELLER), 10_000);
        vm.recordLogs();
        assets.flush(id, _birth(2, parents));
        assertEq(vm.getRecordedLogs().length, 2); // nothing to move
        _earn(id, 20_001);
        assertEq(assets.claimable(id, SELLER), 20_000);
        assertEq(assets.flushable(id), 2);
    }

    function test_flush__no_parents__moves_nothing() public {
        uint256 a = _list(1, _terms(500, 0));
        _earn(a, 25_000);
        assertEq(assets.flushable(a), 0);
        assets.flush(a, _birth(1, none));
        assertEq(vault.bucketOf(address(assets), a), 25_000);
        assertEq(assets.claimable(a, SELLER), 20_000);
        _earn(a, 5_000);
        assertEq(assets.claimable(a, SELLER), 30_000); // what was over is counted again
    }

    /// @dev All that comes in goes up.
    function test_flush__everything_to_the_parent() public {
        uint256 a = _list(1, _terms(500, 0));
        Parent[] memory parents = _one(a, 10_000);
        uint256 id = _list(2, _terms(500, 0), parents);
        _earn(id, 10_000);
        assertEq(assets.claimable(id, SELLER), 0);
        assets.claim(id, SELLER);
        assertEq(assets.flushable(id), 10_000);
        assets.flush(id, _birth(2, parents));
        assertEq(vault.bucketOf(address(assets), a), 10_000);
        assertEq(vault.bucketOf(address(assets), id), 0);
    }

    /* INTERNAL */

    function _refuses(AssetTerms memory t, Parent[] memory parents, bytes memory why) private {
        vm.expectRevert(why);
        vm.prank(SELLER);
        assets.list(bytes32(uint256(1)), t, parents);
    }

    function _cannotRevise(uint256 id, AssetTerms memory next, bytes memory why) private {
        vm.expectRevert(why);
        vm.prank(SELLER);
        assets.revise(id, terms, next);
    }

    function _idOf(address creator, uint256 salt, Parent[] memory parents) private view returns (uint256) {
        return assets.assetIdOf(Birth(creator, address(0), bytes32(salt), parents));
    }

    function _one(uint256 a, uint16 bps) private pure returns (Parent[] memory parents) {
        parents = new Parent[](1);
        parents[0] = Parent(a, bps);
    }

    function _two(uint256 a, uint16 bpsA, uint256 b, uint16 bpsB) private pure returns (Parent[] memory parents) {
        parents = new Parent[](2);
        (parents[0], parents[1]) = (Parent(a, bpsA), Parent(b, bpsB));
    }

    function _twice() private returns (Point memory) {
        uint256 x = vm.createWallet(2).publicKeyX;
        return Point(x, uint8(vm.createWallet(2).publicKeyY & 1));
    }
}
