// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Test} from "forge-std/Test.sol";

import {Court} from "./support/Court.sol";
import {Shipped} from "./support/Shipped.sol";
import {IReferee} from "../../contracts/interfaces/IReferee.sol";
import {TesseraErrors as Errors} from "../../contracts/libraries/Errors.sol";

/// @notice Challenges of scores out of tests/vectors/scores.json, which the package made: those of lies void a verdict, those of
///         what is true are refused, by the shipped referee before a court that knows one verdict.
contract ScoresMoney is Test {
    Court internal constant COURT = Court(address(uint160(0xB0) << 152));
    address internal constant CHALLENGER = address(0xC0);

    IReferee internal referee;

    function setUp() public {
        vm.etch(address(COURT), address(new Court()).code);
        referee = IReferee(Shipped.deployWhole("Referee", abi.encode(address(0), address(0), COURT, COURT)));
    }

    function test_challenge__of_every_vector__is_answered_as_the_package_says() public {
        string memory json = vm.readFile("tests/vectors/scores.json");
        bytes[] memory data = vm.parseJsonBytesArray(json, ".data");
        string[] memory errors = vm.parseJsonStringArray(json, ".error");
        bytes32[] memory bounties = vm.parseJsonBytes32Array(json, ".bounty");
        bytes32[] memory verdicts = vm.parseJsonBytes32Array(json, ".verdict");
        bytes[] memory candidates = vm.parseJsonBytesArray(json, ".candidate");
        for (uint256 i = 0; i < data.length; i++) {
            COURT.told(uint256(bounties[i]), verdicts[i], address(0), bytes22(candidates[i]));
            bytes4 got = _challenge(data[i]);
            bool right = got == _selector(errors[i]) && (got != 0 || _voided(uint256(bounties[i])));
            require(right, string.concat("vector ", vm.toString(i)));
        }
    }

    /* COMMITMENTS */

    function test_commit__again__reverts_committed() public {
        referee.commit("a");
        assertEq(referee.committedAt("a"), block.number);
        vm.roll(block.number + 1);
        vm.expectRevert(abi.encodeWithSelector(Errors.Referee_Committed.selector, bytes32("a")));
        referee.commit("a");
        assertEq(referee.committedAt("a"), block.number - 1);
        assertEq(referee.committedAt("b"), 0);
    }

    function test_challenge__without_a_commitment_of_ones_own_in_an_earlier_block__reverts_not_committed() public {
        bytes memory data = _firstLie();
        bytes4 expected = Errors.Referee_NotCommitted.selector;
        vm.roll(1); // as early as there is a block
        assertEq(_call(data), expected);
        bytes32 hash = keccak256(abi.encode(CHALLENGER, keccak256(data)));
        referee.commit(keccak256(abi.encode(address(0xBAD), keccak256(data))));
        referee.commit(hash);
        assertEq(_call(data), expected); // in the same block
        vm.roll(2);
        assertEq(_call(bytes.concat(data, "x")), expected); // another call
        assertEq(_call(data), bytes4(0));
        assertEq(referee.committedAt(hash), 0);
        assertEq(_call(data), expected); // it is forgotten
    }

    /// @dev The court knows another verdict, or another candidate.
    function test_challenge__of_another_verdict_or_candidate__is_refused() public {
        bytes memory data = _firstLie();
        (uint256 bounty, bytes32 verdict) = (COURT.bountyId(), COURT.verdict());
        bytes22 candidate = COURT.candidate();
        for (uint256 i = 0; i < 4; i++) {
            COURT.told(i == 0 ? bounty + 1 : bounty, i == 1 ? bytes32(0) : verdict, i == 2 ? CHALLENGER : address(0), i == 3 ? bytes22("x") : candidate);
            vm.roll(block.number + 1);
            bytes4 got = _challenge(i == 0 ? data : bytes.concat(data, bytes1(uint8(i)))); // bytes that nobody reads
            assertEq(got, i < 2 ? Errors.Referee_NotVerdict.selector : Errors.Referee_NotCandidate.selector);
        }
    }

    function _firstLie() private returns (bytes memory) {
        string memory json = vm.readFile("tests/vectors/scores.json");
        string[] memory errors = vm.parseJsonStringArray(json, ".error");
        uint256 i;
        while (bytes(errors[i]).length != 0) i++;
        bytes32 bounty = vm.parseJsonBytes32Array(json, ".bounty")[i];
        bytes32 verdict = vm.parseJsonBytes32Array(json, ".verdict")[i];
        COURT.told(uint256(bounty), verdict, address(0), bytes22(vm.parseJsonBytesArray(json, ".candidate")[i]));
        return vm.parseJsonBytesArray(json, ".data")[i];
    }

    function _voided(uint256 bountyId) private view returns (bool) {
        return COURT.voided() == bountyId && COURT.challenger() == CHALLENGER;
    }

    /// @dev Commits, and challenges in the next block; what it was refused with, or nothing.
    function _challenge(bytes memory data) private returns (bytes4) {
        bytes32 hash = keccak256(abi.encode(CHALLENGER, keccak256(data)));
        referee.commit(hash);
        vm.roll(block.number + 1);
        return _call(data);
    }

    function _call(bytes memory data) private returns (bytes4) {
        vm.prank(CHALLENGER);
        (bool ok, bytes memory answer) = address(referee).call(data);
        return ok ? bytes4(0) : bytes4(answer);
    }

    function _selector(string memory name) private pure returns (bytes4) {
        if (bytes(name).length == 0) return 0;
        return bytes4(keccak256(bytes(string.concat("Referee_", name))));
    }
}
