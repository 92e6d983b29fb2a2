// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Symbolic} from "./support/Symbolic.sol";
import {Vault} from "../../contracts/Vault.sol";
import {IAssets} from "../../contracts/interfaces/IAssets.sol";
import {IPanels} from "../../contracts/interfaces/IPanels.sol";
import {Book} from "../../contracts/libraries/BountyChecks.sol";
import {BountyEnds} from "../../contracts/libraries/BountyEnds.sol";
import {TestToken} from "../../contracts/test/TestToken.sol";
import {Parent} from "../../contracts/types/Asset.sol";
import {CoreTerms, Outcome} from "../../contracts/types/Bounty.sol";
import {Rules} from "../../contracts/types/Rules.sol";
import {Schedule} from "../../contracts/types/Schedule.sol";

/// @notice A panel of so many signers.
contract Signers {
    uint256 public count;

    function set(uint256 count_) external {
        count = count_;
    }

    function release(uint256) external view returns (address[] memory signers, bytes32 digest) {
        signers = new address[](count);
        for (uint256 i = 0; i < count; i++) {
            signers[i] = address(uint160(0x100 + i));
        }
        return (signers, bytes32(uint256(7)));
    }
}

/// @notice The ends of a bounty over a book of their own.
contract Ends {
    using BountyEnds for Book;

    Book private _book;
    Vault private immutable VAULT;
    Signers private immutable SIGNERS;

    constructor(Vault vault, Signers signers) {
        VAULT = vault;
        SIGNERS = signers;
    }

    function end(CoreTerms calldata terms, Parent[] calldata datasets, Outcome outcome, address maker) external {
        _book.end(_house(), 1, terms, datasets, outcome, maker, 0);
    }

    function forfeit(CoreTerms calldata terms, address maker) external {
        _book.forfeit(_house(), 1, terms, maker);
    }

    function release(uint256 claimBond, address[] calldata makers) external {
        _book.release(_house(), 1, claimBond, makers);
    }

    function submissions() external view returns (uint256) {
        return _book.bounties[1].submissions;
    }

    function both(address maker) external view returns (bool) {
        return _book.bounties[1].rowsBond && _book.rowsClaimers[1] == maker;
    }

    function compensation() external view returns (uint256) {
        return _book.compensations[1];
    }

    function owed(address maker, uint256 claimBond) external view returns (uint256 amount) {
        uint8 flags = _book.entries[1][maker].flags;
        amount = _book.compensations[1];
        if (flags & 1 != 0 && flags & 4 == 0) amount += claimBond; // claimed, not forfeited
        if (_book.rowsClaimers[1] == maker) amount += claimBond;
    }

    function _house() private view returns (BountyEnds.House memory) {
        return BountyEnds.House(VAULT, IAssets(address(0xAA)), IPanels(address(SIGNERS)));
    }
}

/// @notice Who is paid what when a bounty ends, and that it is what was locked for it, for all amounts.
/// @dev Nor does any sum or difference on the way overflow, in the contracts or below.
/// @custom:halmos --panic-error-codes 0x01,0x11,0x12
contract EndsProofs is Symbolic {
    uint256 private constant PANEL = 3;
    address private constant REQUESTER = address(0x1);
    address private constant MAKER = address(0x2);

    Vault private _vault;
    Signers private _signers;
    Ends private _ends;

    /// @dev What a bounty promises; each amount stands for all.
    struct Amounts {
        uint128 reward;
        uint128 deposit;
        uint128 fee;
        uint96 bond;
    }

    function setUp() public {
        _vault = new Vault(new TestToken());
        _signers = new Signers();
        _ends = new Ends(_vault, _signers);
        SVM.enableSymbolicStorage(address(_vault));
        SVM.enableSymbolicStorage(address(_ends));
    }

    function check_paid__datasets_get_their_parts(Amounts calldata a, uint16 one, uint16 two, uint256 others) public {
        CoreTerms memory terms = _terms(a);
        VM.assume(one > 0 && two > 0 && uint256(one) + two <= 10_000 && others <= type(uint128).max);
        VM.assume(!_ends.both(MAKER));
        _signers.set(0); // see the next proof
        _fill(uint256(a.reward) + a.deposit + PANEL * a.fee + a.bond + others);
        Parent[] memory datasets = new Parent[](2);
        datasets[0] = Parent(1, one);
        datasets[1] = Parent(2, two);
        (uint256 requester, uint256 maker,) = _before();
        uint256 toOne = _vault.bucketOf(address(0xAA), 1);
        uint256 toTwo = _vault.bucketOf(address(0xAA), 2);
        VM.assume(both(toOne <= type(uint128).max, toTwo <= type(uint128).max));

        _ends.end(terms, datasets, Outcome.PAID, MAKER);

        toOne = _vault.bucketOf(address(0xAA), 1) - toOne;
        toTwo = _vault.bucketOf(address(0xAA), 2) - toTwo;
        (uint256 r, uint256 m,) = _free();
        assert(both(toOne == uint256(a.reward) * one / 10_000, toTwo == uint256(a.reward) * two / 10_000));
        assert(m - maker == a.reward - toOne - toTwo + a.bond);
        assert(r - requester == a.deposit + PANEL * a.fee);
        assert(_vault.bucketOf(address(_ends), 1) == others); // the others' bonds, to the unit
    }

    function check_paid__panel_and_maker_what_was_promised(Amounts calldata a, uint8 signers, uint256 others) public {
        CoreTerms memory terms = _terms(a);
        VM.assume(signers >= 2 && signers <= PANEL && others <= type(uint128).max);
        _seat(signers);
        uint256 bonds = _ends.both(MAKER) ? 2 * uint256(a.bond) : a.bond;
        _fill(uint256(a.reward) + a.deposit + PANEL * a.fee + bonds + others);
        (uint256 requester, uint256 maker, uint256 first) = _before();

        _ends.end(terms, new Parent[](0), Outcome.PAID, MAKER);

        (uint256 r, uint256 m, uint256 f) = _free();
        assert(both(m - maker == a.reward + bonds, f - first == a.fee));
        assert(r - requester == a.deposit + (PANEL - signers) * a.fee);
        assert(_vault.bucketOf(address(_ends), 1) == others);
    }

    function check_halved__reward_is_shared(Amounts calldata a, uint8 signers, uint256 others) public {
        CoreTerms memory terms = _terms(a);
        VM.assume(signers <= PANEL && others <= type(uint128).max);
        _seat(signers);
        _fill(uint256(a.reward) + a.deposit + PANEL * a.fee + others);
        (uint256 requester, uint256 maker, uint256 first) = _before();

        _ends.end(terms, new Parent[](0), Outcome.HALVED, MAKER);

        (uint256 r, uint256 m, uint256 f) = _free();
        assert(both(m - maker == a.reward / 2, f == first));
        assert(r - requester == uint256(a.reward) - a.reward / 2 + a.deposit + PANEL * a.fee);
        assert(_vault.bucketOf(address(_ends), 1) == others);
    }

    function check_back__everything_to_the_requester(Amounts calldata a, uint8 which, uint8 signers, uint256 others)
        public
    {
        CoreTerms memory terms = _terms(a);
        VM.assume(which < 3 && signers <= PANEL && others <= type(uint128).max);
        _seat(signers);
        _fill(uint256(a.reward) + a.deposit + PANEL * a.fee + others);
        (uint256 requester, uint256 maker, uint256 first) = _before();
        Outcome outcome =
            which == 0 ? Outcome.NO_SUBMISSION : which == 1 ? Outcome.NOBODY : Outcome.TOO_FEW_SEATS;

        _ends.end(terms, new Parent[](0), outcome, address(0));

        (uint256 r, uint256 m, uint256 f) = _free();
        assert(both(m == maker, f == first));
        assert(r - requester == uint256(a.reward) + a.deposit + PANEL * a.fee);
        assert(_vault.bucketOf(address(_ends), 1) == others);
    }

    function check_fault__deposit_is_burned_but_for_the_makers(
        Amounts calldata a,
        bool silent,
        uint8 signers,
        uint256 others
    ) public {
        CoreTerms memory terms = _terms(a);
        uint256 makers = _ends.submissions();
        VM.assume(makers <= 64 && others <= type(uint128).max);
        VM.assume(silent ? signers == 0 : signers >= 2 && signers <= PANEL);
        _seat(signers);
        _fill(uint256(a.reward) + a.deposit + PANEL * a.fee + others);
        (uint256 requester,, uint256 first) = _before();

        _ends.end(terms, new Parent[](0), silent ? Outcome.SILENT : Outcome.BAD_ROWS, address(0));

        (uint256 r,, uint256 f) = _free();
        assert(r - requester == uint256(a.reward) + (PANEL - signers) * a.fee);
        assert(f - first == (signers == 0 ? 0 : a.fee));
        // each submission's 128th is still there for release, the rest of the deposit is gone
        assert(_vault.bucketOf(address(_ends), 1) == others + (a.deposit / 128) * makers);
    }

    function check_forfeit__bond_pays_the_panel_and_burns(Amounts calldata a, uint8 signers, uint256 others) public {
        CoreTerms memory terms = _terms(a);
        VM.assume(signers <= PANEL && others <= type(uint128).max);
        _seat(signers);
        _fill(a.bond + others);
        (uint256 requester, uint256 maker, uint256 first) = _before();

        _ends.forfeit(terms, MAKER);

        (uint256 r, uint256 m, uint256 f) = _free();
        assert(both(r == requester, m == maker));
        assert(f - first == (signers == 0 ? 0 : a.fee));
        assert(_vault.bucketOf(address(_ends), 1) == others);
    }

    function check_release__pays_what_is_owed_once(uint96 bond, uint256 others) public {
        VM.assume(both(others <= type(uint128).max, _ends.compensation() <= type(uint128).max));
        uint256 amount = _ends.owed(MAKER, bond);
        VM.assume(amount <= type(uint128).max);
        _fill(amount + others);
        (, uint256 maker,) = _before();
        address[] memory makers = new address[](1);
        makers[0] = MAKER;

        _ends.release(bond, makers);

        (, uint256 m,) = _free();
        assert(both(m - maker == amount, _vault.bucketOf(address(_ends), 1) == others));
        (bool again,) = address(_ends).call(abi.encodeCall(Ends.release, (bond, makers)));
        assert(!again);
    }

    /// @dev Lengths of lists must be numbers for halmos: one path for each.
    function _seat(uint8 signers) private {
        if (signers == 0) _signers.set(0);
        else if (signers == 1) _signers.set(1);
        else if (signers == 2) _signers.set(2);
        else _signers.set(3);
    }

    function _terms(Amounts calldata a) private pure returns (CoreTerms memory) {
        // as BountyRules has checked at the opening
        VM.assume(a.reward >= 1 && a.bond >= PANEL * uint256(a.fee) + a.reward / 16);
        Rules rules = Rules.wrap(PANEL << 16 | 2 << 24);
        return CoreTerms(REQUESTER, a.reward, a.deposit, a.fee, a.bond, rules, Schedule.wrap(0));
    }

    function _fill(uint256 amount) private view {
        VM.assume(_vault.bucketOf(address(_ends), 1) == amount);
    }

    function _before() private view returns (uint256 requester, uint256 maker, uint256 first) {
        (requester, maker, first) = _free();
        VM.assume(all(requester <= type(uint128).max, maker <= type(uint128).max, first <= type(uint128).max));
        VM.assume(_vault.balanceOf(address(0x101)) <= type(uint128).max);
        VM.assume(_vault.balanceOf(address(0x102)) <= type(uint128).max);
    }

    function _free() private view returns (uint256 requester, uint256 maker, uint256 first) {
        requester = _vault.balanceOf(REQUESTER);
        maker = _vault.balanceOf(MAKER);
        first = _vault.balanceOf(address(0x100));
    }
}
