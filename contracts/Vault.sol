// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";

import {IVault, Payment} from "./interfaces/IVault.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";

/// @title Vault
/// @notice See {IVault}, which says what each function does and requires.
contract Vault is IVault, EIP712, Multicall, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /* IMMUTABLES */

    /// @inheritdoc IVault
    IERC20 public immutable TOKEN;

    /* STORAGE */

    bytes32 private constant APPROVAL_TYPEHASH =
        keccak256("Approval(address owner,address module,uint256 cap,uint256 nonce,uint256 deadline)");

    mapping(address owner => uint256 amount) private _free;
    mapping(address module => mapping(uint256 bucket => uint256 amount)) private _buckets;
    mapping(address owner => mapping(address module => uint256 cap)) private _caps;
    mapping(address owner => uint256 used) private _nonces;
    uint256 private _accounted;

    /* CONSTRUCTOR */

    constructor(IERC20 token) EIP712("Tessera Vault", "1") {
        TOKEN = token;
    }

    /* OWNERS' ACTIONS */

    /// @inheritdoc IVault
    function deposit(uint256 amount) external nonReentrant {
        _deposit(msg.sender, amount);
    }

    /// @inheritdoc IVault
    function depositWithPermit(address owner, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        external
        nonReentrant
    {
        // a permit that was used before him must not stop the owner; for others it is the owner's only consent
        try IERC20Permit(address(TOKEN)).permit(owner, address(this), amount, deadline, v, r, s) {}
        catch (bytes memory reason) {
            if (msg.sender != owner) _rethrow(reason);
        }
        _deposit(owner, amount);
    }

    /// @inheritdoc IVault
    function withdraw(uint256 amount, address to) external nonReentrant {
        // Checks
        require(to != address(this), Errors.Vault_ToItself(msg.sender));

        // Effects
        _take(msg.sender, amount);
        _accounted -= amount;
        emit Withdrawn(msg.sender, to, amount);

        // Interactions: exactly that must leave, or a token that takes more would take it from the others
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransfer(to, amount);
        uint256 left = TOKEN.balanceOf(address(this));
        require(left + amount == before, Errors.Vault_WrongAmountLeft(msg.sender, left, before - amount));
    }

    /// @inheritdoc IVault
    function approve(address module, uint256 cap) external {
        _approve(msg.sender, module, cap);
    }

    /// @inheritdoc IVault
    function approveWithSignature(
        address owner,
        address module,
        uint256 cap,
        uint256 deadline,
        bytes calldata signature
    ) external {
        // Checks
        require(block.timestamp <= deadline, Errors.Vault_SignatureExpired(owner, block.timestamp, deadline));
        bytes32 digest = _hashTypedDataV4(
            keccak256(abi.encode(APPROVAL_TYPEHASH, owner, module, cap, _nonces[owner]++, deadline))
        );
        (address signer,,) = ECDSA.tryRecover(digest, signature);
        require(signer == owner && owner != address(0), Errors.Vault_NotSigned(owner, signer));

        // Effects
        _approve(owner, module, cap);
    }

    /* MODULES' ACTIONS */

    /// @inheritdoc IVault
    function lock(uint256 bucket, address from, uint256 amount) external {
        // Effects
        _spend(from, amount);
        _buckets[msg.sender][bucket] += amount;
        emit Locked(msg.sender, bucket, from, amount);
    }

    /// @inheritdoc IVault
    function burnFrom(address from, uint256 amount) external {
        // Effects
        _spend(from, amount);
        emit FeeBurned(msg.sender, from, amount);
    }

    /// @inheritdoc IVault
    function pay(uint256 bucket, address to, uint256 amount) external {
        // Effects
        _draw(bucket, amount);
        _free[to] += amount;
        emit Paid(msg.sender, bucket, to, amount);
    }

    /// @inheritdoc IVault
    function payMany(uint256 bucket, Payment[] calldata payments) external {
        // Effects
        uint256 total;
        for (uint256 i = 0; i < payments.length; i++) {
            uint256 amount = payments[i].amount;
            if (amount == 0) continue;
            total += amount;
            _free[payments[i].to] += amount;
            emit Paid(msg.sender, bucket, payments[i].to, amount);
        }
        _draw(bucket, total);
    }

    /// @inheritdoc IVault
    function move(uint256 bucket, uint256 amount, address toModule, uint256 toBucket) external {
        // Effects
        _draw(bucket, amount);
        _buckets[toModule][toBucket] += amount;
        emit Moved(msg.sender, bucket, toModule, toBucket, amount);
    }

    /// @inheritdoc IVault
    function burn(uint256 bucket, uint256 amount) external {
        // Effects
        _draw(bucket, amount);
        emit Burned(msg.sender, bucket, amount);
    }

    /* VIEWS */

    /// @inheritdoc IVault
    function balanceOf(address owner) external view returns (uint256) {
        return _free[owner];
    }

    /// @inheritdoc IVault
    function bucketOf(address module, uint256 bucket) external view returns (uint256) {
        return _buckets[module][bucket];
    }

    /// @inheritdoc IVault
    function capOf(address owner, address module) external view returns (uint256) {
        return _caps[owner][module];
    }

    /// @inheritdoc IVault
    function nonceOf(address owner) external view returns (uint256) {
        return _nonces[owner];
    }

    /// @inheritdoc IVault
    function accounted() external view returns (uint256) {
        return _accounted;
    }

    /// @inheritdoc IVault
    function donated() external view returns (uint256) {
        return TOKEN.balanceOf(address(this)) - _accounted;
    }

    /* INTERNAL */

    function _deposit(address owner, uint256 amount) private {
        // Interactions first: only what arrived counts, and nothing below calls out
        uint256 before = TOKEN.balanceOf(address(this));
        TOKEN.safeTransferFrom(owner, address(this), amount);
        uint256 arrived = TOKEN.balanceOf(address(this)) - before;
        require(arrived == amount, Errors.Vault_WrongAmountArrived(owner, arrived, amount));

        // Effects
        _free[owner] += amount;
        _accounted += amount;
        emit Deposited(owner, amount);
    }

    function _approve(address owner, address module, uint256 cap) private {
        _caps[owner][module] = cap;
        emit ModuleApproved(owner, module, cap);
    }

    function _spend(address from, uint256 amount) private {
        uint256 cap = _caps[from][msg.sender];
        require(amount <= cap, Errors.Vault_NotApproved(from, msg.sender, cap, amount));
        if (cap != type(uint256).max) _caps[from][msg.sender] = cap - amount;
        _take(from, amount);
    }

    function _take(address from, uint256 amount) private {
        uint256 free = _free[from];
        require(amount <= free, Errors.Vault_TooLittle(from, free, amount));
        _free[from] = free - amount;
    }

    function _draw(uint256 bucket, uint256 amount) private {
        uint256 held = _buckets[msg.sender][bucket];
        require(amount <= held, Errors.Vault_BucketTooSmall(msg.sender, bucket, held, amount));
        _buckets[msg.sender][bucket] = held - amount;
    }

    function _rethrow(bytes memory reason) private pure {
        // the token's own words, unchanged; only memory that `reason` already occupies is read
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
