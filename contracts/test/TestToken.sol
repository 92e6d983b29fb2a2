// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @notice Play money of local chains, with ERC-2612 permits. Anybody can make as much as he likes.
contract TestToken is ERC20Permit {
    constructor() ERC20("Tessera Test Token", "TEST") ERC20Permit("Tessera Test Token") {}

    /// @notice Makes `amount` token base units (18 decimals) for `to`.
    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }
}
