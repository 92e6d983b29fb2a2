// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestHandler} from "./ContestHandler.sol";
import {HookToken} from "./HookToken.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IBounties} from "../../../contracts/interfaces/IBounties.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IPanels} from "../../../contracts/interfaces/IPanels.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {AssetTerms, Parent} from "../../../contracts/types/Asset.sol";
import {BountyTerms, Submission, TermsRef, Verdict} from "../../../contracts/types/Bounty.sol";
import {Seat} from "../../../contracts/types/Seat.sol";
import {RoundOrder, SignedCommitment, Sitting} from "../../../contracts/types/Panel.sol";

/// @notice The same contests among people who try everything at any time.
contract ContestChaos is ContestHandler {
    constructor(HookToken token) ContestHandler(token, false) {}

    /// @dev Whatever anybody may try at any time; it may go through or not, nothing may break.
    function poke(uint256 which, uint256 verb) external {
        if (opened == 0) return;
        uint256 n = which % opened;
        uint256 id = idOf(n);
        TermsRef memory ref = refOf(n);
        uint8 candidate = BOUNTIES.bountyOf(id).candidate;
        uint256 i = candidate == 0 ? 0 : candidate - 1;
        verb %= 9;
        if (verb == 0) _call(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.choose, (ref, _makers(n))));
        if (verb == 1) _call(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.lapse, (ref, _maker(i))));
        if (verb == 2) _call(n, address(BOUNTIES), STRANGER, _finalization(n, i));
        if (verb == 3) _call(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.closeCommits, (ref)));
        if (verb == 4) _call(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.closeReveals, (ref)));
        if (verb == 5) _call(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.draw, (ref)));
        if (verb == 6) _call(n, address(BOUNTIES), STRANGER, abi.encodeCall(IBounties.release, (ref, _makers(n))));
        if (verb == 7) _lateClaim(n, which);
        if (verb == 8) vm.warp(block.timestamp + which % (2 * LENGTH));
    }

    /// @dev What was signed for one place must not count at another.
    function replay(uint256 which, uint256 other) external {
        if (sent.length == 0) return;
        uint256 n = other % opened;
        uint256 id = idOf(n);
        SignedCommitment[] memory one = new SignedCommitment[](1);
        one[0] = sent[which % sent.length];
        Sitting memory before = PANELS.sittingOf(id);
        bool right = _context(id, PANELS.roundOf(id), before, one[0].place) == sentFor[which % sent.length];
        if (right) return;
        _call(n, address(PANELS), STRANGER, abi.encodeCall(IPanels.commitMany, (id, one)));
        if (PANELS.sittingOf(id).committed != before.committed) unlawful += 1;
    }

    /// @dev A lock that was signed for another candidate, or another bounty.
    function replayLock(uint256 which, uint8 candidate, uint256 other) external {
        if (opened == 0) return;
        (which, other) = (which % opened, other % opened);
        candidate = 1 + candidate % uint8(MAKERS);
        bytes32[2] memory old = locks[which][candidate];
        if (old[0] == 0 || (which == other && BOUNTIES.bountyOf(idOf(other)).candidate == candidate)) return;
        bytes memory data =
            abi.encodeCall(IBounties.deliverSigned, (refOf(other), uint256(candidate) + 77, old[0], old[1]));
        if (_call(other, address(BOUNTIES), STRANGER, data)) unlawful += 1;
    }

    function leaveNow(uint256 seat) external {
        seat %= OPERATORS.count();
        Seat memory fields = OPERATORS.seatOf(seat);
        if (fields.owner == address(0)) return;
        bool may = !OPERATORS.isLocked(seat)
            && (fields.parts < 16 || (fields.leaveAt != 0 && block.timestamp >= fields.leaveAt));
        vm.prank(fields.owner);
        (bool ok,) = address(OPERATORS).call(abi.encodeCall(IOperators.leave, (seat)));
        if (ok) account[fields.owner] += int256(BOND / 16 * fields.parts);
        if (ok && !may) unlawful += 1;
        if (!ok && may) refused += 1;
    }

    /// @dev What only one role may do, by every other, in whatever state the contest is.
    function trespass(uint256 which, uint256 verb, uint256 who) external {
        if (opened == 0) return;
        (address to, address right, bytes memory data) = _forbidden(which % opened, verb % 22, which);
        address caller = _role(who % 12, which % opened);
        if (caller == right) return;
        vm.prank(caller);
        (bool ok,) = to.call(data);
        if (ok) unlawful += 1;
    }

    function _role(uint256 who, uint256 n) private view returns (address) {
        if (who < 3) return _maker(who);
        if (who == 3) return _requester(n);
        if (who == 4) return _requester(n + 1);
        if (who == 5) return _operator(n);
        if (who == 6) return address(BOUNTIES);
        if (who == 7) return address(PANELS);
        if (who == 8) return address(OPERATORS);
        if (who == 9) return address(ASSETS);
        if (who == 10) return address(this); // the referee
        return address(0xE71);
    }

    function _forbidden(uint256 n, uint256 verb, uint256 luck)
        private
        view
        returns (address to, address right, bytes memory data)
    {
        if (verb < 8) return _forbiddenBounties(n, verb);
        if (verb < 13) return _forbiddenPanels(n, verb);
        uint256[] memory some = new uint256[](1);
        some[0] = luck % OPERATORS.count();
        (to, right) = (address(OPERATORS), address(PANELS));
        if (verb == 13) data = abi.encodeCall(IOperators.lockSeats, (some));
        if (verb == 14) data = abi.encodeCall(IOperators.freeSeats, (some));
        if (verb == 15) data = abi.encodeCall(IOperators.slashSilent, (some[0]));
        if (verb == 16) data = abi.encodeCall(IOperators.slashWhole, (some[0], address(0xE71)));
        if (verb == 17) (right, data) = (OPERATORS.ownerOf(some[0]), abi.encodeCall(IOperators.leave, (some[0])));
        if (verb == 18) (right, data) = (OPERATORS.ownerOf(some[0]), abi.encodeCall(IOperators.announceLeave, (some[0])));
        if (verb < 19) return (to, right, data);
        AssetTerms memory none;
        if (verb == 19) {
            return (
                address(ASSETS),
                address(BOUNTIES),
                abi.encodeCall(IAssets.record, (address(0xE71), 0, bytes32(uint256(1)), 0, new Parent[](0)))
            );
        }
        if (verb == 20) {
            return (address(ASSETS), STRANGER, abi.encodeCall(IAssets.slashBond, (datasets[0].assetId, none, address(0xE71))));
        }
        return (address(VAULT), address(BOUNTIES), abi.encodeCall(IVault.pay, (ids[n], address(0xE71), 1)));
    }

    function _forbiddenBounties(uint256 n, uint256 verb)
        private
        view
        returns (address to, address right, bytes memory data)
    {
        TermsRef memory ref = refOf(n);
        (to, right) = (address(BOUNTIES), address(PANELS));
        if (verb == 0) data = abi.encodeCall(IBounties.judged, (ids[n], ref.core.schedule, Verdict.SCORED, 1e9));
        if (verb == 1) data = abi.encodeCall(IBounties.granted, (ids[n], _maker(0), 0));
        if (verb == 2) data = abi.encodeCall(IBounties.drawFailed, (ids[n]));
        if (verb == 3) (right, data) = (address(this), abi.encodeCall(IBounties.voidVerdict, (ref, address(0xE71))));
        if (verb == 4) (right, data) = (_requester(n), abi.encodeCall(IBounties.lock, (ref, address(0xE71))));
        if (verb == 5) {
            BountyTerms memory terms = termsOf(n + 1e6);
            (right, data) = (terms.core.requester, abi.encodeCall(IBounties.open, (terms)));
        }
        uint8 candidate = BOUNTIES.bountyOf(ids[n]).candidate;
        if (verb == 6) {
            right = candidate == 0 ? address(0) : _maker(candidate - 1);
            data = abi.encodeCall(IBounties.grant, (ids[n], 0));
        }
        if (verb == 7) {
            Submission memory submission = submissionOf(0);
            submission.maker = address(0xE72); // never a caller
            (right, data) = (address(0), abi.encodeCall(IBounties.submit, (ids[n], submission)));
        }
    }

    function _forbiddenPanels(uint256 n, uint256 verb)
        private
        view
        returns (address to, address right, bytes memory data)
    {
        (to, right) = (address(PANELS), address(BOUNTIES));
        RoundOrder memory order = RoundOrder(1, 3, 2, LENGTH, uint24(LENGTH), uint40(block.timestamp));
        if (verb == 8) data = abi.encodeCall(IPanels.open, (ids[n], order));
        if (verb == 9) data = abi.encodeCall(IPanels.reopen, (ids[n], LENGTH));
        if (verb == 10) data = abi.encodeCall(IPanels.release, (ids[n]));
        if (verb == 11) data = abi.encodeCall(IPanels.slash, (ids[n], address(0xE71), true));
        if (verb == 12) {
            Sitting memory sitting = PANELS.sittingOf(ids[n]);
            (right, data) = (_ownerAt(sitting, 0), abi.encodeCall(IPanels.commit, (ids[n], 0, bytes32(uint256(1)))));
        }
    }

    /// @dev A claim out of its time, or twice.
    function _lateClaim(uint256 n, uint256 luck) private {
        bytes memory data = luck % 2 == 0
            ? abi.encodeCall(IBounties.claim, (refOf(n), uint64(500 + luck % 400) * 1e6))
            : abi.encodeCall(IBounties.claimBadRows, (refOf(n)));
        _call(n, address(BOUNTIES), _maker(luck % MAKERS), data);
    }
}
