// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Payment} from "../../../contracts/interfaces/IVault.sol";
import {Bounty, Entry, Stage, TermsRef} from "../../../contracts/types/Bounty.sol";
import {Round, Sitting} from "../../../contracts/types/Panel.sol";

/// @notice Stands for `Vault`, `Bounties`, `Panels` and `Operators`: knows one verdict of one bounty, and keeps what every call moved.
///         Tests set what they want to be so.
contract DemandCourt {
    uint256 public bountyId;
    bytes32 public verdict;
    uint256 public since; // of the verdict
    bytes22 public candidate;
    address public maker;

    Bounty internal bounty;
    Sitting internal sitting;
    Round internal round;
    mapping(address maker => uint8 flags) internal flags;
    address[7] internal owners; // of the places

    mapping(address who => int256 units) public moved; // out of buckets, less what went in
    mapping(uint256 bucket => uint256 units) public bucketOf;
    uint256 public burned;
    uint40 public held; // until then
    uint256 public voided; // bounty
    address public challenger;
    uint256 public exposed; // bounty whose candidate's key is public
    uint256 public key; // that key

    function told(uint256 bountyId_, bytes32 verdict_, address maker_, bytes22 candidate_) external {
        (bountyId, verdict, maker, candidate) = (bountyId_, verdict_, maker_, candidate_);
    }

    /// @notice Forgets what was voided.
    function forget() external {
        (voided, challenger) = (0, address(0));
    }

    function begins(uint256 since_) external {
        since = since_;
    }

    function set(Bounty calldata bounty_) external {
        bounty = bounty_;
    }

    function set(Sitting calldata sitting_, uint8 number) external {
        (sitting, round.number) = (sitting_, number);
    }

    function set(address[7] calldata owners_) external {
        owners = owners_;
    }

    function flag(address maker_, uint8 flags_) external {
        flags[maker_] = flags_;
    }

    /* BOUNTIES */

    function bountyOf(uint256 id) external view returns (Bounty memory) {
        require(id == bountyId, "another bounty");
        return bounty;
    }

    function entryOf(uint256 id, address maker_) external view returns (Entry memory entry) {
        require(id == bountyId, "another bounty");
        entry.flags = flags[maker_];
    }

    function candidateOf(uint256 id, address of_) external view returns (bytes22) {
        return id == bountyId && of_ == maker ? candidate : bytes22(0);
    }

    function hold(uint256 id, uint40 until) external {
        require(id == bountyId && bounty.stage == Stage.WINDOW, "not held");
        held = until;
        if (until > bounty.deadline) bounty.deadline = until;
    }

    function voidVerdict(TermsRef calldata terms, address challenger_) external {
        voided = uint256(keccak256(abi.encode(block.chainid, address(this), terms)));
        challenger = challenger_;
    }

    function exposeKey(uint256 id, uint256 key_) external {
        (exposed, key) = (id, key_);
    }

    /* PANELS */

    function standingOf(uint256 id) external view returns (bytes32, uint256) {
        return (id == bountyId ? verdict : bytes32(0), since);
    }

    function sittingOf(uint256 id) external view returns (Sitting memory) {
        require(id == bountyId, "another bounty");
        return sitting;
    }

    function roundOf(uint256 id) external view returns (Round memory) {
        require(id == bountyId, "another bounty");
        return round;
    }

    function OPERATORS() external view returns (address) {
        return address(this);
    }

    function ownersOf(uint256 seats, uint256 places) external view returns (address[7] memory found) {
        require(seats == sitting.seats, "other seats");
        for (uint256 place = 0; place < 7; place++) {
            if ((places >> place) & 1 == 1) found[place] = owners[place];
        }
    }

    /* VAULT */

    function lock(uint256 bucket, address from, uint256 amount) external {
        bucketOf[bucket] += amount;
        moved[from] -= int256(amount); // small
    }

    function pay(uint256 bucket, address to, uint256 amount) external {
        _pay(bucket, to, amount);
    }

    function payMany(uint256 bucket, Payment[] calldata payments) external {
        for (uint256 i = 0; i < payments.length; i++) {
            _pay(bucket, payments[i].to, payments[i].amount);
        }
    }

    function burn(uint256 bucket, uint256 amount) external {
        bucketOf[bucket] -= amount;
        burned += amount;
    }

    function _pay(uint256 bucket, address to, uint256 amount) private {
        bucketOf[bucket] -= amount;
        moved[to] += int256(amount); // small
    }
}
