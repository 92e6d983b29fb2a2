// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {DemandCourt} from "./DemandCourt.sol";
import {Shipped} from "./Shipped.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {Bounty, Stage, TermsRef, Verdict} from "../../../contracts/types/Bounty.sol";
import {ScoredCase} from "../../../contracts/types/Challenge.sol";
import {DemandTerms, Question, Subject} from "../../../contracts/types/Demand.sol";
import {Sitting} from "../../../contracts/types/Panel.sol";
import {Rules} from "../../../contracts/types/Rules.sol";
import {Schedule} from "../../../contracts/types/Schedule.sol";

/// @notice The shipped referee before a court that knows one verdict: of two rows, of a model without columns.
abstract contract DemandHouse is Test {
    uint256 internal constant BOND = 100; // of the first demand: a sixteenth of the reward, rounded down
    uint40 internal constant ANSWERING = 504;
    uint40 internal constant DECIDING = 605;
    uint40 internal constant WINDOW = 5_000; // what is left of it
    uint8 internal constant ROUND = 3;
    uint8 internal constant SIGNERS = 125; // all seven places but the second
    address internal constant REQUESTER = address(0x1E);
    address internal constant MAKER = address(0x3A);
    address internal constant STRANGER = address(0xBAD);
    bytes internal constant MODEL = hex"5453524d01_01_01_01_0001_0000000000000001_0000_0000000000000007";

    DemandCourt internal court;
    IReferee internal referee;
    ScoredCase internal one;
    Bounty internal bounty;
    Sitting internal sitting;
    uint256 private salt; // so that no commitment is for two

    function setUp() public virtual {
        court = new DemandCourt();
        referee = IReferee(Shipped.deployWhole("Referee", abi.encode(court, court, court, court)));
        one.core.requester = REQUESTER;
        one.core.reward = 1_603;
        one.core.rules = Rules.wrap(1 | 2 << 8 | 2 << 32); // accuracy of two rows
        uint256 schedule;
        for (uint256 i = 0; i < 10; i++) {
            schedule |= (100 * (i + 1) + i) << (24 * i);
        }
        one.core.schedule = Schedule.wrap(schedule);
        one.submission.maker = MAKER;
        one.submission.modelHash = sha256(abi.encodePacked(uint8(3), MODEL));
        one.finding.verdict = Verdict.SCORED;
        one.finding.sums.push(1);
        one.finding.evidenceRoot = "root";
        _tell();
        uint256 left = block.timestamp + WINDOW;
        bounty.stage = Stage.WINDOW;
        (bounty.deadline, bounty.tried, bounty.candidate) = (uint40(left), 2, 3);
        bounty.flags = 32 | 64; // MET, one void
        court.set(bounty);
        address[7] memory owners;
        for (uint256 place = 0; place < 7; place++) {
            owners[place] = _owner(place);
        }
        court.set(owners);
        (sitting.seats, sitting.seated, sitting.revealed) = (0x0007_0006_0005_0004_0003_0002_0001, 127, 127);
        (sitting.verdict, sitting.groups) = (Verdict.SCORED, 0x10); // the second place says something else
        court.set(sitting, ROUND);
    }

    /// @dev Makes what stands here what the court knows.
    function _tell() internal {
        bytes32 verdict = keccak256(
            abi.encode(one.finding.verdict, one.finding.score, one.finding.sums, one.finding.evidenceRoot)
        );
        court.told(_bountyId(), verdict, MAKER, bytes22(keccak256(abi.encode(one.submission)))); // its first bits
    }

    function _ref() internal view returns (TermsRef memory) {
        bytes32 rows = keccak256(abi.encode(one.key, keccak256(abi.encode(one.files))));
        return TermsRef(one.core, keccak256(abi.encode(rows, one.datasets)));
    }

    function _bountyId() internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, court, _ref())));
    }

    function _owner(uint256 place) internal pure returns (address) {
        return address(uint160(0xE0 + place)); // small
    }

    function _terms(uint32 number, address demander) internal view returns (DemandTerms memory terms) {
        (terms.bountyId, terms.round, terms.signers) = (_bountyId(), ROUND, SIGNERS);
        (terms.tried, terms.voids, terms.number) = (2, 1, number);
        (terms.demander, terms.maker, terms.bond) = (demander, MAKER, number * BOND);
        (terms.answering, terms.deciding, terms.rules) = (ANSWERING, DECIDING, one.core.rules);
        (terms.modelHash, terms.evidenceRoot) = (one.submission.modelHash, one.finding.evidenceRoot);
        terms.sums = one.finding.sums;
    }

    function _idOf(DemandTerms memory terms) internal view returns (uint256) {
        return uint256(keccak256(abi.encode(block.chainid, referee, terms)));
    }

    function _model() internal pure returns (Question memory) {
        return Question(Subject.MODEL, 0, 0, 0, 0);
    }

    function _leaf() internal pure returns (Question memory) {
        return Question(Subject.LEAF, 0, 1, 0, 0);
    }

    /// @dev Commits to a demand, and moves on by a block.
    function _ready(address who, Question memory question) internal returns (bytes memory data) {
        one.salt = bytes32(++salt);
        data = abi.encodeCall(IReferee.demand, (one, question, ""));
        _commit(who, data);
    }

    function _commit(address who, bytes memory data) internal {
        referee.commit(keccak256(abi.encode(who, keccak256(data))));
        vm.roll(block.number + 1);
    }

    function _send(address who, bytes memory data) internal returns (bytes memory answer) {
        bool ok;
        vm.prank(who);
        (ok, answer) = address(referee).call(data);
        if (ok) return answer;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }

    function _demand(address who, Question memory question) internal returns (uint256 demandId) {
        return abi.decode(_send(who, _ready(who, question)), (uint256));
    }

    /// @dev The requester demands the model.
    function _asked() internal returns (DemandTerms memory terms, uint256 demandId) {
        demandId = _demand(REQUESTER, _model());
        terms = _terms(1, REQUESTER);
    }

    function _answer(address who, DemandTerms memory terms) internal {
        vm.prank(who);
        referee.answer(terms, MODEL);
    }

    function _askOn(DemandTerms memory terms) internal {
        vm.prank(REQUESTER);
        referee.ask(terms, _model(), "");
    }
}
