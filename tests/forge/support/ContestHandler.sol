// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestLedger} from "./ContestLedger.sol";
import {ContestPanels} from "./ContestPanels.sol";
import {HookToken} from "./HookToken.sol";
import {IBounties} from "../../../contracts/interfaces/IBounties.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IPanels} from "../../../contracts/interfaces/IPanels.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {Bounty, SignedClaim, Stage} from "../../../contracts/types/Bounty.sol";
import {BountyTerms, TermsRef} from "../../../contracts/types/Bounty.sol";
import {Seat} from "../../../contracts/types/Seat.sol";
import {Finding, Phase, Reveal, Round} from "../../../contracts/types/Panel.sol";
import {Commitment} from "../../../contracts/types/Panel.sol";

/// @notice Random contests, several at a time, with everything that can go wrong in them. After every step the bounty is
///         where somebody can move it on; `finish` does so with the exits that anybody has.
/// @dev Valid actions only: `strict` makes the run fail when one is refused.
contract ContestHandler is ContestPanels {
    uint256 internal constant AT_ONCE = 3;

    uint256 public opened; // bounties so far
    uint256[] internal running;
    mapping(uint256 n => uint256 makers) public submitted;
    uint256 public left; // token base units in buckets of bounties that are over
    mapping(uint256 n => mapping(uint8 candidate => bytes32[2] signature)) internal locks; // signed, with t = candidate + 77

    constructor(HookToken token, bool strict) ContestLedger(token, strict) {}

    /* ACTIONS */

    function begin(uint256 luck) public {
        uint256 n = opened;
        if (running.length == AT_ONCE || OPERATORS.live() < 15) return;
        opened += 1;
        running.push(n);
        _name(n);
        BountyTerms memory terms = termsOf(n);
        _must(n, address(BOUNTIES), terms.core.requester, abi.encodeCall(IBounties.open, (terms)));
        uint256 id = idOf(n);
        submitted[n] = luck % 8 == 0 ? 0 : 1 + luck % MAKERS;
        for (uint256 i = 0; i < submitted[n]; i++) {
            _must(n, address(BOUNTIES), _maker(i), abi.encodeCall(IBounties.submit, (id, submissionOf(i))));
        }
        vm.warp(block.timestamp + LENGTH + 1);
        if (submitted[n] == 0 || luck % 9 == 0) return; // the rows stay closed
        bytes32 files = keccak256(abi.encode(terms.files));
        bytes32 datasets = keccak256(abi.encode(terms.datasets));
        bytes memory rows = abi.encodeCall(IBounties.openRows, (refOf(n), terms.key, files, datasets, ROWS_KEY));
        _must(n, address(BOUNTIES), STRANGER, rows);
        _claims(n, luck);
        vm.warp(block.timestamp + LENGTH + 1);
    }

    function step(uint256 which, uint256 luck) external {
        if (running.length == 0) return begin(luck);
        uint256 i = which % running.length;
        luck = uint256(keccak256(abi.encode(luck)));
        _step(running[i], luck);
        _tidy(i);
    }

    /// @dev The same again, since a contest has many steps.
    function stepAgain(uint256 which, uint256 luck) external {
        if (running.length == 0) return begin(luck);
        for (uint256 k = 0; k < 4 && running.length != 0; k++) {
            luck = uint256(keccak256(abi.encode(luck)));
            _step(running[which % running.length], luck);
            _tidy(which % running.length);
        }
    }

    /// @dev Seats that were slashed are left and taken again; a few more join.
    function join(uint256 who) public {
        for (uint256 seat = 0; seat < OPERATORS.count(); seat++) {
            if (OPERATORS.isLocked(seat) || OPERATORS.seatOf(seat).parts == 16) continue;
            address owner = OPERATORS.ownerOf(seat);
            if (owner != address(0)) _leave(seat, owner);
        }
        for (uint256 i = 0; i < 3 && OPERATORS.live() < SEATS + 10; i++) {
            address owner = _operator(who % SEATS + i);
            account[owner] -= int256(BOND);
            _mustSeat(owner, abi.encodeCall(IOperators.join, (bytes32(who))));
        }
    }

    function announceLeave(uint256 seat) public {
        seat %= OPERATORS.count();
        Seat memory fields = OPERATORS.seatOf(seat); // he may be on a panel
        if (fields.owner == address(0) || fields.leaveAt != 0 || seat % 4 != 0) return;
        _mustSeat(fields.owner, abi.encodeCall(IOperators.announceLeave, (seat)));
    }

    /// @dev Everybody has walked away; a stranger does one step of what still runs.
    function finish() external {
        _exit(running[0]);
        _tidy(0);
    }

    /// @dev Every seat is left, its owner having waited; nobody else is asked.
    function leaveAll() external {
        uint256 count = OPERATORS.count();
        for (uint256 seat = 0; seat < count; seat++) {
            Seat memory fields = OPERATORS.seatOf(seat);
            if (fields.owner == address(0) || fields.parts < 16 || fields.leaveAt != 0) continue;
            _mustSeat(fields.owner, abi.encodeCall(IOperators.announceLeave, (seat)));
        }
        vm.warp(block.timestamp + 100 hours);
        for (uint256 seat = 0; seat < count; seat++) {
            address owner = OPERATORS.ownerOf(seat);
            if (owner != address(0)) _leave(seat, owner);
        }
    }

    /// @dev Everybody takes all that is his to his own wallet.
    function cashIn() external {
        address seller = people[people.length - 1];
        for (uint256 i = 0; i < datasets.length; i++) {
            account[seller] += int256(ASSETS.claimable(datasets[i].assetId, seller));
            ASSETS.claim(datasets[i].assetId, seller);
        }
        for (uint256 i = 0; i <= people.length; i++) {
            address who = i == people.length ? CHALLENGER : people[i];
            uint256 all = VAULT.balanceOf(who);
            if (int256(all) != account[who]) broken += 1;
            vm.prank(who);
            VAULT.withdraw(all, who);
            if (TOKEN.balanceOf(who) != all) broken += 1;
        }
    }

    /// @notice What is left in the Vault and was not burned, but for what is too little for a share of a dataset.
    function stuck() external view returns (uint256 sum) {
        sum = TOKEN.balanceOf(address(VAULT)) - burned;
        for (uint256 i = 0; i < datasets.length; i++) {
            uint256 dust = VAULT.bucketOf(address(ASSETS), datasets[i].assetId);
            if (dust < 10_000) sum -= dust;
        }
    }

    function runningCount() external view returns (uint256) {
        return running.length;
    }

    function runningAt(uint256 i) external view returns (uint256) {
        return running[i];
    }

    function peopleCount() external view returns (uint256) {
        return people.length;
    }

    /* STAGES */

    /// @dev Some by themselves, then everybody's at once: who has claimed already is passed over.
    function _claims(uint256 n, uint256 luck) internal {
        uint256 id = idOf(n);
        SignedClaim[] memory batch = new SignedClaim[](submitted[n]);
        bytes32 kind = keccak256("Claim(uint256 bountyId,uint64 score)");
        uint256 found;
        for (uint256 i = 0; i < submitted[n]; i++) {
            luck = uint256(keccak256(abi.encode(luck)));
            uint64 score = uint64(500 + luck % 400) * 1e6;
            if (luck % 8 == 0) continue;
            if (luck % 3 == 0) _must(n, address(BOUNTIES), _maker(i), abi.encodeCall(IBounties.claim, (refOf(n), score)));
            if (luck % 5 == 0 && BOUNTIES.rowsClaimerOf(id) == address(0)) {
                _must(n, address(BOUNTIES), _maker(i), abi.encodeCall(IBounties.claimBadRows, (refOf(n))));
            }
            (bytes32 r, bytes32 vs) =
                _sign(MAKER + i, "Tessera Bounties", address(BOUNTIES), abi.encode(kind, id, score));
            batch[found++] = SignedClaim(score, r, vs);
        }
        assembly ("memory-safe") {
            mstore(batch, found)
        }
        _must(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.claimMany, (refOf(n), batch)));
    }

    function _step(uint256 n, uint256 luck) private {
        Bounty memory bounty = BOUNTIES.bountyOf(idOf(n));
        uint256 i = bounty.candidate == 0 ? 0 : bounty.candidate - 1;
        TermsRef memory ref = refOf(n);
        if (bounty.stage == Stage.JUDGING) {
            if (PANELS.roundOf(idOf(n)).phase != Phase.REVEALING || luck % 4 != 0 || !_revealAndDeliver(n)) _sit(n, luck);
        } else if (bounty.stage == Stage.CURE && luck % 3 != 0) {
            if (block.timestamp > bounty.deadline) return _exit(n);
            bytes memory data = abi.encodeCall(IBounties.publishKey, (ref, submissionOf(i), MODEL_KEY));
            _must(n, address(BOUNTIES), STRANGER, data);
        } else if (bounty.stage == Stage.LOCKING && luck % 4 != 0) {
            if (block.timestamp > bounty.deadline) return _exit(n);
            address keyLock = KeyEquation.ofScalar(uint256(bounty.candidate) + 77);
            if (luck % 4 == 1) _must(n, address(BOUNTIES), STRANGER, _signed(n, bounty.candidate));
            else _must(n, address(BOUNTIES), ref.core.requester, abi.encodeCall(IBounties.lock, (ref, keyLock)));
        } else if (bounty.stage == Stage.DELIVERING && luck % 4 != 0) {
            if (block.timestamp > bounty.deadline) return _exit(n);
            uint256 t = uint256(bounty.candidate) + 77;
            bytes memory wrong = abi.encodeCall(IBounties.refute, (termsOf(n), submissionOf(i), SEAL));
            if (luck % 4 == 1) _must(n, address(BOUNTIES), STRANGER, wrong);
            else if (luck % 4 == 2) _must(n, address(BOUNTIES), STRANGER, _signed(n, bounty.candidate));
            else _must(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.deliver, (ref, t)));
        } else if (bounty.stage == Stage.WINDOW && luck % 2 == 0 && block.timestamp <= bounty.deadline) {
            bytes memory data = abi.encodeCall(IBounties.voidVerdict, (ref, CHALLENGER));
            _must(n, address(BOUNTIES), address(this), data);
        } else {
            _exit(n);
        }
    }

    function _revealAndDeliver(uint256 n) private returns (bool) {
        uint8 candidate = BOUNTIES.bountyOf(idOf(n)).candidate;
        Round memory round = PANELS.roundOf(idOf(n));
        if (candidate == 0 || block.timestamp > round.deadline) return false;
        _signed(n, candidate);
        (Finding[] memory findings, Reveal[] memory reveals) = _opened(n, round, 127);
        bytes32[2] memory signature = locks[n][candidate];
        bytes memory data = abi.encodeCall(
            IPanels.revealAndDeliver,
            (refOf(n), new Commitment[](0), findings, reveals, uint256(candidate) + 77, signature[0], signature[1])
        );
        return _call(n, address(PANELS), STRANGER, data);
    }

    /// @dev The delivery for which the requester signs the lock.
    function _signed(uint256 n, uint8 candidate) private returns (bytes memory) {
        bytes32 kind = keccak256("Lock(uint256 bountyId,uint8 candidate,address keyLock)");
        uint256 t = uint256(candidate) + 77;
        bytes memory message = abi.encode(kind, idOf(n), candidate, KeyEquation.ofScalar(t));
        uint256 key = keys[refOf(n).core.requester];
        (bytes32 r, bytes32 vs) = _sign(key, "Tessera Bounties", address(BOUNTIES), message);
        locks[n][candidate] = [r, vs];
        return abi.encodeCall(IBounties.deliverSigned, (refOf(n), t, r, vs));
    }

    /// @dev What anybody can do once the deadline has passed.
    function _exit(uint256 n) private {
        Bounty memory bounty = BOUNTIES.bountyOf(idOf(n));
        uint256 i = bounty.candidate == 0 ? 0 : bounty.candidate - 1;
        Stage stage = bounty.stage;
        if (stage == Stage.DONE) return;
        if (stage == Stage.JUDGING) return _exitRound(n);
        if (block.timestamp <= bounty.deadline) vm.warp(bounty.deadline + 1);
        if (stage == Stage.CLAIMING || stage == Stage.CHOOSING) {
            _must(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.choose, (refOf(n), _makers(n))));
        } else if (stage == Stage.WINDOW || stage == Stage.HALVING || stage == Stage.ABANDONED) {
            _must(n, address(BOUNTIES), STRANGER, _finalization(n, i));
        } else {
            if (stage == Stage.SUBMITTING) _warpTo(bounty.deadline + LENGTH + 1);
            _must(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.lapse, (refOf(n), _maker(i))));
        }
    }

    function _finalization(uint256 n, uint256 i) internal view returns (bytes memory) {
        return abi.encodeCall(IBounties.finalize, (refOf(n), submissionOf(i), rowsOf(n), termsOf(n).datasets));
    }

    /// @dev Takes a bounty that is over from the list; all its makers are released, once.
    function _tidy(uint256 i) private {
        uint256 n = running[i];
        uint256 id = idOf(n);
        if (BOUNTIES.bountyOf(id).stage != Stage.DONE) return;
        for (uint256 m = 0; m < submitted[n]; m++) {
            address[] memory one = new address[](1);
            one[0] = _maker(m);
            bool due = BOUNTIES.entryOf(id, one[0]).flags & 8 == 0; // released
            bytes memory data = abi.encodeCall(IBounties.release, (refOf(n), one));
            if (due) _must(n, address(BOUNTIES), STRANGER, data);
            if (_call(n, address(BOUNTIES), STRANGER, data)) unlawful += 1;
        }
        left += VAULT.bucketOf(address(BOUNTIES), id);
        running[i] = running[running.length - 1];
        running.pop();
    }

    function _makers(uint256 n) internal view returns (address[] memory makers) {
        makers = new address[](submitted[n]);
        for (uint256 i = 0; i < makers.length; i++) {
            makers[i] = _maker(i);
        }
    }

    function _leave(uint256 seat, address owner) private {
        account[owner] += int256(BOND / 16 * OPERATORS.seatOf(seat).parts);
        _mustSeat(owner, abi.encodeCall(IOperators.leave, (seat)));
    }

    function _mustSeat(address owner, bytes memory data) private {
        vm.prank(owner);
        (bool ok,) = address(OPERATORS).call(data);
        require(ok || !STRICT, "a valid action was refused");
        if (!ok) refused += 1;
    }
}
