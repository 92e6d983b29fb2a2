// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";

/// @notice One credit out of a bucket.
struct Payment {
    address to;
    uint256 amount; // token base units
}

/// @notice The only holder of tokens. Modules lock, by their users' consent, and pay out of their own buckets.
/// @dev Warning: the token must not rebase, which can't be seen from here. Tokens that take a fee are refused.
///      Amounts are in token base units. No function but {deposit}, {depositWithPermit} and {withdraw} calls foreign code.
///      Always: balance of the token >= free balances + buckets + what was burned.
interface IVault {
    /// @notice Emitted when `owner` put in `amount`.
    event Deposited(address indexed owner, uint256 amount);
    /// @notice Emitted when `owner` took out `amount`, to `to`.
    event Withdrawn(address indexed owner, address indexed to, uint256 amount);
    /// @notice Emitted when `owner` let `module` lock up to `cap` (all ones: without limit).
    event ModuleApproved(address indexed owner, address indexed module, uint256 cap);
    /// @notice Emitted when money of `from` went into a bucket.
    event Locked(address indexed module, uint256 indexed bucket, address indexed from, uint256 amount);
    /// @notice Emitted when money of a bucket went to the free balance of `to`.
    event Paid(address indexed module, uint256 indexed bucket, address indexed to, uint256 amount);
    /// @notice Emitted when money went from one bucket to another.
    event Moved(
        address indexed module, uint256 indexed bucket, address indexed toModule, uint256 toBucket, uint256 amount
    );
    /// @notice Emitted when money of a bucket was put out of anybody's reach, for ever.
    event Burned(address indexed module, uint256 indexed bucket, uint256 amount);
    /// @notice Emitted when money of `from` was put out of anybody's reach, for ever.
    event FeeBurned(address indexed module, address indexed from, uint256 amount);

    /// @notice Puts `amount` of the caller's tokens into his free balance.
    ///
    /// Requirements:
    /// - the caller has approved the Vault at the token;
    /// - the token moves exactly `amount`.
    ///
    /// Emits {Deposited}.
    function deposit(uint256 amount) external;

    /// @notice The same for `owner`, with his ERC-2612 permit; anybody may send it.
    /// @dev The permit must go through, unless the owner himself calls (somebody may have used his permit before him).
    ///
    /// Emits {Deposited}.
    function depositWithPermit(address owner, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s) external;

    /// @notice Takes `amount` out of the caller's free balance, to `to`.
    ///
    /// Requirements:
    /// - `to` is not the Vault, where they would be nobody's;
    /// - the token takes exactly `amount` from the Vault.
    ///
    /// Emits {Withdrawn}.
    function withdraw(uint256 amount, address to) external;

    /// @notice Lets `module` lock up to `cap` of the caller's money. All ones: without limit. Zero: no more.
    ///
    /// Emits {ModuleApproved}.
    function approve(address module, uint256 cap) external;

    /// @notice The same with the owner's EIP-712 signature; anybody may send it, for instance with the deposit by {multicall}.
    ///
    /// Emits {ModuleApproved}.
    function approveWithSignature(address owner, address module, uint256 cap, uint256 deadline, bytes calldata signature)
        external;

    /// @notice Moves `amount` of `from` into the caller's bucket `bucket`.
    ///
    /// Requirements:
    /// - `from` has approved the caller for as much, and has as much.
    ///
    /// Emits {Locked}.
    function lock(uint256 bucket, address from, uint256 amount) external;

    /// @notice Burns `amount` of `from` at once, under the same conditions as {lock}.
    ///
    /// Emits {FeeBurned}.
    function burnFrom(address from, uint256 amount) external;

    /// @notice Credits `amount` of the caller's bucket to the free balance of `to`.
    ///
    /// Emits {Paid}.
    function pay(uint256 bucket, address to, uint256 amount) external;

    /// @notice Credits several at once; amounts of zero are passed over.
    ///
    /// Emits {Paid} for each.
    function payMany(uint256 bucket, Payment[] calldata payments) external;

    /// @notice Moves `amount` of the caller's bucket to a bucket of another module.
    ///
    /// Emits {Moved}.
    function move(uint256 bucket, uint256 amount, address toModule, uint256 toBucket) external;

    /// @notice Puts `amount` of the caller's bucket out of anybody's reach.
    ///
    /// Emits {Burned}.
    function burn(uint256 bucket, uint256 amount) external;

    /// @notice The one token of this Vault.
    function TOKEN() external view returns (IERC20);

    /// @notice Free balance of `owner`, in token base units.
    function balanceOf(address owner) external view returns (uint256);

    /// @notice What the bucket `bucket` of `module` holds, in token base units.
    function bucketOf(address module, uint256 bucket) external view returns (uint256);

    /// @notice How much more of `owner`'s money `module` may lock.
    function capOf(address owner, address module) external view returns (uint256);

    /// @notice Number of signed approvals of `owner` that were used; part of the next one.
    function nonceOf(address owner) external view returns (uint256);

    /// @notice Tokens that came in through deposits and did not leave, burned ones included.
    function accounted() external view returns (uint256);

    /// @notice Tokens that somebody sent here without a deposit. Nobody can move them.
    function donated() external view returns (uint256);
}
