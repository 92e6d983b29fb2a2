// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1155} from "@openzeppelin/contracts/token/ERC1155/ERC1155.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {IAssets} from "./interfaces/IAssets.sol";
import {IVault} from "./interfaces/IVault.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {KeyEquation} from "./libraries/KeyEquation.sol";
import {AssetTerms, Birth, Income, Lineage, Parent} from "./types/Asset.sol";
import {Point} from "./types/Point.sol";

/// @title Assets
/// @notice See {IAssets}, which says what each function does and requires.
contract Assets is IAssets, ERC1155 {
    using SafeCast for uint256;

    /* IMMUTABLES */

    IVault public immutable VAULT;
    address public immutable EXCHANGE;
    address public immutable BOUNTIES;

    uint256 public constant SHARES = 10_000; // of every asset
    uint256 public constant MAX_PARENTS = 16;
    uint256 public constant FULL_BPS = 10_000; // 100 %
    uint256 public constant MIN_WINDOW = 10 minutes;
    uint256 public constant MAX_WINDOW = 30 days;
    uint256 public constant CHALLENGER_PART = 4; // a challenger gets a quarter of a slash
    uint8 public constant MAX_KIND = 2; // 1 dataset, 2 model

    /* STORAGE */

    bytes32 private constant RETIRED = bytes32(uint256(1));

    mapping(uint256 assetId => bytes32 termsHash) private _terms;
    mapping(uint256 assetId => bytes32 recordHash) private _records;
    mapping(uint256 assetId => Income income) private _income;
    mapping(uint256 assetId => Lineage lineage) private _lineages;
    mapping(uint256 assetId => mapping(address holder => uint256 perShare)) private _paid;

    /* CONSTRUCTOR */

    constructor(IVault vault, address exchange, address bounties) ERC1155("") {
        VAULT = vault;
        EXCHANGE = exchange;
        BOUNTIES = bounties;
    }

    /* SELLERS' ACTIONS */

    /// @inheritdoc IAssets
    function list(bytes32 salt, AssetTerms calldata terms, Parent[] calldata parents)
        external
        returns (uint256 assetId)
    {
        // Checks
        assetId = _idOf(msg.sender, address(0), salt, parents);
        require(_terms[assetId] == 0, Errors.Assets_Exists(assetId));
        uint256 bps = _checkParents(parents);

        // Effects
        emit AssetListed(assetId, msg.sender, salt, terms, parents);
        _create(assetId, terms, bps);
    }

    /// @inheritdoc IAssets
    function activate(uint256 assetId, Birth calldata birth, AssetTerms calldata terms, bytes32 attestation) external {
        // Checks
        _requireBirth(assetId, birth);
        require(birth.creator == msg.sender, Errors.Assets_NotSeller(assetId, msg.sender, birth.creator));
        bytes32 got = keccak256(abi.encode(_hash(terms), attestation));
        require(got == _records[assetId], Errors.Assets_NotRecorded(assetId, got, _records[assetId]));
        uint256 bps = _checkParents(birth.parents);

        // Effects
        delete _records[assetId];
        emit AssetActivated(assetId, msg.sender, terms, attestation);
        _create(assetId, terms, bps);
    }

    /// @inheritdoc IAssets
    function revise(uint256 assetId, AssetTerms calldata current, AssetTerms calldata next) external {
        // Checks
        _requireTerms(assetId, _hash(current));
        _requireSeller(assetId, current.seller);
        require(
            next.seller == current.seller && next.kind == current.kind && next.bond == current.bond
                && next.settleWindow == current.settleWindow && next.disputeWindow == current.disputeWindow,
            Errors.Assets_Fixed(assetId)
        );
        bool sameKey = next.key.x == current.key.x;
        require(sameKey == (next.contentRoot == current.contentRoot), Errors.Assets_KeyReused(assetId));
        _checkPoint(next.key);
        _checkPoint(next.seal);

        // Effects
        _terms[assetId] = _hash(next);
        emit AssetRevised(assetId, msg.sender, next);
    }

    /// @inheritdoc IAssets
    function unlist(uint256 assetId, AssetTerms calldata terms) external {
        // Checks
        bytes32 termsHash = _hash(terms);
        _requireTerms(assetId, termsHash);
        _requireSeller(assetId, terms.seller);

        // Effects
        _terms[assetId] = _unlisted(termsHash, block.timestamp);
        emit AssetUnlisted(assetId, msg.sender, block.timestamp);
    }

    /* ANYBODY'S ACTIONS */

    /// @inheritdoc IAssets
    function releaseBond(uint256 assetId, AssetTerms calldata terms, uint256 unlistedAt) external {
        // Checks
        _requireTerms(assetId, _unlisted(_hash(terms), unlistedAt));
        uint256 free = unlistedAt + terms.settleWindow + terms.disputeWindow;
        require(block.timestamp > free, Errors.Assets_BondLocked(assetId, block.timestamp, free));

        // Effects
        _terms[assetId] = RETIRED;
        emit BondReleased(assetId, terms.seller, terms.bond);

        // Interactions
        VAULT.pay(uint160(terms.seller), terms.seller, terms.bond); // a seller's bucket is his address
    }

    /// @inheritdoc IAssets
    function flush(uint256 assetId, Birth calldata birth) external {
        // Checks
        _requireBirth(assetId, birth);
        _count(assetId);
        Lineage storage lineage = _lineages[assetId];
        uint256 unit = lineage.bps == 0 ? 0 : lineage.due / lineage.bps; // rounds down, the rest stays due
        uint256 amount = unit * lineage.bps;

        // Effects
        lineage.due -= amount.toUint128();
        emit IncomeFlushed(assetId, amount);

        // Interactions
        if (unit == 0) return;
        for (uint256 i = 0; i < birth.parents.length; i++) {
            VAULT.move(assetId, unit * birth.parents[i].bps, address(this), birth.parents[i].assetId);
        }
    }

    /// @inheritdoc IAssets
    function claim(uint256 assetId, address holder) external {
        _count(assetId);
        _settle(assetId, holder);
    }

    /* MODULES' ACTIONS */

    /// @inheritdoc IAssets
    function record(
        address creator,
        bytes32 salt,
        bytes32 listingHash,
        bytes32 attestation,
        Parent[] calldata parents
    ) external {
        // Checks
        require(msg.sender == BOUNTIES, Errors.Assets_NotModule(msg.sender, BOUNTIES));

        // Effects
        uint256 assetId = _idOf(creator, msg.sender, salt, parents);
        _records[assetId] = keccak256(abi.encode(listingHash, attestation));
        emit AssetRecorded(assetId, creator, salt, listingHash, attestation, parents);
    }

    /// @inheritdoc IAssets
    function slashBond(uint256 assetId, AssetTerms calldata terms, address challenger) external {
        // Checks
        require(msg.sender == EXCHANGE, Errors.Assets_NotModule(msg.sender, EXCHANGE));
        if (_terms[assetId] == RETIRED) return;

        // Effects
        _terms[assetId] = RETIRED;
        uint256 reward = terms.bond / CHALLENGER_PART;
        emit BondSlashed(assetId, terms.seller, challenger, reward);

        // Interactions
        VAULT.pay(uint160(terms.seller), challenger, reward); // a seller's bucket is his address
        VAULT.burn(uint160(terms.seller), terms.bond - reward); // likewise
    }

    /* VIEWS */

    /// @inheritdoc IAssets
    function termsHashOf(uint256 assetId) external view returns (bytes32) {
        return _terms[assetId];
    }

    /// @inheritdoc IAssets
    function recordOf(uint256 assetId) external view returns (bytes32) {
        return _records[assetId];
    }

    /// @inheritdoc IAssets
    function claimable(uint256 assetId, address holder) external view returns (uint256) {
        (Income memory income,,,) = _counted(assetId);
        return balanceOf(holder, assetId) * (income.perShare - _paid[assetId][holder]);
    }

    /// @inheritdoc IAssets
    function flushable(uint256 assetId) external view returns (uint256) {
        (, Lineage memory lineage,,) = _counted(assetId);
        return lineage.bps == 0 ? 0 : (lineage.due / lineage.bps) * lineage.bps;
    }

    /// @inheritdoc IAssets
    function assetIdOf(Birth calldata birth) external view returns (uint256) {
        return _idOf(birth.creator, birth.origin, birth.salt, birth.parents);
    }

    /* INTERNAL */

    /// @dev Before shares move, both sides are paid what they earned so far. Minting, which happens once and before any
    ///      income is counted, needs no settling, and never calls the receiver.
    function _update(address from, address to, uint256[] memory ids, uint256[] memory values) internal override {
        if (from != address(0)) {
            for (uint256 i = 0; i < ids.length; i++) {
                _count(ids[i]);
                _settle(ids[i], from);
                _settle(ids[i], to);
            }
        }
        super._update(from, to, ids, values);
    }

    function _create(uint256 assetId, AssetTerms calldata terms, uint256 bps) private {
        // Checks
        _requireSeller(assetId, terms.seller);
        require(terms.kind >= 1 && terms.kind <= MAX_KIND, Errors.Assets_BadKind(terms.kind, MAX_KIND));
        _checkWindow(terms.settleWindow);
        _checkWindow(terms.disputeWindow);
        _checkPoint(terms.key);
        _checkPoint(terms.seal);

        // Effects
        _terms[assetId] = _hash(terms);
        // at most 10,000, checked by the caller
        if (bps != 0) _lineages[assetId].bps = uint16(bps);
        uint256[] memory ids = new uint256[](1);
        uint256[] memory values = new uint256[](1);
        ids[0] = assetId;
        values[0] = SHARES;
        _update(address(0), msg.sender, ids, values);

        // Interactions
        if (terms.bond != 0) VAULT.lock(uint160(msg.sender), msg.sender, terms.bond); // a seller's bucket is his address
    }

    /// @dev The state of income as of now, and what is new in it.
    function _counted(uint256 assetId)
        private
        view
        returns (Income memory income, Lineage memory lineage, uint256 toHolders, uint256 toParents)
    {
        income = _income[assetId];
        lineage = _lineages[assetId];
        uint256 fresh = VAULT.bucketOf(address(this), assetId) - income.held - lineage.due - lineage.remainder;
        toParents = (fresh * lineage.bps) / FULL_BPS; // rounds down, in favour of the holders
        uint256 rest = fresh - toParents + lineage.remainder;
        uint256 each = rest / SHARES;
        toHolders = each * SHARES;
        // without parents, what is left over is simply counted again next time
        if (lineage.bps != 0) lineage.remainder = uint16(rest - toHolders); // below 10,000
        lineage.due += toParents.toUint128();
        income.perShare += each.toUint128();
        income.held += toHolders.toUint128();
    }

    function _count(uint256 assetId) private {
        (Income memory income, Lineage memory lineage, uint256 toHolders, uint256 toParents) = _counted(assetId);
        if (toHolders == 0 && toParents == 0) return;
        _income[assetId] = income;
        if (lineage.bps != 0) _lineages[assetId] = lineage;
        emit IncomeCounted(assetId, toHolders, toParents);
    }

    function _settle(uint256 assetId, address holder) private {
        uint256 perShare = _income[assetId].perShare;
        uint256 paid = _paid[assetId][holder];
        if (perShare == paid) return;
        uint256 amount = balanceOf(holder, assetId) * (perShare - paid);
        _paid[assetId][holder] = perShare;
        if (amount == 0) return;
        _income[assetId].held -= amount.toUint128();
        emit IncomePaid(assetId, holder, amount);
        VAULT.pay(assetId, holder, amount);
    }

    function _checkParents(Parent[] calldata parents) private view returns (uint256 bps) {
        require(parents.length <= MAX_PARENTS, Errors.Assets_TooManyParents(parents.length, MAX_PARENTS));
        for (uint256 i = 0; i < parents.length; i++) {
            require(_terms[parents[i].assetId] != 0, Errors.Assets_NoParent(parents[i].assetId));
            require(parents[i].bps != 0, Errors.Assets_BadBps(0, 1));
            bps += parents[i].bps;
        }
        require(bps <= FULL_BPS, Errors.Assets_BadBps(bps, FULL_BPS));
    }

    function _checkPoint(Point calldata point) private pure {
        require(KeyEquation.ofPoint(point) != address(0), Errors.Assets_BadPoint(point.x, point.parity));
    }

    function _checkWindow(uint256 window) private pure {
        require(
            window >= MIN_WINDOW && window <= MAX_WINDOW, Errors.Assets_BadWindow(window, MIN_WINDOW, MAX_WINDOW)
        );
    }

    function _requireTerms(uint256 assetId, bytes32 got) private view {
        require(got == _terms[assetId], Errors.Assets_NotTerms(assetId, got, _terms[assetId]));
    }

    function _requireSeller(uint256 assetId, address seller) private view {
        require(msg.sender == seller, Errors.Assets_NotSeller(assetId, msg.sender, seller));
    }

    function _requireBirth(uint256 assetId, Birth calldata birth) private view {
        uint256 got = _idOf(birth.creator, birth.origin, birth.salt, birth.parents);
        require(got == assetId, Errors.Assets_NotBirth(assetId, got));
    }

    function _idOf(address creator, address origin, bytes32 salt, Parent[] calldata parents)
        private
        view
        returns (uint256)
    {
        return uint256(keccak256(abi.encode(block.chainid, address(this), creator, origin, salt, parents)));
    }

    function _hash(AssetTerms calldata terms) private pure returns (bytes32) {
        return keccak256(abi.encode(terms));
    }

    function _unlisted(bytes32 termsHash, uint256 at) private pure returns (bytes32) {
        return keccak256(abi.encode(termsHash, at));
    }
}
