// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {HookToken} from "./HookToken.sol";
import {Shipped} from "./Shipped.sol";
import {IProofs} from "../../../contracts/interfaces/IProofs.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {TesseraErrors as Errors} from "../../../contracts/libraries/Errors.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {Point} from "../../../contracts/types/Point.sol";
import {Commitment, ProofTerms} from "../../../contracts/types/Proof.sol";

/// @notice People with money and the contract of proofs with its shipped verifiers; the bounty of a vector is open.
abstract contract ProofsMarket is Test {
    IProofs internal constant PROOFS = IProofs(0x5000000000000000000000000000000000000005); // the vector's
    address internal constant MAKER = 0xb0b0000000000000000000000000000000000002; // the vector's
    address internal constant CAROL = address(0xCA201);
    uint256 internal constant REWARD = 1e18;
    uint256 internal constant BOND = 1e17;
    uint256 internal constant START = 1e19;

    IVault internal vault;
    ProofTerms internal terms;
    Commitment internal pledge;
    uint256 internal id;
    uint256[] internal sealedWords;
    bytes internal proof;
    uint256 internal context;

    function setUp() public {
        HookToken token = new HookToken();
        vault = IVault(Shipped.deploy("Vault", abi.encode(token)));
        vm.etch(address(PROOFS), Shipped.deploy("Proofs", abi.encode(vault, _verifiers())).code);
        _load("proof");
        address[3] memory people = [terms.requester, MAKER, CAROL];
        for (uint256 i = 0; i < people.length; i++) {
            token.mint(people[i], START);
            vm.startPrank(people[i]);
            token.approve(address(vault), START);
            vault.deposit(START);
            vault.approve(address(PROOFS), type(uint256).max);
            vm.stopPrank();
        }
        _open();
    }

    /* INTERNAL */

    function _expectNotProved(address maker) internal {
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_NotProved.selector, id, maker));
    }

    function _expectBefore(uint256 deadline) internal {
        vm.expectRevert(
            abi.encodeWithSelector(Errors.Proofs_BeforeDeadline.selector, id, vm.getBlockTimestamp(), deadline)
        );
    }

    function _announce(address maker) internal {
        vm.prank(maker);
        PROOFS.announce(terms);
    }

    function _refused(uint256 field, uint256 got, uint256 expected) internal {
        vm.expectRevert(abi.encodeWithSelector(Errors.Proofs_BadTerm.selector, field, got, expected));
        vm.prank(terms.requester);
        PROOFS.open(terms);
    }

    /// @dev Opens a bounty of the terms as they are now, and sees the vector's proof fail there.
    /// @dev Reads a vector of tools/proof_vector.py.
    function _load(string memory name) internal {
        string memory json = vm.readFile(string.concat("tests/vectors/", name, ".json"));
        terms = abi.decode(vm.parseJsonBytes(json, ".terms"), (ProofTerms));
        sealedWords = vm.parseJsonUintArray(json, ".sealed");
        proof = vm.parseJsonBytes(json, ".proof");
        pledge = Commitment(vm.parseJsonUint(json, ".model"), _point(303), vm.addr(7));
        context = vm.parseJsonUint(json, ".context");
    }

    function _open() internal {
        vm.prank(terms.requester);
        id = PROOFS.open(terms);
        assertEq(PROOFS.contextOf(id, MAKER), context, "the vector is of other terms");
    }

    function _otherCircuit(string memory name) internal {
        _load(name);
        _open();
        _commit(MAKER, pledge);
        _openAll();
        _announce(MAKER);
        sealedWords[0] ^= 1;
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        sealedWords[0] ^= 1;
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
        assertEq(vault.balanceOf(MAKER), START + REWARD);
    }

    function _reopen() internal {
        vm.prank(terms.requester);
        id = PROOFS.open(terms);
        _commit(MAKER, pledge);
        skip(terms.committing + 1);
        PROOFS.openSheet(terms, MAKER, pledge, 7);
        _announce(MAKER);
        _expectNotProved(MAKER);
        PROOFS.prove(terms, MAKER, pledge, sealedWords, proof);
    }

    function _commit(address maker, Commitment memory commitment) internal {
        vm.prank(maker);
        PROOFS.commit(terms, commitment);
    }

    function _openAll() internal {
        skip(terms.committing + 1);
        PROOFS.openSheet(terms, MAKER, pledge, 7);
        if (PROOFS.stateOf(id).committed == 2) PROOFS.openSheet(terms, CAROL, pledge, 7);
    }

    function _decline(address maker) internal {
        skip(terms.committing + 1);
        vm.prank(terms.requester);
        PROOFS.decline(terms, maker);
    }

    function _release(address maker) internal {
        address[] memory makers = new address[](1);
        makers[0] = maker;
        PROOFS.release(terms, makers);
    }

    function _rightLock(address maker) internal view returns (address) {
        address shared = vm.addr(303 * 202);
        uint256 h = uint256(
            keccak256(abi.encode(shared, block.chainid, address(PROOFS), PROOFS.pledgeIdOf(id, maker)))
        );
        return vm.addr(addmod(101, h % KeyEquation.N, KeyEquation.N));
    }

    function _point(uint256 scalar) internal returns (Point memory) {
        Vm.Wallet memory made = vm.createWallet(scalar);
        return Point(made.publicKeyX, uint8(made.publicKeyY & 1));
    }

    function _verifiers() internal returns (address[4] memory) {
        return [_verifier("linear512"), _verifier("tree512"), _verifier("linear4096"), address(0)];
    }

    function _verifier(string memory name) internal returns (address made) {
        string memory json = vm.readFile(string.concat("marketplace/proving/artifacts/", name, ".json"));
        bytes memory code = vm.parseJsonBytes(json, ".verifier.bytecode");
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
    }
}
