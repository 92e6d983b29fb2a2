// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";
import {Vm} from "forge-std/Vm.sol";

import {HookToken} from "./HookToken.sol";
import {Reached} from "./Reached.sol";
import {Shipped} from "./Shipped.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IBounties} from "../../../contracts/interfaces/IBounties.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IPanels} from "../../../contracts/interfaces/IPanels.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {AssetTerms, Parent} from "../../../contracts/types/Asset.sol";
import {BountyTerms, CoreTerms, FileTerms, Submission, TermsRef} from "../../../contracts/types/Bounty.sol";
import {Point} from "../../../contracts/types/Point.sol";
import {Rules} from "../../../contracts/types/Rules.sol";
import {Schedule} from "../../../contracts/types/Schedule.sol";

/// @notice All contracts of a contest, its people with their keys, and the terms of the n-th bounty. This contract is the
///         referee, unless another address is.
abstract contract ContestHouse is Reached, StdUtils {
    uint256 internal constant BOND = 2016; // of a seat
    uint256 internal constant SEATS = 18;
    uint256 internal constant MAKERS = 3;
    uint256 internal constant MAKER = 0x1000; // private keys, one after the other
    uint256 internal constant REQUESTER = 0x2000;
    uint256 internal constant OPERATOR = 0x3000;
    uint256 internal constant ROWS_KEY = 0x4000;
    uint256 internal constant MODEL_KEY = 0x5000;
    uint256 internal constant SEAL = 0x6000;
    uint256 internal constant SELLER = 0x7000; // of two datasets
    uint256 internal constant FUNDS = 1e9; // of everybody, token base units
    uint40 internal constant LENGTH = 1 hours; // of each stage
    address internal constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935; // EIP-2935
    address internal constant STRANGER = address(0xBAD);
    address internal constant CHALLENGER = address(0xC4A11);

    HookToken public immutable TOKEN;
    IVault public immutable VAULT;
    IAssets public immutable ASSETS;
    IOperators public immutable OPERATORS;
    IPanels public immutable PANELS;
    IBounties public immutable BOUNTIES;
    mapping(address who => uint256 key) internal keys;
    address[] public people; // all who have money: makers and requesters by turns, operators, the seller
    Point[3] internal points; // of ROWS_KEY, MODEL_KEY, SEAL
    Parent[] internal datasets;
    mapping(uint256 n => uint256 id) internal ids; // computed once, they are long hashes
    mapping(uint256 n => bytes32 rest) internal rests;

    constructor(HookToken token) {
        TOKEN = token;
        VAULT = IVault(Shipped.deploy("Vault", abi.encode(token)));
        uint64 next = vm.getNonce(address(this));
        // Assets, Operators, PanelEnds, Panels, BountyEnds, BountyRules, Bounties
        address panels = vm.computeCreateAddress(address(this), next + 3);
        address bounties = vm.computeCreateAddress(address(this), next + 6);
        ASSETS = IAssets(Shipped.deploy("Assets", abi.encode(VAULT, STRANGER, bounties)));
        OPERATORS = IOperators(Shipped.deploy("Operators", abi.encode(VAULT, panels, BOND)));
        string[] memory libraries = new string[](1);
        libraries[0] = "PanelEnds";
        PANELS = IPanels(Shipped.deployLinked("Panels", libraries, abi.encode(OPERATORS, bounties)));
        libraries = new string[](2);
        (libraries[0], libraries[1]) = ("BountyEnds", "BountyRules");
        bytes memory arguments = abi.encode(VAULT, ASSETS, OPERATORS, PANELS, _referee(), 1);
        BOUNTIES = IBounties(Shipped.deployLinked("Bounties", libraries, arguments));
        require(address(PANELS) == panels && address(BOUNTIES) == bounties, "addresses");
        // the hash of a block is that of its number
        vm.etch(HISTORY, hex"60206000600037602060002060005260206000f3");
        for (uint256 i = 0; i < MAKERS; i++) {
            _fund(MAKER + i);
            _fund(REQUESTER + i);
        }
        for (uint256 i = 0; i < SEATS; i++) {
            vm.startPrank(_fund(OPERATOR + i));
            OPERATORS.join(0);
            vm.stopPrank();
        }
        (points[0], points[1], points[2]) = (_point(ROWS_KEY), _point(MODEL_KEY), _point(SEAL));
        _list(_fund(SELLER), 1501);
        _list(people[people.length - 1], 777);
        vm.warp(block.timestamp + 2 days);
    }

    function termsOf(uint256 n) public view returns (BountyTerms memory terms) {
        bool big = n % 3 == 2;
        uint256 rules = uint256(1) | (2 << 8) | (1000 << 32) | (uint256(1) << 128); // accuracy of 1,000 rows, any threshold
        rules |= big ? (5 << 16) | (3 << 24) : (3 << 16) | (2 << 24);
        uint256 schedule;
        for (uint256 i = 0; i < 10; i++) {
            schedule |= uint256(LENGTH) << (24 * i);
        }
        terms.core =
            CoreTerms(_requester(n), 3001, 1280, 10, 307, Rules.wrap(rules), Schedule.wrap(schedule));
        terms.key = points[0];
        terms.files.salt = bytes32(n);
        terms.files.seal = points[2];
        if (n % 2 == 1) terms.datasets = datasets;
    }

    function refOf(uint256 n) public view returns (TermsRef memory) {
        return TermsRef(termsOf(n).core, rests[n]);
    }

    function rowsOf(uint256 n) public view returns (bytes32) {
        BountyTerms memory terms = termsOf(n);
        return keccak256(abi.encode(terms.key, keccak256(abi.encode(terms.files))));
    }

    function idOf(uint256 n) public view returns (uint256) {
        return ids[n];
    }

    /// @notice What the i-th maker hands in, to each bounty.
    function submissionOf(uint256 i) public view returns (Submission memory submission) {
        submission.maker = _maker(i);
        submission.listingHash = i == 0 ? bytes32(uint256(1)) : bytes32(0);
        (submission.key, submission.seal) = (points[1], points[2]);
    }

    function makerOf(uint256 i) external view returns (address) {
        return _maker(i);
    }

    function _name(uint256 n) internal {
        BountyTerms memory terms = termsOf(n);
        rests[n] = keccak256(abi.encode(rowsOf(n), keccak256(abi.encode(terms.datasets))));
        ids[n] = uint256(keccak256(abi.encode(block.chainid, BOUNTIES, refOf(n))));
    }

    function _referee() internal view virtual returns (address) {
        return address(this);
    }

    function _maker(uint256 i) internal view returns (address) {
        return people[2 * i];
    }

    function _requester(uint256 n) internal view returns (address) {
        return people[2 * (n % MAKERS) + 1];
    }

    function _operator(uint256 i) internal view returns (address) {
        return people[2 * MAKERS + i % SEATS];
    }

    function _domain(string memory name, address contract_) internal view returns (bytes32) {
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        return keccak256(abi.encode(kind, keccak256(bytes(name)), keccak256("1"), block.chainid, contract_));
    }

    function _sign(uint256 key, string memory name, address contract_, bytes memory message)
        internal
        view
        returns (bytes32 r, bytes32 vs)
    {
        return _signDigest(key, keccak256(abi.encodePacked(hex"1901", _domain(name, contract_), keccak256(message))));
    }

    /// @dev Signs with the nonce 1, whose point is the generator: no work on the curve, and good for tests alone.
    function _signDigest(uint256 key, bytes32 digest) internal pure returns (bytes32 r, bytes32 vs) {
        uint256 n = KeyEquation.N;
        uint256 s = addmod(uint256(digest), mulmod(KeyEquation.GX, key, n), n);
        vs = s > n / 2 ? bytes32((n - s) | (1 << 255)) : bytes32(s); // the lower half, parity in the highest bit
        r = bytes32(KeyEquation.GX);
    }

    function _fund(uint256 key) private returns (address who) {
        who = vm.addr(key);
        keys[who] = key;
        people.push(who);
        TOKEN.mint(who, FUNDS);
        vm.startPrank(who);
        TOKEN.approve(address(VAULT), FUNDS);
        VAULT.deposit(FUNDS);
        VAULT.approve(address(OPERATORS), type(uint256).max);
        VAULT.approve(address(BOUNTIES), type(uint256).max);
        vm.stopPrank();
    }

    function _list(address seller, uint16 bps) private {
        AssetTerms memory terms =
            AssetTerms(seller, 1, 1, 0, 1 hours, 1 hours, 0, 0, points[0], points[0]);
        vm.prank(seller);
        datasets.push(Parent(ASSETS.list(bytes32(uint256(bps)), terms, new Parent[](0)), bps));
    }

    function _point(uint256 k) private returns (Point memory) {
        Vm.Wallet memory wallet = vm.createWallet(k);
        return Point(wallet.publicKeyX, uint8(wallet.publicKeyY & 1));
    }
}
