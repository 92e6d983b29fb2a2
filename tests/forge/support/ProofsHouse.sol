// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";
import {Vm} from "forge-std/Vm.sol";

import {HookToken} from "./HookToken.sol";
import {Shipped} from "./Shipped.sol";
import {IProofs} from "../../../contracts/interfaces/IProofs.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {ToldVerifier} from "../../../contracts/test/ToldVerifier.sol";
import {Commitment, ProofTerms, Turn} from "../../../contracts/types/Proof.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice One proved bounty and its people, with a verifier that is told what to accept.
abstract contract ProofsHouse is Test {
    uint256 internal constant K = 101;
    uint256 internal constant R = 202;
    uint256 internal constant START = 1e6;
    address internal constant REQUESTER = address(0xA11CE);

    ToldVerifier[4] internal verifiers; // by the number of their circuit
    IVault internal immutable VAULT;
    IProofs internal immutable PROOFS;
    address[] internal MAKERS;

    ProofTerms internal terms;
    uint256[] internal sealedWords;
    uint256 internal opened; // Unix time
    bool internal poisoned; // locks made now are wrong

    constructor() {
        HookToken token = new HookToken();
        VAULT = IVault(Shipped.deploy("Vault", abi.encode(token)));
        for (uint256 i = 0; i < 4; i++) {
            verifiers[i] = new ToldVerifier();
        }
        PROOFS = IProofs(Shipped.deploy("Proofs", abi.encode(VAULT, verifiers)));
        for (uint256 i = 0; i < 3; i++) {
            MAKERS.push(address(uint160(0xB0B0 + i)));
            _fund(token, MAKERS[i]);
        }
        _fund(token, REQUESTER);
        sealedWords = [11, 12, 13];
        terms = ProofTerms({
            requester: REQUESTER,
            salt: 0,
            reward: 6400,
            bond: 100,
            makers: 3,
            circuit: 0,
            least: 80,
            rowCount: 100,
            committing: 1000,
            opening: 2000,
            proving: 3000,
            rows: 77,
            schema: 0,
            sheet: 0,
            key: _point(K),
            seal: _point(R),
            readerX: 1,
            readerY: 0x2cf135e7506a45d632d270d45f1181294833fc48d823f272c
        });
    }

    function _fund(HookToken token, address who) private {
        token.mint(who, START);
        vm.startPrank(who);
        token.approve(address(VAULT), START);
        VAULT.deposit(START);
        VAULT.approve(address(PROOFS), type(uint256).max);
        vm.stopPrank();
    }

    /* STEPS */

    function _open() internal returns (uint256 id) {
        opened = vm.getBlockTimestamp();
        vm.prank(REQUESTER);
        id = PROOFS.open(terms);
    }

    function _commit(uint256 i) internal {
        Commitment memory commitment = _pledge(i);
        vm.prank(MAKERS[i]);
        PROOFS.commit(terms, commitment);
    }

    function _openRows(uint256 i) internal {
        PROOFS.openSheet(terms, MAKERS[i], _pledge(i), _t(i));
    }

    /// @dev Some commit, and get the rows in the first second of opening.
    function _serve(uint256 count) internal {
        for (uint256 i = 0; i < count; i++) {
            _commit(i);
        }
        vm.warp(opened + 1001);
        for (uint256 i = 0; i < count; i++) {
            _openRows(i);
        }
    }

    function _decline(uint256 i) internal {
        vm.prank(REQUESTER);
        PROOFS.decline(terms, MAKERS[i]);
    }

    function _announce(uint256 i) internal {
        vm.prank(MAKERS[i]);
        PROOFS.announce(terms);
    }

    function _prove(uint256 i) internal {
        PROOFS.prove(terms, MAKERS[i], _pledge(i), sealedWords, "proof");
    }

    function _release(uint256 i) internal {
        address[] memory one = new address[](1);
        one[0] = MAKERS[i];
        PROOFS.release(terms, one);
    }

    /// @dev Tells the verifier what a valid proof of a maker is about.
    function _accept(uint256 i) internal {
        bytes32[] memory inputs = new bytes32[](6 + sealedWords.length);
        uint256 pledgeId = uint256(keccak256(abi.encode(block.chainid, address(PROOFS), _id(), MAKERS[i])));
        inputs[0] = bytes32(pledgeId / 256);
        inputs[1] = bytes32(_pledge(i).model);
        inputs[2] = bytes32(terms.rows);
        inputs[3] = bytes32(uint256(terms.least));
        inputs[4] = bytes32(terms.readerX);
        inputs[5] = bytes32(terms.readerY);
        for (uint256 n = 0; n < sealedWords.length; n++) {
            inputs[n + 6] = bytes32(sealedWords[n]);
        }
        verifiers[terms.circuit].set(keccak256(abi.encode(bytes("proof"), inputs)), false);
    }

    /* WHAT FOLLOWS */

    function _id() internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(PROOFS), terms)));
    }

    function _turn(uint256 i) internal view returns (Turn) {
        return PROOFS.pledgeOf(_id(), MAKERS[i]).turn;
    }

    /// @dev What somebody has more than at the start.
    function _paid(address who) internal view returns (int256) {
        return int256(VAULT.balanceOf(who)) - int256(START);
    }

    /// @dev What belongs to nobody any more.
    function _burned() internal view returns (uint256 left) {
        left = VAULT.accounted() - VAULT.balanceOf(REQUESTER) - VAULT.bucketOf(address(PROOFS), _id());
        for (uint256 i = 0; i < MAKERS.length; i++) {
            left -= VAULT.balanceOf(MAKERS[i]);
        }
    }

    function _b(uint256 i) internal pure returns (uint256) {
        return 303 + i;
    }

    /// @dev t = k + h, as the requester computes it.
    function _t(uint256 i) internal view returns (uint256) {
        address shared = vm.addr(_b(i) * R);
        uint256 pledgeId = uint256(keccak256(abi.encode(block.chainid, address(PROOFS), _id(), MAKERS[i])));
        uint256 h = uint256(keccak256(abi.encode(shared, block.chainid, address(PROOFS), pledgeId)));
        return addmod(K, h % KeyEquation.N, KeyEquation.N);
    }

    function _pledge(uint256 i) internal returns (Commitment memory) {
        return Commitment(1000 + i, _point(_b(i)), poisoned ? vm.addr(7) : vm.addr(_t(i)));
    }

    function _point(uint256 scalar) internal returns (Point memory) {
        Vm.Wallet memory made = vm.createWallet(scalar);
        return Point(made.publicKeyX, uint8(made.publicKeyY & 1));
    }
}
