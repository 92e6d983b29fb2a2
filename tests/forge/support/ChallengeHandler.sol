// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ContestSteps} from "./ContestSteps.sol";
import {HookToken} from "./HookToken.sol";
import {Shipped} from "./Shipped.sol";
import {Lie, SmallEvidence, SmallEvidenceLib} from "./SmallEvidence.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {Bounty, BountyTerms, Stage, Submission, Verdict} from "../../../contracts/types/Bounty.sol";
import {NodeProof, RowProof, ScoredCase} from "../../../contracts/types/Challenge.sol";
import {Attestation, Finding} from "../../../contracts/types/Panel.sol";

/// @notice Contests one after the other, whose panels tell the truth or lie about one thing, and challenges of that, true and
///         false, fair and not, through the shipped referee.
contract ChallengeHandler is ContestSteps {
    using SmallEvidenceLib for SmallEvidence;

    IReferee private constant REFEREE = IReferee(address(0xF00));
    uint256 private constant LIES = 1; // places of `_reach`: contests, then what panels say, then answers
    uint256 private constant ANSWERS = 8;

    uint256 private luck; // of rows and model
    uint256 private liar; // of what the panel says
    bool private running;
    uint256 private contests;
    uint256 private filed; // challenges
    uint256 public wrong; // challenges that were not answered as they must be
    uint256 public unpaid; // voids whose money did not go where it must
    uint256 public stuck; // what a bounty that is over still holds

    constructor() ContestSteps(new HookToken()) {
        address made = Shipped.deployWhole("Referee", abi.encode(VAULT, address(0), BOUNTIES, PANELS));
        vm.etch(address(REFEREE), made.code); // where the bounties expect it; immutables are in the code
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "contest,truth,raw output,contribution,leaf's sum,node's sum,node's count,root's sums,",
            "row disproved,node disproved,row upheld,node upheld,not committed,copied,same block,other finding,",
            "other model,late,second void,third void,paid"
        );
    }

    /* ACTIONS */

    /// @notice Brings a contest to the window of a verdict.
    function begin(uint256 luck_, uint256 liar_) external {
        if (running) return;
        for (uint256 i = 0; i < SEATS && OPERATORS.live() < 12; i++) {
            vm.prank(_operator(i));
            OPERATORS.join(0);
        }
        vm.warp(block.timestamp + 2 days); // seats are older than the bounty
        (luck, salt, running) = (luck_, bytes32(++contests), true);
        _reach(0);
        SmallEvidence memory e = SmallEvidenceLib.make(luck, liar_);
        rules = uint256(1) | (2 << 8) | (3 << 16) | (2 << 24) | (e.count << 32) | (uint256(1) << 128);
        _claiming(1);
        (uint128 sum,) = e.attested();
        _claim(0, luck % 2 == 0 || sum == 0 ? 1e9 : uint64(uint256(sum) * 1e9 / e.count)); // at most 1e9
        _past();
        _choose(1);
        _judge(liar_);
    }

    /// @notice Challenges a row or a node, in one of the ways in which it is refused, or fairly.
    function challenge(uint256 what, bool asRow, uint256 how) external {
        if (!running || _bounty().stage != Stage.WINDOW) return;
        SmallEvidence memory e = SmallEvidenceLib.make(luck, liar);
        uint256 level = asRow ? 0 : what % (e.count == 2 ? 2 : 3);
        uint256 index = (what >> 8) % (level == 0 ? e.count : level == 1 && e.count > 2 ? 2 : 1);
        filed += 1;
        bytes memory data = _data(e, asRow, level, index, how % 16);
        bool fair = _commitTo(data, how % 16);
        bool right = fair && e.disproves(asRow, level, index);
        address[3] memory signers = [_owner(0), _owner(1), _owner(2)];
        vm.prank(CHALLENGER);
        (bool ok,) = address(REFEREE).call(data);
        if (ok != right) wrong += 1;
        if (fair) _reach(ANSWERS + (ok ? 0 : 2) + (asRow ? 0 : 1));
        if (ok) _voided(signers);
    }

    /// @notice The window passes: no challenge counts any more, and all is paid out.
    function end() external {
        if (!running) return;
        if (_bounty().stage == Stage.WINDOW) _late();
        for (uint256 i = 0; i < 12 && _bounty().stage != Stage.DONE; i++) {
            _moveOn();
        }
        address[] memory makers = _makers(1);
        if (_entry(0).flags & 8 == 0) BOUNTIES.release(_ref(), makers);
        stuck += _bucket();
        running = _bounty().stage != Stage.DONE;
        if (running) stuck += 1;
    }

    /* INTERNAL */

    function _referee() internal pure override returns (address) {
        return address(REFEREE);
    }

    function _terms() internal view override returns (BountyTerms memory t) {
        t = super._terms();
        t.files.rowsRoot = SmallEvidenceLib.make(luck, 0).rowsRoot;
    }

    function _submission(uint256 i) internal view override returns (Submission memory submission) {
        submission = super._submission(i);
        submission.modelHash = sha256(abi.encodePacked(uint8(3), SmallEvidenceLib.make(luck, 0).model));
    }

    /// @dev All three places say the same; if that is what was claimed, the requester waives the delivery.
    function _judge(uint256 liar_) private {
        liar = liar_;
        SmallEvidence memory e = SmallEvidenceLib.make(luck, liar);
        _reach(LIES + uint256(e.lie));
        Attestation memory a;
        a.verdict = Verdict.SCORED;
        a.sums = new uint128[](1);
        (a.sums[0], a.evidenceRoot) = e.attested();
        a.score = uint64(uint256(a.sums[0]) * 1e9 / e.count); // at most 1e9
        _round(a);
        if (_bounty().stage == Stage.LOCKING) {
            _past();
            BOUNTIES.lapse(_ref(), _modeller(0));
        }
    }

    function _moveOn() private {
        Stage stage = _bounty().stage;
        if (stage == Stage.JUDGING) return _judge(0);
        _past();
        if (stage == Stage.WINDOW) _reach(ANSWERS + 12);
        if (stage == Stage.CHOOSING) _choose(1);
        else _finalize(0);
    }

    function _data(SmallEvidence memory e, bool asRow, uint256 level, uint256 index, uint256 how)
        private
        view
        returns (bytes memory)
    {
        ScoredCase memory one = _case(e);
        if (how == 3) one.finding.score += 1;
        if (how == 4) e.model = abi.encodePacked(e.model, uint8(0));
        if (!asRow) return abi.encodeCall(IReferee.challengeNode, (one, e.nodeProof(level, index)));
        return abi.encodeCall(IReferee.challengeLinear, (one, e.rowProof(index), e.model));
    }

    function _case(SmallEvidence memory e) private view returns (ScoredCase memory one) {
        BountyTerms memory t = _terms();
        one.salt = bytes32(filed); // so that no commitment is for two
        (one.core, one.key, one.files) = (t.core, t.key, t.files);
        one.datasets = keccak256(abi.encode(t.datasets));
        one.submission = _submission(0);
        uint128[] memory sums = new uint128[](1);
        bytes32 root;
        (sums[0], root) = e.attested();
        one.finding = Finding(Verdict.SCORED, uint64(uint256(sums[0]) * 1e9 / e.count), sums, root); // at most 1e9
    }

    /// @dev 0: nobody commits; 1: somebody else; 2: in the same block; 3 and 4: to what is no such case or model.
    function _commitTo(bytes memory data, uint256 how) private returns (bool fair) {
        fair = how > 4 || (how == 4 && bytes4(data) == IReferee.challengeNode.selector); // which shows no model
        if (how < 5 && !fair) _reach(ANSWERS + 4 + how);
        address who = how == 1 ? STRANGER : CHALLENGER;
        bytes32 hash = keccak256(abi.encode(who, keccak256(data)));
        if (how != 0 && REFEREE.committedAt(hash) == 0) REFEREE.commit(hash);
        if (how == 0) fair = false;
        if (how != 2) vm.roll(block.number + 1);
    }

    /// @dev Each signer loses his bond, a quarter of it is the challenger's; then the next panel is drawn.
    function _voided(address[3] memory signers) private {
        int256 before = _pay(CHALLENGER);
        uint256[3] memory bonds;
        for (uint256 i = 0; i < 3; i++) {
            bonds[i] = VAULT.bucketOf(address(OPERATORS), uint160(signers[i]));
        }
        PANELS.collect(_ref());
        if (_pay(CHALLENGER) - before != int256(3 * (BOND / 4))) unpaid += 1;
        for (uint256 i = 0; i < 3; i++) {
            if (VAULT.bucketOf(address(OPERATORS), uint160(signers[i])) + BOND != bonds[i]) unpaid += 1;
        }
        uint256 voids = _bounty().flags / 64;
        if (voids > 1) _reach(ANSWERS + 8 + voids);
        if (_bounty().stage == Stage.JUDGING) _judge(uint256(keccak256(abi.encode(liar))));
    }

    /// @dev After the window nothing is disproved.
    function _late() private {
        _past();
        SmallEvidence memory e = SmallEvidenceLib.make(luck, liar);
        filed += 1;
        bytes memory data = _data(e, true, 0, e.at, 9);
        _commitTo(data, 9);
        vm.prank(CHALLENGER);
        (bool ok,) = address(REFEREE).call(data);
        if (ok) wrong += 1;
        _reach(ANSWERS + 9);
    }
}
