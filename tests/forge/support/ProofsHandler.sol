// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";
import {Vm} from "forge-std/Vm.sol";

import {HookToken, ITokenHook} from "./HookToken.sol";
import {ToldVerifier} from "../../../contracts/test/ToldVerifier.sol";
import {Reached} from "./Reached.sol";
import {Shipped} from "./Shipped.sol";
import {IProofs} from "../../../contracts/interfaces/IProofs.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {KeyEquation} from "../../../contracts/libraries/KeyEquation.sol";
import {Commitment, Pledge, ProofState, ProofTerms} from "../../../contracts/types/Proof.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice Random proved bounties of one requester, with three makers and their twin, kept by the rules of docs/proving.md. The
///         third maker is this contract: the token calls her back, and from there she goes on. `strict`: what is not
///         lawful is left out, and a refusal ends the run.
contract ProofsHandler is Reached, StdUtils, ITokenHook {
    enum Is {
        NOBODY,
        WAITING,
        SERVED,
        SPEAKING, // announced
        ACCUSED, // declined
        CLEARED, // vindicated
        GONE
    }

    struct Maker {
        Is state;
        bool right; // his lock
        uint256 until;
    }

    struct Deal {
        uint256 openedAt;
        uint256 announced;
        uint256 until; // of the latest announcement
        bool paid;
        bool closed;
        uint256 bucket;
        uint256 reward;
        uint256 bond;
        Maker[3] makers;
    }

    uint256 internal constant STAGE = 100;
    uint256 internal constant HALF_HOUR = 1800;
    uint256 internal constant MOST_DEALS = 4;
    uint256 public constant FUNDS = 1e12;
    address internal constant STRANGER = address(0xBAD);
    bool internal immutable STRICT;
    HookToken public immutable TOKEN;
    IVault public immutable VAULT;
    IProofs public immutable PROOFS;
    ToldVerifier internal immutable VERIFIER = new ToldVerifier();

    address[4] public people; // the requester, then the makers
    int256[4] public gains; // of them, by the twin
    uint256 public burned;
    Deal[] internal deals;
    ProofTerms[] internal terms;
    uint256[] public ids;
    Point[3] internal blinds;
    Point internal key;
    Point internal seal;
    uint256[] internal sealedWords = [1, 2];
    uint256 public unlawful;
    uint256 public refused;
    uint256 internal plan;
    uint256 internal depth; // of calls within calls
    mapping(uint256 n => uint256 count) internal _everServed;
    mapping(uint256 n => uint256 count) internal _accused;
    mapping(uint256 n => uint256 count) internal _cleared;

    constructor(HookToken token, IVault vault, bool strict) {
        STRICT = strict;
        (TOKEN, VAULT) = (token, vault);
        PROOFS = IProofs(Shipped.deploy("Proofs", abi.encode(vault, [VERIFIER, VERIFIER, VERIFIER, VERIFIER])));
        people = [address(0xA11CE), address(0xB0B), address(0xCA201), address(this)];
        for (uint256 i = 0; i < 4; i++) {
            token.mint(people[i], FUNDS);
            if (i != 3) vm.startPrank(people[i]);
            token.approve(address(vault), type(uint256).max);
            vault.deposit(FUNDS);
            vault.approve(address(PROOFS), type(uint256).max);
            if (i != 3) vm.stopPrank();
        }
        for (uint256 i = 0; i < 3; i++) {
            blinds[i] = _point(303 + i);
        }
        (key, seal) = (_point(101), _point(202));
        token.setHook(this);
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "asked,committed,locked wrongly,rows opened,declined rightly,declined wrongly,vindicated,announced,",
            "proved,false proof,two bonds,one bond,burned for a lock,burned for silence,burned for an announcement,",
            "closed empty,closed unpaid,closed paid,closed at once,three served,called back,refused within a withdrawal"
        );
    }

    /* STEPS */

    function open(uint256 reward, uint256 bond, uint256 who) public {
        if (deals.length == MOST_DEALS) return;
        (reward, bond) = (bound(reward, 64, 1e8), bound(bond, 0, 1e6));
        if (bond * 64 < reward) bond = (reward + 63) / 64;
        if (bond > reward) bond = reward;
        ProofTerms memory t = _terms(uint128(reward), uint128(bond));
        bool lawful = who % 8 != 0;
        if (STRICT && !lawful) return;
        bool ok = _call(lawful ? people[0] : people[1], abi.encodeCall(IProofs.open, (t)));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(0);
        terms.push(t);
        ids.push(PROOFS.bountyIdOf(t));
        Deal storage deal = deals.push();
        (deal.openedAt, deal.reward, deal.bond) = (block.timestamp, reward, bond);
        _lock(deal, 0, reward + 3 * bond);
    }

    function commit(uint256 n, uint256 i, bool right) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, i % 3);
        Deal storage deal = deals[n];
        bool lawful = deal.makers[i].state == Is.NOBODY && block.timestamp <= deal.openedAt + STAGE
            && VAULT.balanceOf(people[i + 1]) >= deal.bond; // mallory may have it outside
        if (STRICT && !lawful) return;
        bool ok = _call(people[i + 1], abi.encodeCall(IProofs.commit, (terms[n], _commitment(n, i, right))));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(right ? 1 : 2);
        (deal.makers[i].state, deal.makers[i].right) = (Is.WAITING, right);
        _lock(deal, i + 1, deal.bond);
    }

    function openSheet(uint256 n, uint256 i, bool right) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, i % 3);
        Deal storage deal = deals[n];
        bool lawful = right && deal.makers[i].right && deal.makers[i].state == Is.WAITING && _isOpening(deal);
        if (STRICT && !lawful) return;
        uint256 t = right ? _t(n, i) : _t(n, i) + 1;
        Commitment memory one = _commitment(n, i, deal.makers[i].right);
        bool ok = _call(STRANGER, abi.encodeCall(IProofs.openSheet, (terms[n], people[i + 1], one, t)));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(3);
        deal.makers[i].state = Is.SERVED;
        _everServed[n] += 1;
        if (_count(deal, Is.SERVED) == 3) _reach(19);
    }

    function decline(uint256 n, uint256 i, uint256 who) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, i % 3);
        Deal storage deal = deals[n];
        bool lawful = who % 4 != 0 && deal.makers[i].state == Is.WAITING && _isOpening(deal);
        if (STRICT && !lawful) return;
        address caller = who % 4 != 0 ? people[0] : people[i + 1];
        bool ok = _call(caller, abi.encodeCall(IProofs.decline, (terms[n], people[i + 1])));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(deal.makers[i].right ? 5 : 4);
        deal.makers[i].state = Is.ACCUSED;
        _accused[n] += 1;
    }

    function vindicate(uint256 n, uint256 i, bool right) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, i % 3);
        Deal storage deal = deals[n];
        Maker storage maker = deal.makers[i];
        bool lawful = right && maker.right && maker.state == Is.ACCUSED && block.timestamp <= _end(deal);
        if (STRICT && !lawful) return;
        Commitment memory one = _commitment(n, i, maker.right);
        uint256 b = right ? 303 + i : 302 + i;
        bool ok = _call(STRANGER, abi.encodeCall(IProofs.vindicate, (terms[n], people[i + 1], one, b)));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(6);
        maker.state = Is.CLEARED;
        _cleared[n] += 1;
    }

    function announce(uint256 n, uint256 i) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, _pick(n % deals.length, i, Is.SERVED));
        Deal storage deal = deals[n];
        bool served = _count(deal, Is.WAITING) == 0 || block.timestamp > deal.openedAt + 2 * STAGE;
        bool lawful = deal.makers[i].state == Is.SERVED && !deal.paid && served && block.timestamp > deal.until
            && block.timestamp <= _end(deal);
        if (STRICT && !lawful) return;
        bool ok = _call(people[i + 1], abi.encodeCall(IProofs.announce, (terms[n])));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(7);
        deal.announced += 1;
        deal.until = block.timestamp + HALF_HOUR;
        (deal.makers[i].state, deal.makers[i].until) = (Is.SPEAKING, deal.until);
    }

    function prove(uint256 n, uint256 i, bool valid) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, _pick(n % deals.length, i, Is.SPEAKING));
        Deal storage deal = deals[n];
        Maker storage maker = deal.makers[i];
        bool mayIf = maker.state == Is.SPEAKING && !deal.paid && block.timestamp <= maker.until;
        if (STRICT && !mayIf) return;
        Commitment memory one = _commitment(n, i, maker.right);
        VERIFIER.set(_asked(n, valid ? i : (i + 1) % 3), n % 2 == 0); // else one that is another's
        bytes memory data = abi.encodeCall(IProofs.prove, (terms[n], people[i + 1], one, sealedWords, "proof"));
        bool ok = _call(STRANGER, data);
        _judge(ok, mayIf && valid);
        if (mayIf && !valid && !ok) _reach(9);
        if (!ok) return;
        _reach(8);
        (deal.paid, maker.state) = (true, Is.GONE);
        _pay(deal, i + 1, deal.reward + deal.bond);
    }

    function release(uint256 n, uint256 i, bool twice) public {
        if (deals.length == 0) return;
        (n, i) = (n % deals.length, i % 3);
        Deal storage deal = deals[n];
        (bool lawful, uint256 bonds, uint256 place) = _exit(deal, deal.makers[i]);
        if (STRICT && (twice || !lawful)) return;
        address[] memory makers = new address[](twice ? 2 : 1);
        makers[0] = people[i + 1];
        if (twice) makers[1] = people[i + 1];
        bool ok = _call(STRANGER, abi.encodeCall(IProofs.release, (terms[n], makers)));
        _judge(ok, lawful && !twice);
        if (!ok) return;
        _reach(place);
        deal.makers[i].state = Is.GONE;
        if (bonds != 0) return _pay(deal, i + 1, bonds * deal.bond);
        deal.bucket -= deal.bond;
        burned += deal.bond;
    }

    function close(uint256 n) public {
        if (deals.length == 0) return;
        n = n % deals.length;
        Deal storage deal = deals[n];
        uint256 strangers = _count(deal, Is.NOBODY);
        bool early = deal.paid && _everServed[n] == 3 - strangers;
        bool empty = strangers == 3 && block.timestamp > deal.openedAt + STAGE;
        bool lawful = !deal.closed && (early || empty || block.timestamp > _end(deal));
        if (STRICT && !lawful) return;
        bool ok = _call(STRANGER, abi.encodeCall(IProofs.close, (terms[n])));
        _judge(ok, lawful);
        if (!ok) return;
        _reach(strangers == 3 ? 15 : deal.paid ? 17 : 16);
        if (early && block.timestamp <= _end(deal)) _reach(18);
        deal.closed = true;
        _pay(deal, 0, (deal.paid ? 0 : deal.reward) + (3 - _owed(n)) * deal.bond);
    }

    /// @dev To a stage's last second, beyond it, or past half an hour.
    function wait_(uint256 how) public {
        uint256 step = how % 5;
        skip_(step == 0 ? HALF_HOUR + 1 : step < 3 ? STAGE : bound(how >> 8, 1, 60));
    }

    /// @dev All three commit, and get what is theirs.
    function serve(uint256 n, uint256 locks) external {
        if (deals.length == 0) return;
        n = n % deals.length;
        for (uint256 i = 0; i < 3; i++) {
            commit(n, i, (locks >> i) % 4 != 0);
        }
        if (block.timestamp <= deals[n].openedAt + STAGE) skip_(deals[n].openedAt + STAGE + 1 - block.timestamp);
        for (uint256 i = 0; i < 3; i++) {
            if (deals[n].makers[i].right && (locks >> (8 + i)) % 8 != 0) openSheet(n, i, true);
            else decline(n, i, 1);
            if ((locks >> (16 + i)) % 2 == 0) vindicate(n, i, true);
        }
    }

    /// @dev Who has the rows is next, and proves.
    function tell(uint256 n, uint256 i) external {
        if (deals.length == 0) return;
        n = n % deals.length;
        i = _pick(n, i, Is.SERVED);
        announce(n, i);
        prove(n, i, n % 4 != 3);
    }

    /// @dev Mallory takes money out and puts it back; the token calls her in between.
    function cash(uint256 amount, uint256 plan_) external {
        amount = bound(amount, 0, VAULT.balanceOf(address(this)));
        plan = plan_;
        VAULT.withdraw(amount, address(this));
        plan = plan_ >> 128;
        VAULT.deposit(amount);
        plan = 0;
    }

    function onMoved() external {
        uint256 verb = plan % 8;
        uint256 p = plan >> 8;
        if (msg.sender != address(TOKEN) || plan == 0 || depth == 2) return;
        plan = p; // for the call back within this one
        depth += 1;
        _reach(20);
        if (verb == 0) commit(p, 2, p % 3 != 0);
        if (verb == 1) announce(p, 2);
        if (verb == 2) prove(p, 2, p % 3 != 0);
        if (verb == 3) release(p, 2, p % 3 == 0);
        if (verb == 4) vindicate(p, 2, true);
        if (verb == 5) close(p);
        if (verb == 6) openSheet(p, p >> 8, true);
        if (verb == 7) _withdrawWithin();
        depth -= 1;
    }

    /// @notice Everybody walks away: strangers end what can be ended.
    function drain() external {
        skip_(4 * STAGE + 4 * HALF_HOUR);
        for (uint256 n = 0; n < deals.length; n++) {
            for (uint256 i = 0; i < 3; i++) {
                Is state = deals[n].makers[i].state;
                if (state != Is.NOBODY && state != Is.GONE) release(n, i, false);
            }
            if (!deals[n].closed) close(n);
        }
    }

    /* WHAT THE INVARIANTS READ */

    function dealCount() external view returns (uint256) {
        return deals.length;
    }

    function bucketOf(uint256 n) external view returns (uint256) {
        return deals[n].bucket;
    }

    /// @notice What the contract keeps of a bounty, and what the twin says it should.
    function statesOf(uint256 n) external view returns (bytes32 chain, bytes32 twin) {
        Deal storage deal = deals[n];
        ProofState memory state = PROOFS.stateOf(ids[n]);
        uint256[7] memory turns; // by the contract's numbers: as many makers there
        for (uint256 i = 0; i < 3; i++) {
            Pledge memory pledge = PROOFS.pledgeOf(ids[n], people[i + 1]);
            turns[uint8(pledge.turn)] += 1;
            if (uint8(pledge.turn) != uint8(deal.makers[i].state) || pledge.until != deal.makers[i].until) return (0, "maker");
        }
        chain = keccak256(abi.encode(state.openedAt, 3 - turns[0], state.announced, state.until, state.paid, state.closed));
        require(state.committed == 3 - turns[0], "committed");
        twin = keccak256(
            abi.encode(deal.openedAt, 3 - _count(deal, Is.NOBODY), deal.announced, deal.until, deal.paid, deal.closed)
        );
    }

    /* INTERNAL */

    /// @dev Bonds that the requester owes: to who was neither served nor declined, and to who was declined wrongly.
    function _owed(uint256 n) private view returns (uint256) {
        return 3 - _count(deals[n], Is.NOBODY) - _everServed[n] - _accused[n] + _cleared[n];
    }

    /// @dev Mostly somebody who is in a state, if there is one.
    function _pick(uint256 n, uint256 i, Is state) private view returns (uint256) {
        for (uint256 k = 0; k < 3 && i % 4 != 0; k++) {
            if (deals[n].makers[(i % 3 + k) % 3].state == state) return (i % 3 + k) % 3;
        }
        return i % 3;
    }

    function _exit(Deal storage deal, Maker storage maker) private view returns (bool lawful, uint256 bonds, uint256 place) {
        Is s = maker.state;
        if (s == Is.WAITING) return (block.timestamp > deal.openedAt + 2 * STAGE, 2, 10);
        if (s == Is.CLEARED) return (true, 2, 10);
        if (s == Is.SERVED && deal.paid) return (true, 1, 11);
        if (s == Is.SERVED) return (block.timestamp > _end(deal), 0, 13);
        if (s == Is.ACCUSED) return (block.timestamp > _end(deal), 0, 12);
        if (s == Is.SPEAKING) return (block.timestamp > maker.until, 0, 14);
    }

    function _withdrawWithin() private {
        try VAULT.withdraw(1, address(this)) {
            unlawful += 1; // the vault lets nobody in twice
        } catch {
            _reach(21);
        }
    }

    function _isOpening(Deal storage deal) private view returns (bool) {
        return block.timestamp > deal.openedAt + STAGE && block.timestamp <= deal.openedAt + 2 * STAGE;
    }

    function _end(Deal storage deal) private view returns (uint256) {
        return deal.openedAt + 3 * STAGE + deal.announced * HALF_HOUR;
    }

    function _count(Deal storage deal, Is state) private view returns (uint256 count) {
        for (uint256 i = 0; i < 3; i++) {
            if (deal.makers[i].state == state) count += 1;
        }
    }

    function _lock(Deal storage deal, uint256 who, uint256 amount) private {
        gains[who] -= int256(amount);
        deal.bucket += amount;
    }

    function _pay(Deal storage deal, uint256 who, uint256 amount) private {
        gains[who] += int256(amount);
        deal.bucket -= amount;
    }

    function _terms(uint128 reward, uint128 bond) private view returns (ProofTerms memory) {
        return ProofTerms(
            people[0], bytes32(deals.length), reward, bond, 3, 0, 80, 100, uint24(STAGE), uint24(STAGE), uint24(STAGE), 77, 0, 0,
            key, seal, 1, 0x2cf135e7506a45d632d270d45f1181294833fc48d823f272c
        );
    }

    function _commitment(uint256 n, uint256 i, bool right) private view returns (Commitment memory) {
        return Commitment(1000 + i, blinds[i], right ? vm.addr(_t(n, i)) : vm.addr(7));
    }

    function _t(uint256 n, uint256 i) private view returns (uint256) {
        uint256 pledgeId = uint256(keccak256(abi.encode(block.chainid, address(PROOFS), ids[n], people[i + 1])));
        uint256 h = uint256(keccak256(abi.encode(vm.addr((303 + i) * 202), block.chainid, address(PROOFS), pledgeId)));
        return addmod(101, h % KeyEquation.N, KeyEquation.N);
    }

    function _asked(uint256 n, uint256 i) private view returns (bytes32) {
        bytes32[] memory inputs = new bytes32[](8);
        inputs[0] = bytes32(
            uint256(keccak256(abi.encode(block.chainid, address(PROOFS), ids[n], people[i + 1]))) / 256
        );
        inputs[1] = bytes32(1000 + i);
        inputs[2] = bytes32(terms[n].rows);
        inputs[3] = bytes32(uint256(terms[n].least));
        (inputs[4], inputs[5]) = (bytes32(terms[n].readerX), bytes32(terms[n].readerY));
        (inputs[6], inputs[7]) = (bytes32(sealedWords[0]), bytes32(sealedWords[1]));
        return keccak256(abi.encode(bytes("proof"), inputs));
    }

    function _point(uint256 scalar) private returns (Point memory) {
        Vm.Wallet memory made = vm.createWallet(scalar);
        return Point(made.publicKeyX, uint8(made.publicKeyY & 1));
    }

    function skip_(uint256 seconds_) private {
        vm.warp(block.timestamp + seconds_);
    }

    function _judge(bool ok, bool lawful) private {
        require(!STRICT || ok == lawful, "a valid action was refused, or another went through");
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, bytes memory data) private returns (bool ok) {
        if (from != address(this)) vm.prank(from);
        (ok,) = address(PROOFS).call(data);
    }
}
