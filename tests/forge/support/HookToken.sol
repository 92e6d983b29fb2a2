// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

interface ITokenHook {
    function onMoved() external;
}

/// @notice A token that calls its hook after every transfer and permit, and takes a fee of one unit when it is told to.
contract HookToken is ERC20Permit {
    ITokenHook public hook;
    uint256 public fee; // token base units a transfer

    constructor() ERC20("Hook", "HOOK") ERC20Permit("Hook") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function setHook(ITokenHook hook_) external {
        hook = hook_;
    }

    function setFee(uint256 fee_) external {
        fee = fee_;
    }

    function permit(address owner, address spender, uint256 value, uint256 deadline, uint8 v, bytes32 r, bytes32 s)
        public
        override
    {
        super.permit(owner, spender, value, deadline, v, r, s);
        if (address(hook) != address(0)) hook.onMoved();
    }

    function _update(address from, address to, uint256 value) internal override {
        if (from != address(0) && to != address(0) && value > fee && fee != 0) {
            super._update(from, address(0xFEE), fee);
            value -= fee;
        }
        super._update(from, to, value);
        if (from != address(0) && address(hook) != address(0)) hook.onMoved();
    }
}
