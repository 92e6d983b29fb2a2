// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Vm} from "forge-std/Vm.sol";

import {ContestHouse} from "./ContestHouse.sol";
import {HookToken} from "./HookToken.sol";
import {IBounties} from "../../../contracts/interfaces/IBounties.sol";
import {IOperators} from "../../../contracts/interfaces/IOperators.sol";
import {IPanels} from "../../../contracts/interfaces/IPanels.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {Parent} from "../../../contracts/types/Asset.sol";
import {Bounty, BountyFlags, CoreTerms, Outcome, Stage, Verdict} from "../../../contracts/types/Bounty.sol";
import {Phase, Round, Sitting} from "../../../contracts/types/Panel.sol";

/// @notice Every call to a contest goes through here: what it may pay is worked out from the terms, and compared with what
///         the Vault says was paid; where it went from there must be forward.
abstract contract ContestLedger is ContestHouse {
    /// @notice A contest before or after a call.
    struct Seen {
        Bounty bounty;
        Round round;
        Sitting sitting;
    }

    /// @notice What a place committed to.
    struct Told {
        uint8 kind;
        bytes32 salt;
    }

    uint256 private constant OUTCOMES = 11; // places of `_reach`: first the stages, then outcomes, then events
    uint256 internal constant EVENTS = 18;

    bool internal immutable STRICT; // whether a refused call ends the run
    mapping(uint256 n => mapping(uint256 number => mapping(uint256 place => Told))) internal told;
    mapping(uint256 n => mapping(address maker => uint256 held)) internal bonds;
    mapping(uint256 n => mapping(address maker => uint256 times)) internal released;
    mapping(uint256 n => mapping(uint256 maker => uint8 flags)) internal entries;
    mapping(uint256 n => Outcome outcome) public outcomes;
    mapping(uint256 key => int256 amount) internal due; // in this call: to an account, or to an asset's bucket
    uint256[] private touched;
    int256 private burnDue;
    uint256 private passed; // stage entered in this call
    mapping(uint256 n => uint256 rounds) private repeats; // of the candidate, after his first
    mapping(address who => int256 amount) public account; // what of his funds everybody must have at the end
    uint256 public burned; // all of it
    uint256 public refused; // lawful calls that failed
    uint256 public unlawful; // others that went through
    uint256 public broken; // payments that were not what the terms promise
    uint256 public backwards; // steps that no contest may take

    constructor(HookToken token, bool strict) ContestHouse(token) {
        STRICT = strict;
        for (uint256 i = 0; i < people.length; i++) {
            account[people[i]] = int256(VAULT.balanceOf(people[i]));
        }
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "submitting,claiming,choosing,judging,cure,locking,delivering,window,halving,abandoned,done,",
            "PAID,HALVED,NO_SUBMISSION,SILENT,BAD_ROWS,NOBODY,TOO_FEW_SEATS,",
            "round opened,seed renewed,draw failed,silent replaced,no quorum,verdict voided,third void,claim forfeited,",
            "key published,lock refuted,model delivered,bad rows claimed,grant with draw,dataset paid,silent slashed,",
            "signer slashed,maker compensated,third round of a candidate,verdict without a quorum,next verdict of a round"
        );
    }

    /* CALLS */

    function _must(uint256 n, address to, address who, bytes memory data) internal {
        if (_call(n, to, who, data)) return;
        require(!STRICT, string.concat("a valid action was refused: ", vm.toString(abi.encodePacked(bytes4(data)))));
        refused += 1;
    }

    function _call(uint256 n, address to, address who, bytes memory data) internal returns (bool ok) {
        Seen memory old = _see(n);
        vm.recordLogs();
        vm.prank(who);
        (ok,) = to.call(data);
        if (!ok) return false;
        Vm.Log[] memory logs = vm.getRecordedLogs();
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == address(BOUNTIES)) _promise(n, old, logs[i]);
            else if (logs[i].emitter == address(PANELS)) _promiseSlash(old, bytes4(data), logs[i]);
        }
        for (uint256 i = 0; i < logs.length; i++) {
            if (logs[i].emitter == address(VAULT)) _paid(n, old, logs[i]);
        }
        _balance();
        _forward(n, old, _see(n));
    }

    /* WHAT THE TERMS PROMISE */

    function _promise(uint256 n, Seen memory old, Vm.Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == IBounties.BountyEnded.selector) _promiseEnd(n, old, Outcome(uint256(bytes32(log.data))));
        if (name == IBounties.ClaimForfeited.selector) _promiseForfeit(n, old, _who(log.topics[2]));
        if (name == IBounties.BondReleased.selector) _promiseRelease(n, _who(log.topics[2]));
        if (name == IBounties.StageEntered.selector) passed = uint256(bytes32(log.data));
        if (name == IBounties.KeyPublished.selector) _reach(EVENTS + 8);
        if (name == IBounties.LockRefuted.selector) _reach(EVENTS + 9);
        if (name == IBounties.ModelDelivered.selector) _reach(EVENTS + 10);
        if (name == IBounties.BadRowsClaimed.selector) _reach(EVENTS + 11);
        if (name != IBounties.VerdictVoided.selector) return;
        _reach(EVENTS + 5);
        if (uint256(bytes32(log.data)) == 3) _reach(EVENTS + 6);
    }

    function _promiseVoid(Seen memory old) private {
        for (uint256 mask = _signers(old, Phase.VOIDED); mask != 0; mask &= mask - 1) {
            _owe(CHALLENGER, BOND / 4);
            burnDue += int256(BOND - BOND / 4);
            _reach(EVENTS + 15);
        }
    }

    function _promiseEnd(uint256 n, Seen memory old, Outcome outcome) private {
        CoreTerms memory core = termsOf(n).core;
        if (outcomes[n] != Outcome.NONE || outcome != _outcomeFrom(old.bounty)) unlawful += 1;
        outcomes[n] = outcome;
        _reach(OUTCOMES + uint256(outcome) - 1);
        uint256 back = uint256(core.reward) + core.deposit + core.rules.panelSize() * core.panelFee;
        if (outcome == Outcome.PAID || outcome == Outcome.BAD_ROWS) {
            back -= _payFees(n, old, core.panelFee);
        }
        if (outcome == Outcome.PAID) {
            uint256 rest = core.reward;
            Parent[] memory shares = termsOf(n).datasets;
            for (uint256 i = 0; i < shares.length; i++) {
                uint256 part = core.reward * shares[i].bps / 10_000;
                rest -= part;
                _oweKey(shares[i].assetId, part);
                _reach(EVENTS + 13);
            }
            _owe(_maker(old.bounty.candidate - 1), rest);
            back -= core.reward;
        } else if (outcome == Outcome.HALVED) {
            _owe(_maker(old.bounty.candidate - 1), core.reward / 2);
            back -= core.reward / 2;
        } else if (outcome == Outcome.SILENT || outcome == Outcome.BAD_ROWS) {
            burnDue += int256(uint256(core.deposit) - uint256(core.deposit) / 128 * old.bounty.submissions);
            back -= core.deposit;
        }
        _owe(core.requester, back);
    }

    function _promiseForfeit(uint256 n, Seen memory old, address maker) private {
        CoreTerms memory core = termsOf(n).core;
        _reach(EVENTS + 7);
        if (bonds[n][maker] == 0) unlawful += 1;
        else bonds[n][maker] -= 1;
        burnDue += int256(core.claimBond - _payFees(n, old, core.panelFee));
    }

    function _promiseRelease(uint256 n, address maker) private {
        CoreTerms memory core = termsOf(n).core;
        released[n][maker] += 1;
        if (released[n][maker] != 1) unlawful += 1;
        uint256 fault = outcomes[n] == Outcome.SILENT || outcomes[n] == Outcome.BAD_ROWS ? core.deposit / 128 : 0;
        if (fault != 0) _reach(EVENTS + 16);
        _owe(maker, bonds[n][maker] * core.claimBond + fault);
        bonds[n][maker] = 0;
    }

    function _promiseSlash(Seen memory old, bytes4 verb, Vm.Log memory log) private {
        bytes32 name = log.topics[0];
        uint256 silent;
        if (name == IPanels.PanelSlashed.selector) _promiseVoid(old);
        if (name == IPanels.CommitsClosed.selector) silent = old.sitting.seated & ~old.sitting.committed;
        if (name == IPanels.Judged.selector && verb == IPanels.closeReveals.selector) {
            silent = old.sitting.seated & ~old.sitting.revealed;
        }
        for (; silent != 0; silent &= silent - 1) {
            burnDue += int256(BOND / 16);
            _reach(EVENTS + 14);
        }
        if (name == IPanels.RoundOpened.selector) _reach(EVENTS);
        if (name == IPanels.SeedSet.selector) _reach(EVENTS + 1);
        if (name == IPanels.DrawFailed.selector) _reach(EVENTS + 2);
        if (name == IPanels.CommitsClosed.selector) {
            (, uint256 phase,) = abi.decode(log.data, (uint256, uint256, uint256));
            if (phase == uint256(Phase.DRAWING)) _reach(EVENTS + 3);
        }
        if (name == IPanels.Judged.selector && uint256(bytes32(log.data)) == 0) _reach(EVENTS + 4);
        if (name == IPanels.Judged.selector && old.round.phase == Phase.VOIDED) _reach(EVENTS + 19);
    }

    /// @dev How a contest may end from where it stood.
    function _outcomeFrom(Bounty memory b) private pure returns (Outcome) {
        if (b.stage == Stage.SUBMITTING) return b.submissions == 0 ? Outcome.NO_SUBMISSION : Outcome.SILENT;
        if (b.stage == Stage.CLAIMING || b.stage == Stage.CHOOSING) return Outcome.NOBODY;
        if (b.stage == Stage.HALVING) return Outcome.HALVED;
        if (b.stage == Stage.ABANDONED) return Outcome.TOO_FEW_SEATS;
        if (b.stage == Stage.CURE && b.flags & BountyFlags.DELIVERED != 0) return Outcome.HALVED;
        if (b.stage != Stage.WINDOW) return Outcome.NONE;
        if (b.verdict == Verdict.BAD_ROWS) return Outcome.BAD_ROWS;
        return b.flags & BountyFlags.MET != 0 ? Outcome.PAID : Outcome.NONE;
    }

    /// @dev Owes the fee to each signer; all of them must have told the same, and what fits the stage.
    function _payFees(uint256 n, Seen memory old, uint256 fee) private returns (uint256 sum) {
        uint256 mask = _signers(old, Phase.JUDGED);
        for (uint256 place = 0; place < 7; place++) {
            if ((mask >> place) & 1 == 0) continue;
            _owe(OPERATORS.ownerOf(_seatAt(old.sitting, place)), fee);
            sum += fee;
            uint8 kind = told[n][old.round.number][place].kind;
            if (_verdictOf(old.bounty.candidate, kind) != old.bounty.verdict) unlawful += 1;
            bool paid = outcomes[n] == Outcome.PAID;
            bool worse = old.bounty.verdict == Verdict.SCORED && kind == 4;
            if (old.bounty.stage == Stage.WINDOW && old.bounty.verdict == Verdict.SCORED && paid == worse) unlawful += 1;
        }
        bool open = old.bounty.flags & BountyFlags.KEY_PUBLIC != 0 && old.bounty.verdict == Verdict.SCORED;
        if (_ones(mask) == 1) _reach(EVENTS + 18);
        if (mask != 0 && !open && _ones(mask) < old.round.quorum) unlawful += 1;
    }

    function _verdictOf(uint8 candidate, uint8 kind) internal pure returns (Verdict) {
        if (candidate == 0) return kind % 2 == 0 ? Verdict.BAD_ROWS : Verdict.ROWS_GOOD;
        return kind == 5 ? Verdict.UNSCORABLE : kind == 6 ? Verdict.BAD_ROWS : Verdict.SCORED;
    }

    /// @dev Places whose attestation most share, counted one by one; a quorum, unless the key is public.
    function _signers(Seen memory old, Phase phase) private pure returns (uint256 mask) {
        if (old.round.phase != phase) return 0;
        for (uint256 i = 0; i < 7; i++) {
            if ((old.sitting.revealed >> i) & 1 == 0) continue;
            uint256 same;
            for (uint256 j = 0; j < 7; j++) {
                bool open = (old.sitting.revealed >> j) & 1 == 1;
                if (open && (old.sitting.groups >> (4 * i)) & 15 == (old.sitting.groups >> (4 * j)) & 15) same |= 1 << j;
            }
            bool enough = old.sitting.keyPublic || _ones(same) >= old.round.quorum;
            if (old.sitting.verdict != Verdict.NONE && enough && _ones(same) > _ones(mask)) mask = same;
        }
    }

    /* WHAT WAS PAID */

    function _paid(uint256 n, Seen memory old, Vm.Log memory log) private {
        bytes32 name = log.topics[0];
        uint256 amount = _last(log.data);
        if (name == IVault.Burned.selector) (burned, burnDue) = (burned + amount, burnDue - int256(amount));
        if (name == IVault.Paid.selector) _take(uint256(log.topics[3]), amount);
        if (name == IVault.Moved.selector) {
            (address module, uint256 bucket,) = _moved(log);
            if (module != address(ASSETS)) broken += 1;
            _take(bucket, amount);
        }
        if (name == IVault.FeeBurned.selector) {
            burned += amount;
            account[_who(log.topics[2])] -= 1;
            if (amount != 1) broken += 1;
        }
        if (name != IVault.Locked.selector) return;
        CoreTerms memory core = termsOf(n).core;
        address from = _who(log.topics[3]);
        uint256 right = core.claimBond;
        if (old.bounty.stage == Stage.NONE) {
            right = uint256(core.reward) + core.deposit + core.rules.panelSize() * core.panelFee;
            if (from != core.requester) unlawful += 1;
        } else {
            bonds[n][from] += 1;
        }
        account[from] -= int256(right);
        if (amount != right || uint256(log.topics[2]) != ids[n]) broken += 1;
    }

    function _owe(address who, uint256 amount) private {
        account[who] += int256(amount);
        _oweKey(uint160(who), amount);
    }

    function _oweKey(uint256 key, uint256 amount) private {
        due[key] += int256(amount);
        touched.push(key);
    }

    function _take(uint256 key, uint256 amount) private {
        due[key] -= int256(amount);
        touched.push(key);
    }

    function _balance() private {
        if (burnDue != 0) broken += 1;
        burnDue = 0;
        for (uint256 i = 0; i < touched.length; i++) {
            if (due[touched[i]] != 0) broken += 1;
            due[touched[i]] = 0;
        }
        delete touched;
    }

    /* FORWARD ONLY */

    function _forward(uint256 n, Seen memory a, Seen memory b) private {
        (uint256 from, uint256 to) = (uint256(a.bounty.stage), uint256(b.bounty.stage));
        bool ok = from == to || (_next(a.bounty.stage) >> to) & 1 == 1;
        if (from == to && (a.bounty.stage == Stage.DONE)) {
            ok = keccak256(abi.encode(a)) == keccak256(abi.encode(b)); // over is over
        }
        ok = ok && b.bounty.submissions >= a.bounty.submissions && b.bounty.tried >= a.bounty.tried;
        ok = ok && (from == 0 || b.bounty.openedAt == a.bounty.openedAt);
        // who comes back to JUDGING brings another candidate, or another round, or what must be collected before
        bool collects = b.round.phase == Phase.VOIDED;
        if (to == uint256(Stage.JUDGING) && from != to) ok = ok && (collects || b.round.number > a.round.number);
        ok = ok && b.round.number >= a.round.number;
        if (a.round.number == b.round.number) ok = ok && _sameRound(a, b);
        for (uint256 i = 0; i < a.bounty.submissions; i++) {
            uint8 flags = BOUNTIES.entryOf(ids[n], _maker(i)).flags;
            if (flags & entries[n][i] != entries[n][i]) ok = false;
            entries[n][i] = flags;
        }
        if (!ok) backwards += 1;
        if (from != to) _reach(to - 1);
        if (passed != 0 && passed != to) _reach(passed - 1); // passed through in one call
        passed = 0;
        if (b.bounty.stage == Stage.DONE && b.round.phase != Phase.NONE) unlawful += 1;
        bool another = b.round.number > a.round.number && b.bounty.candidate == a.bounty.candidate;
        if (another && from != uint256(Stage.CHOOSING)) repeats[n] += 1;
        else if (another || b.bounty.candidate != a.bounty.candidate) repeats[n] = 0;
        if (another && repeats[n] == 2) _reach(EVENTS + 17);
    }

    function _sameRound(Seen memory a, Seen memory b) private pure returns (bool) {
        if (a.sitting.committed & ~b.sitting.committed != 0) return false;
        // only those whose verdict was voided leave
        uint8 gone = uint8(_signers(a, Phase.VOIDED));
        if (a.sitting.revealed & ~b.sitting.revealed & ~gone != 0) return false;
        if (b.sitting.replaced < a.sitting.replaced) return false;
        if (a.round.phase == b.round.phase) return true;
        uint256 phase = uint256(a.round.phase);
        bool replaces = b.round.phase == Phase.DRAWING;
        if (replaces && (phase != 2 || b.sitting.replaced == a.sitting.replaced)) return false;
        uint256 left = a.sitting.keyPublic ? 16 : 0; // with k public the others of the round may have told a verdict
        uint256[6] memory next = [uint256(0), 1 | 4 | 8 | 16, 2 | 8 | 16, 16, 1 | 32, 1 | left];
        return (next[phase] >> uint256(b.round.phase)) & 1 == 1;
    }

    /// @dev The stages that may follow, one bit each.
    function _next(Stage stage) private pure returns (uint256) {
        uint256 done = _bit(Stage.DONE);
        uint256 judging = _bit(Stage.JUDGING);
        uint256 choosing = _bit(Stage.CHOOSING);
        uint256 window = _bit(Stage.WINDOW);
        if (stage == Stage.NONE) return _bit(Stage.SUBMITTING);
        if (stage == Stage.SUBMITTING) return _bit(Stage.CLAIMING) | done;
        if (stage == Stage.CLAIMING || stage == Stage.CHOOSING) return judging | done;
        if (stage == Stage.CURE) return judging | choosing | done;
        if (stage == Stage.LOCKING) return _bit(Stage.DELIVERING) | window;
        if (stage == Stage.DELIVERING) return window | choosing;
        if (stage == Stage.WINDOW) return judging | choosing | _bit(Stage.HALVING) | done;
        if (stage == Stage.HALVING || stage == Stage.ABANDONED) return done;
        if (stage == Stage.DONE) return 0;
        return choosing | _bit(Stage.CURE) | _bit(Stage.LOCKING) | window | _bit(Stage.HALVING) | _bit(Stage.ABANDONED);
    }

    function _bit(Stage stage) private pure returns (uint256) {
        return 1 << uint256(stage);
    }

    /* HELPERS */

    /// @dev Never back: another contest may have taken its time.
    function _warpTo(uint256 time) internal {
        if (time > block.timestamp) vm.warp(time);
    }

    function _rollTo(uint256 number) internal {
        if (number > block.number) vm.roll(number);
    }

    function _see(uint256 n) internal view returns (Seen memory) {
        return Seen(BOUNTIES.bountyOf(ids[n]), PANELS.roundOf(ids[n]), PANELS.sittingOf(ids[n]));
    }

    function _seatAt(Sitting memory sitting, uint256 place) internal pure returns (uint16) {
        return uint16(uint256(sitting.seats) >> (16 * place));
    }

    function _ones(uint256 mask) internal pure returns (uint256 ones) {
        for (; mask != 0; mask &= mask - 1) {
            ones++;
        }
    }

    function _who(bytes32 topic) private pure returns (address) {
        return address(uint160(uint256(topic)));
    }

    function _last(bytes memory data) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(data, mload(data)))
        }
    }

    function _moved(Vm.Log memory log) private pure returns (address module, uint256 bucket, uint256 amount) {
        module = _who(log.topics[3]);
        (bucket, amount) = abi.decode(log.data, (uint256, uint256));
    }
}
