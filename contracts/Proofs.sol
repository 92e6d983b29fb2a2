// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IProofs} from "./interfaces/IProofs.sol";
import {IVault} from "./interfaces/IVault.sol";
import {IVerifier} from "./interfaces/IVerifier.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {KeyEquation} from "./libraries/KeyEquation.sol";
import {ProofRules} from "./libraries/ProofRules.sol";
import {Commitment, Pledge, ProofState, ProofTerms, Turn} from "./types/Proof.sol";

/// @title Proofs
/// @notice See {IProofs}, which says what each function does and requires.
contract Proofs is IProofs {
    /* IMMUTABLES */

    IVault public immutable VAULT;
    /// @notice Circuit 0: a linear model for two classes, 512 rows of 30 features.
    IVerifier public immutable LINEAR512_VERIFIER;
    /// @notice Circuit 1: a decision tree of depth 6 for two classes, 512 rows.
    IVerifier public immutable TREE512_VERIFIER;
    /// @notice Circuit 2: a linear model, 4,096 rows.
    IVerifier public immutable LINEAR4096_VERIFIER;
    /// @notice Circuit 3: a network of 16 hidden units, 512 rows.
    IVerifier public immutable NETWORK512_VERIFIER;

    /* STORAGE */

    mapping(uint256 bountyId => ProofState state) private _states;
    mapping(uint256 bountyId => mapping(address maker => Pledge pledge)) private _pledges;

    /* CONSTRUCTOR */

    /// @param verifiers By the number of their circuit; zero: there is none.
    constructor(IVault vault, IVerifier[4] memory verifiers) {
        VAULT = vault;
        LINEAR512_VERIFIER = verifiers[0];
        TREE512_VERIFIER = verifiers[1];
        LINEAR4096_VERIFIER = verifiers[2];
        NETWORK512_VERIFIER = verifiers[3];
    }

    /* REQUESTER'S ACTIONS */

    /// @inheritdoc IProofs
    function open(ProofTerms calldata terms) external returns (uint256 bountyId) {
        // Checks
        bountyId = bountyIdOf(terms);
        require(_states[bountyId].openedAt == 0, Errors.Proofs_Exists(bountyId));
        _requireRequester(bountyId, terms);
        _verifier(terms.circuit);
        ProofRules.check(terms);

        // Effects
        _states[bountyId].openedAt = uint40(block.timestamp); // seconds fit 40 bits for 34,000 years
        emit ProofAsked(bountyId, msg.sender, terms);

        // Interactions
        VAULT.lock(bountyId, msg.sender, terms.reward + uint256(terms.makers) * terms.bond);
    }

    /// @inheritdoc IProofs
    function openSheet(ProofTerms calldata terms, address maker, Commitment calldata commitment, uint256 t) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        _requireOpening(bountyId, terms);
        _requirePledge(bountyId, maker, commitment, Turn.COMMITTED);
        address got = KeyEquation.ofScalar(t);
        require(got == commitment.keyLock, Errors.Proofs_WrongKey(bountyId, got, commitment.keyLock));

        // Effects
        _pledges[bountyId][maker].turn = Turn.OPENED;
        _states[bountyId].opened += 1;
        emit SheetOpened(bountyId, maker, t);
    }

    /// @inheritdoc IProofs
    function decline(ProofTerms calldata terms, address maker) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        _requireRequester(bountyId, terms);
        _requireOpening(bountyId, terms);
        _requireTurn(bountyId, maker, Turn.COMMITTED);

        // Effects
        _pledges[bountyId][maker].turn = Turn.DECLINED;
        _states[bountyId].declined += 1;
        emit PledgeDeclined(bountyId, maker);
    }

    /* MAKERS' ACTIONS */

    /// @inheritdoc IProofs
    function commit(ProofTerms calldata terms, Commitment calldata commitment) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        ProofState memory state = _requireOpen(bountyId);
        _requireTime(bountyId, state.openedAt + terms.committing);
        _requireTurn(bountyId, msg.sender, Turn.NONE);
        require(state.committed < terms.makers, Errors.Proofs_Full(bountyId, terms.makers));
        require(commitment.model < ProofRules.FIELD, Errors.Proofs_BadModel(bountyId, commitment.model));
        require(commitment.keyLock != address(0), Errors.Proofs_BadLock(bountyId));
        ProofRules.checkPoint(commitment.blind);

        // Effects
        _states[bountyId].committed = state.committed + 1;
        _pledges[bountyId][msg.sender] = Pledge({digest: _digestOf(commitment), until: 0, turn: Turn.COMMITTED});
        emit ModelCommitted(bountyId, msg.sender, commitment);

        // Interactions
        VAULT.lock(bountyId, msg.sender, terms.bond);
    }

    /// @inheritdoc IProofs
    function vindicate(ProofTerms calldata terms, address maker, Commitment calldata commitment, uint256 b) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        _requireTime(bountyId, _endOf(terms, _requireOpen(bountyId)));
        _requirePledge(bountyId, maker, commitment, Turn.DECLINED);
        address blind = KeyEquation.ofScalar(b);
        address own = KeyEquation.ofPoint(commitment.blind);
        require(blind == own, Errors.Proofs_WrongKey(bountyId, blind, own));
        address shared = KeyEquation.scaled(terms.seal, b);
        bytes32 digest = keccak256(abi.encode(shared, block.chainid, address(this), pledgeIdOf(bountyId, maker)));
        address right = KeyEquation.shifted(terms.key, uint256(digest) % KeyEquation.N);
        require(right == commitment.keyLock, Errors.Proofs_LockIsWrong(bountyId, commitment.keyLock, right));

        // Effects
        _pledges[bountyId][maker].turn = Turn.VINDICATED;
        _states[bountyId].vindicated += 1;
        emit PledgeVindicated(bountyId, maker, b);
    }

    /// @inheritdoc IProofs
    function announce(ProofTerms calldata terms) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        ProofState memory state = _requireUnpaid(bountyId);
        // all have the rows, or those who have not never will: nobody gains by being served first
        if (state.opened + state.declined < state.committed) {
            _requireLate(bountyId, state.openedAt + uint256(terms.committing) + terms.opening);
        }
        _requireTime(bountyId, _endOf(terms, state));
        _requireTurn(bountyId, msg.sender, Turn.OPENED);
        _requireLate(bountyId, state.until);

        // Effects
        uint40 until = uint40(block.timestamp + ProofRules.ANNOUNCED_FOR);
        _pledges[bountyId][msg.sender].turn = Turn.ANNOUNCED;
        _pledges[bountyId][msg.sender].until = until;
        _states[bountyId].announced = state.announced + 1;
        _states[bountyId].until = until;
        emit ProofAnnounced(bountyId, msg.sender, until);
    }

    /// @inheritdoc IProofs
    function prove(
        ProofTerms calldata terms,
        address maker,
        Commitment calldata commitment,
        uint256[] calldata sealed_,
        bytes calldata proof
    ) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        _requireUnpaid(bountyId);
        _requireTime(bountyId, _requirePledge(bountyId, maker, commitment, Turn.ANNOUNCED).until);
        bytes32[] memory inputs = _inputs(bountyId, terms, maker, commitment.model, sealed_);
        bool proved;
        // it reverts in ways of its own, and one that runs out of gas may say no instead: all mean the same
        try _verifier(terms.circuit).verify(proof, inputs) returns (bool yes) {
            proved = yes;
        } catch {}
        require(proved, Errors.Proofs_NotProved(bountyId, maker));

        // Effects
        _states[bountyId].paid = true;
        _pledges[bountyId][maker].turn = Turn.DONE;
        uint256 paid = uint256(terms.reward) + terms.bond;
        emit ScoreProved(bountyId, maker, paid, sealed_);

        // Interactions
        VAULT.pay(bountyId, maker, paid);
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IProofs
    function release(ProofTerms calldata terms, address[] calldata makers) external {
        uint256 bountyId = bountyIdOf(terms);
        ProofState memory state = _requireOpen(bountyId);
        for (uint256 i = 0; i < makers.length; i++) {
            // Checks
            Pledge memory pledge = _pledges[bountyId][makers[i]];
            Turn turn = pledge.turn;
            require(turn != Turn.NONE && turn != Turn.DONE, Errors.Proofs_WrongTurn(bountyId, makers[i], uint256(turn)));
            uint256 bonds = 2;
            if (turn == Turn.COMMITTED) {
                _requireLate(bountyId, state.openedAt + uint256(terms.committing) + terms.opening);
            } else if (turn == Turn.OPENED && state.paid) {
                bonds = 1;
            } else if (turn != Turn.VINDICATED) {
                _requireLate(bountyId, turn == Turn.ANNOUNCED ? pledge.until : _endOf(terms, state));
                bonds = 0;
            }

            // Effects
            _pledges[bountyId][makers[i]].turn = Turn.DONE;
            emit PledgeReleased(bountyId, makers[i], bonds * terms.bond, bonds == 0 ? terms.bond : 0);

            // Interactions
            if (bonds == 0) VAULT.burn(bountyId, terms.bond);
            else VAULT.pay(bountyId, makers[i], bonds * terms.bond);
        }
    }

    /// @inheritdoc IProofs
    function close(ProofTerms calldata terms) external {
        // Checks
        uint256 bountyId = bountyIdOf(terms);
        ProofState memory state = _requireOpen(bountyId);
        require(!state.closed, Errors.Proofs_Closed(bountyId));
        uint256 end = _endOf(terms, state);
        if (state.committed == 0) end = state.openedAt + uint256(terms.committing);
        // paid, and every maker has the rows: nothing can be owed any more
        if (!state.paid || state.opened != state.committed) _requireLate(bountyId, end);

        // Effects
        _states[bountyId].closed = true;
        uint256 owed = uint256(state.committed) - state.opened - state.declined + state.vindicated;
        uint256 back = (terms.makers - owed) * terms.bond + (state.paid ? 0 : terms.reward);
        emit ProofClosed(bountyId, terms.requester, back);

        // Interactions
        VAULT.pay(bountyId, terms.requester, back);
    }

    /* VIEWS */

    /// @inheritdoc IProofs
    function stateOf(uint256 bountyId) external view returns (ProofState memory) {
        return _states[bountyId];
    }

    /// @inheritdoc IProofs
    function pledgeOf(uint256 bountyId, address maker) external view returns (Pledge memory) {
        return _pledges[bountyId][maker];
    }

    /// @inheritdoc IProofs
    function contextOf(uint256 bountyId, address maker) public view returns (uint256) {
        return pledgeIdOf(bountyId, maker) >> 8; // 248 bits are below the circuits' modulus
    }

    /// @inheritdoc IProofs
    function pledgeIdOf(uint256 bountyId, address maker) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), bountyId, maker)));
    }

    /// @inheritdoc IProofs
    function bountyIdOf(ProofTerms calldata terms) public view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, address(this), terms)));
    }

    /* INTERNAL */

    /// @dev The circuit's public inputs in their order (marketplace/proving/circuits).
    function _inputs(
        uint256 bountyId,
        ProofTerms calldata terms,
        address maker,
        uint256 model,
        uint256[] calldata sealed_
    ) private view returns (bytes32[] memory inputs) {
        inputs = new bytes32[](6 + sealed_.length);
        inputs[0] = bytes32(contextOf(bountyId, maker));
        inputs[1] = bytes32(model);
        inputs[2] = bytes32(terms.rows);
        inputs[3] = bytes32(uint256(terms.least));
        inputs[4] = bytes32(terms.readerX);
        inputs[5] = bytes32(terms.readerY);
        for (uint256 i = 0; i < sealed_.length; i++) {
            inputs[6 + i] = bytes32(sealed_[i]);
        }
    }

    function _verifier(uint8 circuit) private view returns (IVerifier verifier) {
        if (circuit == 0) verifier = LINEAR512_VERIFIER;
        else if (circuit == 1) verifier = TREE512_VERIFIER;
        else if (circuit == 2) verifier = LINEAR4096_VERIFIER;
        else if (circuit == 3) verifier = NETWORK512_VERIFIER;
        require(address(verifier) != address(0), Errors.Proofs_NoVerifier(circuit));
    }

    /// @dev Each announcement gives the others the time back that it takes from them.
    function _endOf(ProofTerms calldata terms, ProofState memory state) private pure returns (uint256) {
        uint256 stages = uint256(terms.committing) + terms.opening + terms.proving;
        return state.openedAt + stages + state.announced * ProofRules.ANNOUNCED_FOR;
    }

    function _digestOf(Commitment calldata commitment) private pure returns (bytes26) {
        return bytes26(keccak256(abi.encode(commitment))); // its first 208 bits
    }

    function _requireOpen(uint256 bountyId) private view returns (ProofState memory state) {
        state = _states[bountyId];
        require(state.openedAt != 0, Errors.Proofs_NotTerms(bountyId));
    }

    function _requireUnpaid(uint256 bountyId) private view returns (ProofState memory state) {
        state = _requireOpen(bountyId);
        require(!state.paid, Errors.Proofs_Paid(bountyId));
    }

    function _requireOpening(uint256 bountyId, ProofTerms calldata terms) private view {
        uint256 start = _requireOpen(bountyId).openedAt + uint256(terms.committing);
        _requireLate(bountyId, start);
        _requireTime(bountyId, start + terms.opening);
    }

    function _requireTurn(uint256 bountyId, address maker, Turn expected) private view returns (Pledge memory pledge) {
        pledge = _pledges[bountyId][maker];
        require(pledge.turn == expected, Errors.Proofs_WrongTurn(bountyId, maker, uint256(pledge.turn)));
    }

    function _requirePledge(
        uint256 bountyId,
        address maker,
        Commitment calldata commitment,
        Turn expected
    ) private view returns (Pledge memory pledge) {
        pledge = _requireTurn(bountyId, maker, expected);
        require(pledge.digest == _digestOf(commitment), Errors.Proofs_NotCommitted(bountyId, maker));
    }

    function _requireRequester(uint256 bountyId, ProofTerms calldata terms) private view {
        require(msg.sender == terms.requester, Errors.Proofs_NotRequester(bountyId, msg.sender, terms.requester));
    }

    function _requireTime(uint256 bountyId, uint256 deadline) private view {
        require(block.timestamp <= deadline, Errors.Proofs_AfterDeadline(bountyId, block.timestamp, deadline));
    }

    function _requireLate(uint256 bountyId, uint256 deadline) private view {
        require(block.timestamp > deadline, Errors.Proofs_BeforeDeadline(bountyId, block.timestamp, deadline));
    }
}
