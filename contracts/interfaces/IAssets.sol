// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AssetTerms, Birth, Parent} from "../types/Asset.sol";

/// @notice What is listed, who shares in it, and whom its income belongs to.
/// @dev An asset is an ERC-1155 id with 10,000 shares. Income is what modules move into the Vault's bucket
///      (this contract, asset id). It belongs to whoever holds a share when it is first counted, which every transfer does.
///      The bonds of one seller lie in the bucket (this contract, seller).
interface IAssets {
    /// @notice Emitted when an asset was listed.
    event AssetListed(uint256 indexed assetId, address indexed seller, bytes32 salt, AssetTerms terms, Parent[] parents);
    /// @notice Emitted when a contest's winner was recorded; its maker may activate it.
    event AssetRecorded(
        uint256 indexed assetId,
        address indexed creator,
        bytes32 salt,
        bytes32 listingHash,
        bytes32 attestation,
        Parent[] parents
    );
    /// @notice Emitted when a recorded model was listed by its maker.
    event AssetActivated(uint256 indexed assetId, address indexed seller, AssetTerms terms, bytes32 attestation);
    /// @notice Emitted when price, manifest or artifact of a listed asset changed.
    event AssetRevised(uint256 indexed assetId, address indexed seller, AssetTerms terms);
    /// @notice Emitted when an asset stopped taking orders.
    event AssetUnlisted(uint256 indexed assetId, address indexed seller, uint256 at);
    /// @notice Emitted when the bond went back; the asset can't be listed again.
    event BondReleased(uint256 indexed assetId, address indexed seller, uint256 amount);
    /// @notice Emitted when a wrong file cost the seller his bond; the asset can't be listed again.
    event BondSlashed(uint256 indexed assetId, address indexed seller, address indexed challenger, uint256 reward);
    /// @notice Emitted when income was counted.
    event IncomeCounted(uint256 indexed assetId, uint256 toHolders, uint256 toParents);
    /// @notice Emitted when a holder was paid.
    event IncomePaid(uint256 indexed assetId, address indexed holder, uint256 amount);
    /// @notice Emitted when the parents' part went up.
    event IncomeFlushed(uint256 indexed assetId, uint256 amount);

    /// @notice Lists an asset and gives its 10,000 shares to the caller.
    ///
    /// Requirements:
    /// - the caller is the seller, and has approved this contract at the Vault for the bond;
    /// - both points are on the curve, windows within bounds;
    /// - every parent was listed before; together they get at most 10,000 basis points.
    ///
    /// Emits {AssetListed}.
    /// @return assetId {assetIdOf} of the caller, origin zero, salt and parents.
    function list(bytes32 salt, AssetTerms calldata terms, Parent[] calldata parents)
        external
        returns (uint256 assetId);

    /// @notice Records the winner of a contest. Only the contest's contract may call it. Never reverts on what a maker chose.
    ///
    /// Emits {AssetRecorded}.
    function record(
        address creator,
        bytes32 salt,
        bytes32 listingHash,
        bytes32 attestation,
        Parent[] calldata parents
    ) external;

    /// @notice Lists a recorded model under the terms that its submission promised.
    ///
    /// Emits {AssetActivated}.
    function activate(uint256 assetId, Birth calldata birth, AssetTerms calldata terms, bytes32 attestation) external;

    /// @notice Changes price, manifest, or artifact and key together. Orders that exist keep what their buyers saw.
    ///
    /// Emits {AssetRevised}.
    function revise(uint256 assetId, AssetTerms calldata current, AssetTerms calldata next) external;

    /// @notice Stops taking orders.
    ///
    /// Emits {AssetUnlisted}.
    function unlist(uint256 assetId, AssetTerms calldata terms) external;

    /// @notice Gives the bond of an unlisted asset back, when no order can be disputed any more. Anybody may call it.
    ///
    /// Emits {BondReleased}.
    function releaseBond(uint256 assetId, AssetTerms calldata terms, uint256 unlistedAt) external;

    /// @notice Takes the bond: a quarter for the challenger, the rest is burned. Only the Exchange may call it.
    /// @dev Does nothing if the bond is gone, so that a refund never depends on it. The Exchange vouches for `terms`: they
    ///      are those of an order of this asset, older than the current ones maybe, but seller and bond never change. So
    ///      a seller can't get in between by revising or unlisting.
    ///
    /// Emits {BondSlashed}.
    function slashBond(uint256 assetId, AssetTerms calldata terms, address challenger) external;

    /// @notice Counts income, and moves the parents' part into their buckets. Anybody may call it.
    ///
    /// Emits {IncomeFlushed}.
    function flush(uint256 assetId, Birth calldata birth) external;

    /// @notice Counts income, and credits `holder` at the Vault. Anybody may call it.
    ///
    /// Emits {IncomePaid}.
    function claim(uint256 assetId, address holder) external;

    /// @notice Hash of the current terms; of terms and time when unlisted; 1 when retired; 0 if there is no such asset.
    function termsHashOf(uint256 assetId) external view returns (bytes32);

    /// @notice Hash of listing hash and attestation of a recorded model that waits for its maker.
    function recordOf(uint256 assetId) external view returns (bytes32);

    /// @notice What `holder` would get from {claim} now, in token base units.
    function claimable(uint256 assetId, address holder) external view returns (uint256);

    /// @notice What {flush} would move up now, in token base units.
    function flushable(uint256 assetId) external view returns (uint256);

    /// @notice The id of an asset: the hash of chain, contract and birth.
    function assetIdOf(Birth calldata birth) external view returns (uint256);
}
