// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {StdUtils} from "forge-std/StdUtils.sol";

import {HookToken} from "./HookToken.sol";
import {IncomeTwin} from "./IncomeTwin.sol";
import {Reached} from "./Reached.sol";
import {Sealed} from "./Sealed.sol";
import {Shipped} from "./Shipped.sol";
import {IAssets} from "../../../contracts/interfaces/IAssets.sol";
import {IExchange} from "../../../contracts/interfaces/IExchange.sol";
import {IReferee} from "../../../contracts/interfaces/IReferee.sol";
import {IVault} from "../../../contracts/interfaces/IVault.sol";
import {AssetTerms, Birth, Parent} from "../../../contracts/types/Asset.sol";
import {Order} from "../../../contracts/types/Order.sol";
import {Point} from "../../../contracts/types/Point.sol";

/// @notice The contracts of a market, its people and three assets: 0 has no parent, 1 has 0, 2 has both; and the twin of their
///         orders and listings. The files of 0 and 1 are not what their roots say; that of 2 is. `strict`: what is not lawful is left out, and a refusal ends the run.
abstract contract MarketHouse is Reached, StdUtils, IncomeTwin {
    enum State {
        OPEN,
        SETTLED,
        PAID // out, once
    }

    uint32 internal constant SETTLE = 1 hours;
    uint32 internal constant DISPUTE = 2 hours;
    uint128 internal constant BOND = 4000;
    address public constant BUYER = address(0xB0B);
    address public constant DONOR = address(0xD0);
    address internal constant STRANGER = address(0xBAD);
    uint256 internal constant FUNDS = 1e15;

    bool internal immutable STRICT;
    HookToken public immutable TOKEN;
    IVault public immutable VAULT;
    IAssets public immutable ASSETS;
    IExchange public immutable EXCHANGE;
    IReferee public immutable REFEREE;

    Sealed.File[] internal files;
    AssetTerms[] internal terms;
    Birth[] internal births;
    uint256[] public ids;
    uint256[3] internal unlistedAt;
    bool[3] public retired; // the bond is gone
    Order[] internal orders;
    uint256[] internal orderIds;
    uint256[] internal settledAt;
    State[] public states;
    uint256 public refunded; // what the buyer got back, and as a challenger
    uint256 public spent; // what he paid
    uint256 public bondsBack;
    uint256 public bondsBurned;
    uint256 public unlawful;
    uint256 public refused;
    uint256 public entered; // calls from within a transfer of shares
    uint256 internal plan;
    uint256 internal depth; // of calls within calls

    constructor(HookToken token, IVault vault, bool strict) {
        STRICT = strict;
        (TOKEN, VAULT) = (token, vault);
        uint64 nonce = vm.getNonce(address(this));
        address exchange = vm.computeCreateAddress(address(this), nonce + 1);
        ASSETS = IAssets(Shipped.deploy("Assets", abi.encode(vault, exchange, address(0xB0))));
        address referee = vm.computeCreateAddress(address(this), nonce + 5); // after its libraries
        EXCHANGE = IExchange(Shipped.deploy("Exchange", abi.encode(vault, ASSETS, referee)));
        string[] memory libraries = new string[](3);
        libraries[0] = "ChaCha20";
        libraries[1] = "Scores";
        libraries[2] = "Demands";
        bytes memory arguments = abi.encode(vault, EXCHANGE, address(0), address(0));
        REFEREE = IReferee(Shipped.deployLinked("Referee", libraries, arguments));
        require(address(EXCHANGE) == exchange && address(REFEREE) == referee, "not where predicted");
        _fund(token, address(this), address(ASSETS), 3 * BOND);
        _fund(token, BUYER, exchange, FUNDS);
        _fund(token, DONOR, address(this), FUNDS);
        holders.push(address(0x101));
        holders.push(address(0x102));
        holders.push(address(this));
        for (uint256 i = 0; i < 3; i++) {
            _list(i);
        }
        token.approve(address(VAULT), type(uint256).max);
    }

    function places() public pure override returns (string memory) {
        return string.concat(
            "ordered,settled,refunded,collected,four collected at once,reversed,bond slashed,reversed after the bond was gone,",
            "revised,unlisted,bond released,flushed,income paid,remainder carried,shares moved,two assets moved,one asset twice,",
            "called back for shares,called back by the token,called back within a call back"
        );
    }

    /* WHAT THE INVARIANTS READ */

    /// @notice Prices of the orders of an asset that were neither refunded nor collected, by the twin.
    function unpaid(uint256 which) external view returns (uint256 sum) {
        for (uint256 n = 0; n < orders.length; n++) {
            if (states[n] != State.PAID && orders[n].assetId == ids[which]) sum += orders[n].price;
        }
    }

    /// @notice What the chain must say of an order, by the twin.
    function stateOf(uint256 n) external view returns (bytes32 chain, bytes32 twin) {
        chain = EXCHANGE.stateOf(orderIds[n]);
        if (states[n] == State.PAID) return (chain, bytes32(uint256(1)));
        uint256 open = uint256(keccak256(abi.encode(orders[n]))) & ~uint256(type(uint40).max);
        twin = bytes32(states[n] == State.OPEN ? open : open | settledAt[n]);
    }

    /// @notice What the chain must say of a listing, by the twin.
    function termsHashOf(uint256 which) external view returns (bytes32 twin) {
        twin = keccak256(abi.encode(terms[which]));
        if (unlistedAt[which] != 0) twin = keccak256(abi.encode(twin, unlistedAt[which]));
        if (retired[which]) twin = bytes32(uint256(1));
    }

    function orderCount() external view returns (uint256) {
        return orders.length;
    }

    /* INTERNAL */

    function _takeAll(address who) internal {
        uint256 amount = VAULT.balanceOf(who);
        _judge(_call(who, address(VAULT), abi.encodeCall(IVault.withdraw, (amount, who))), true);
    }

    /// @dev Among valid actions: the next order in that state, if there is one.
    function _pick(uint256 n, State state) internal view returns (uint256) {
        n = n % orders.length;
        for (uint256 i = 0; STRICT && i < orders.length; i++) {
            uint256 m = (n + i) % orders.length;
            if (states[m] == state) return m;
        }
        return n;
    }

    /// @dev Up to `most` orders from the n-th on: any, or among valid actions those that can be collected.
    function _toCollect(uint256 n, uint256 most) internal view returns (uint256[] memory which) {
        which = new uint256[](most);
        uint256 found;
        for (uint256 i = 0; found < most && (i < orders.length || !STRICT); i++) {
            uint256 m = (n + i) % orders.length;
            if (!STRICT || _ripe(m)) which[found++] = m;
        }
        assembly ("memory-safe") {
            mstore(which, found)
        }
    }

    function _ripe(uint256 n) internal view returns (bool) {
        return states[n] == State.SETTLED && block.timestamp > settledAt[n] + DISPUTE;
    }

    function _pinned(uint256 n) internal view returns (AssetTerms memory pinned) {
        uint256 which = _indexOf(orders[n].assetId);
        pinned = terms[which];
        pinned.price = orders[n].price; // only the price is ever revised
    }

    function _indexOf(uint256 assetId) internal view returns (uint256) {
        return assetId == ids[0] ? 0 : assetId == ids[1] ? 1 : 2;
    }

    function _list(uint256 i) internal {
        Birth storage birth = births.push();
        birth.creator = address(this);
        if (i == 1) birth.parents.push(Parent(ids[0], 3333));
        if (i == 2) birth.parents.push(Parent(ids[0], 1501));
        if (i == 2) birth.parents.push(Parent(ids[1], 2999));
        Point memory point = _generator();
        files.push(_sealed(i));
        bytes32 root = files[i].contentRoot;
        terms.push(
            AssetTerms(address(this), 1, uint128(1_234_567 + i), BOND, SETTLE, DISPUTE, root, 0, point, point)
        );
        ids.push(ASSETS.list(0, terms[i], birth.parents));
        for (uint256 p = 0; p < birth.parents.length; p++) {
            parents[i].push(_indexOf(birth.parents[p].assetId));
            parentBps[i].push(birth.parents[p].bps);
            bps[i] += birth.parents[p].bps;
        }
        shares[i][2] = 10_000;
    }

    /// @dev Sealed under the key 1, whose point is the generator.
    function _sealed(uint256 i) private pure returns (Sealed.File memory file) {
        file = Sealed.seal(1, bytes32(i), "what was promised");
        if (i == 2) return file;
        file.plainHashes[0] = keccak256("something finer");
        Sealed.close(file);
    }

    function _generator() internal pure returns (Point memory) {
        return Point(0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798, 0);
    }

    function _fund(HookToken token, address who, address module, uint256 amount) internal {
        token.mint(who, amount);
        if (who != address(this)) vm.startPrank(who);
        token.approve(address(VAULT), amount);
        VAULT.deposit(amount);
        VAULT.approve(module, type(uint256).max);
        if (who != address(this)) vm.stopPrank();
    }

    function _judge(bool ok, bool lawful) internal {
        require(!STRICT || ok == lawful, "a valid action was refused, or another went through");
        if (ok && !lawful) unlawful += 1;
        if (!ok && lawful) refused += 1;
    }

    function _call(address from, address target, bytes memory data) internal returns (bool ok) {
        if (from != address(this)) vm.prank(from);
        (ok,) = target.call(data);
    }
}
