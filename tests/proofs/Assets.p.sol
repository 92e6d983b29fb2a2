// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Symbolic} from "./support/Symbolic.sol";
import {Assets} from "../../contracts/Assets.sol";
import {Vault} from "../../contracts/Vault.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {AssetTerms, Birth, Parent} from "../../contracts/types/Asset.sol";

/// @notice How income is counted, shared and moved up, from any lawful state, for all amounts.
/// @custom:halmos --panic-error-codes 0x01,0x11,0x12
contract AssetsProofs is Symbolic {
    uint256 private constant INCOME = 5; // storage slots of Assets, behind three of ERC-1155 and two of its own
    uint256 private constant LINEAGE = 6;
    uint256 private constant PAID = 7;

    /// @dev Income of an asset as its slots hold it.
    struct Books {
        uint256 perShare;
        uint256 held;
        uint256 due;
        uint256 bps;
        uint256 remainder;
        uint256 bucket;
    }

    Vault private _vault;
    Assets private _assets;

    function setUp() public {
        _vault = new Vault(new TestToken());
        _assets = new Assets(_vault, address(0xE), address(0xB));
        SVM.enableSymbolicStorage(address(_vault));
        SVM.enableSymbolicStorage(address(_assets));
    }

    function check_count__nothing_is_lost_or_made(uint256 assetId, address holder) public {
        Books memory a = _lawful(assetId);
        VM.assume(_assets.balanceOf(holder, assetId) == 0); // so that nothing is paid out in the same call
        VM.assume(_paid(assetId, holder) <= a.perShare);

        _assets.claim(assetId, holder);

        Books memory b = _books(assetId);
        unchecked {
            uint256 fresh = a.bucket - a.held - a.due - a.remainder;
            uint256 waiting = b.bucket - b.held - b.due - b.remainder;
            assert(all(b.bucket == a.bucket, b.bps == a.bps, b.remainder < 10_000));
            // nothing is made: the bucket covers what is owed; nothing is lost: what waits is less than a unit a share
            assert(both(b.held + b.due + b.remainder <= b.bucket, waiting < 10_000));
            // with parents, all is counted or nothing
            assert(either(either(a.bps == 0, waiting == 0), both(b.held == a.held, b.due == a.due)));
            assert(all(b.held >= a.held, b.due >= a.due, b.perShare >= a.perShare));
            assert(b.held - a.held == 10_000 * (b.perShare - a.perShare));
            assert((b.due - a.due) * 10_000 <= fresh * a.bps);
        }
    }

    function check_claim__pays_what_the_shares_earned(uint256 assetId, address holder, address other) public {
        VM.assume(other != holder);
        Books memory a = _lawful(assetId);
        VM.assume(a.bucket == a.held + a.due + a.remainder); // counted already
        VM.assume(_paid(assetId, holder) <= a.perShare);
        uint256 shares = _assets.balanceOf(holder, assetId);
        VM.assume(both(shares <= 10_000, (_vault.balanceOf(holder) <= type(uint128).max)));
        uint256 owed = _assets.claimable(assetId, holder);
        VM.assume(owed <= a.held);
        (uint256 free, uint256 kept) = (_vault.balanceOf(holder), _vault.balanceOf(other));

        _assets.claim(assetId, holder);

        Books memory b = _books(assetId);
        unchecked {
            assert(both(_vault.balanceOf(holder) == free + owed, _vault.balanceOf(other) == kept));
            assert(both(b.held == a.held - owed, b.bucket == a.bucket - owed));
        }
        assert(_assets.claimable(assetId, holder) == 0);
    }

    function check_flush__parents_get_their_parts(bytes32 salt, uint16 one, uint16 two) public {
        VM.assume(all(one > 0, two > 0, uint256(one) + two <= 10_000));
        Birth memory birth = Birth(address(0xC), address(0), salt, new Parent[](2));
        birth.parents[0] = Parent(1, one);
        birth.parents[1] = Parent(2, two);
        uint256 assetId = _assets.assetIdOf(birth);
        VM.assume(assetId > 2);
        Books memory a = _lawful(assetId);
        VM.assume(both(a.bps == uint256(one) + two, a.bucket == a.held + a.due + a.remainder)); // counted already
        uint256 first = _vault.bucketOf(address(_assets), 1);
        uint256 second = _vault.bucketOf(address(_assets), 2);
        VM.assume(both(first <= type(uint128).max, second <= type(uint128).max));

        _assets.flush(assetId, birth);

        Books memory b = _books(assetId);
        unchecked {
            uint256 moved = a.due - b.due;
            uint256 toFirst = _vault.bucketOf(address(_assets), 1) - first;
            uint256 toSecond = _vault.bucketOf(address(_assets), 2) - second;
            assert(all(b.held == a.held, b.remainder == a.remainder, b.due <= a.due));
            assert(both(toFirst + toSecond == moved, a.bucket - b.bucket == moved));
            assert(both(toFirst <= moved, toFirst * two == toSecond * one)); // in the promised proportion, to the unit
            assert(b.due < a.bps); // less than one unit a basis point stays due
        }
    }

    function check_releaseBond__pays_the_seller(uint256 assetId, AssetTerms calldata terms, uint256 unlistedAt, uint40 moment) public at(moment) {
        VM.assume(unlistedAt <= type(uint40).max && _vault.balanceOf(terms.seller) <= type(uint128).max);
        uint256 free = _vault.balanceOf(terms.seller);
        uint256 held = _vault.bucketOf(address(_assets), uint160(terms.seller));

        _assets.releaseBond(assetId, terms, unlistedAt);

        assert(_vault.balanceOf(terms.seller) == free + terms.bond);
        assert(_vault.bucketOf(address(_assets), uint160(terms.seller)) == held - terms.bond);
        assert(_assets.termsHashOf(assetId) == bytes32(uint256(1))); // and so never again
        assert(block.timestamp > unlistedAt + terms.settleWindow + terms.disputeWindow);
    }

    function check_slashBond__a_quarter_to_the_challenger(uint256 assetId, AssetTerms calldata terms, address who)
        public
    {
        VM.assume(_vault.balanceOf(who) <= type(uint128).max);
        bool over = _assets.termsHashOf(assetId) == bytes32(uint256(1));
        uint256 free = _vault.balanceOf(who);
        uint256 held = _vault.bucketOf(address(_assets), uint160(terms.seller));

        VM.prank(address(0xE));
        _assets.slashBond(assetId, terms, who);

        uint256 reward = over ? 0 : terms.bond / 4;
        assert(_vault.balanceOf(who) == free + reward);
        assert(_vault.bucketOf(address(_assets), uint160(terms.seller)) == held - (over ? 0 : terms.bond));
        assert(_assets.termsHashOf(assetId) == bytes32(uint256(1)));
    }

    /// @dev Any state in which the bucket covers what it owes; amounts as large as the Vault's invariant lets them be.
    function _lawful(uint256 assetId) private view returns (Books memory books) {
        books = _books(assetId);
        VM.assume(all(books.bucket <= type(uint128).max, books.bps <= 10_000, books.remainder < 10_000));
        unchecked {
            VM.assume(books.held + books.due + books.remainder <= books.bucket);
        }
        VM.assume(either(books.bps != 0, both(books.due == 0, books.remainder == 0)));
        // a unit a share can't have been earned more often than there were tokens
        VM.assume(books.perShare <= type(uint128).max / 2 ** 16);
    }

    /// @dev What a share had earned when its holder was last paid.
    function _paid(uint256 assetId, address holder) private view returns (uint256) {
        bytes32 of_ = keccak256(abi.encode(assetId, PAID));
        return uint256(VM.load(address(_assets), keccak256(abi.encode(holder, of_))));
    }

    function _books(uint256 assetId) private view returns (Books memory books) {
        uint256 income = uint256(VM.load(address(_assets), keccak256(abi.encode(assetId, INCOME))));
        uint256 lineage = uint256(VM.load(address(_assets), keccak256(abi.encode(assetId, LINEAGE))));
        books.perShare = uint128(income);
        books.held = income >> 128;
        books.due = uint128(lineage);
        books.bps = uint16(lineage >> 128);
        books.remainder = uint16(lineage >> 144);
        books.bucket = _vault.bucketOf(address(_assets), assetId);
    }
}
