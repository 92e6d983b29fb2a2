// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ITokenHook} from "./HookToken.sol";

/// @notice A token that can be as bad as tokens are, now one way, now another.
contract HostileCoin {
    enum Manner {
        HONEST,
        SILENT, // moves, and returns nothing
        REENTERS, // moves, and calls its hook
        BLOCKS, // refuses one account, whether it sends or receives
        FEE, // the receiver gets a hundredth less
        FEE_ON_TOP, // the sender pays a hundredth more
        GENEROUS, // the receiver gets a hundredth more
        REFUSES, // moves nothing and answers false
        REVERTS, // without a reason
        PRETENDS, // moves nothing and answers true
        MUMBLES // moves, and answers 2
    }

    uint256 public constant MANNERS = 11;
    Manner public manner;
    address public blocked;
    ITokenHook public hook;
    uint256 public totalSupply;
    mapping(address who => uint256) public balanceOf;
    mapping(address who => mapping(address spender => uint256)) public allowance;

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
        totalSupply += amount;
    }

    function behave(Manner manner_, address blocked_) external {
        (manner, blocked) = (manner_, blocked_);
    }

    function setHook(ITokenHook hook_) external {
        hook = hook_;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external {
        _answer(_move(msg.sender, to, amount));
    }

    function transferFrom(address from, address to, uint256 amount) external {
        allowance[from][msg.sender] -= amount;
        _answer(_move(from, to, amount));
    }

    function _move(address from, address to, uint256 amount) private returns (bool) {
        if (manner == Manner.REFUSES) return false;
        if (manner == Manner.PRETENDS) return true;
        // solhint-disable-next-line reason-string
        if (manner == Manner.REVERTS) revert();
        require(manner != Manner.BLOCKS || (from != blocked && to != blocked), "blocked");
        uint256 part = amount / 100;
        balanceOf[from] -= manner == Manner.FEE_ON_TOP ? amount + part : amount;
        balanceOf[to] += manner == Manner.FEE ? amount - part : manner == Manner.GENEROUS ? amount + part : amount;
        if (manner == Manner.REENTERS) hook.onMoved();
        return true;
    }

    function _answer(bool ok) private view {
        uint256 word = manner == Manner.MUMBLES ? 2 : ok ? 1 : 0;
        uint256 length = manner == Manner.SILENT ? 0 : 32;
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, length)
        }
    }
}
