// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";

/// @notice A token that cheats, for tests: it takes a fee, answers falsely, moves nothing, or calls back.
contract HostileToken is ERC20 {
    enum Manner {
        HONEST,
        FEE, // burns a hundredth of every transfer
        REFUSES, // answers false and moves nothing
        PRETENDS, // answers true and moves nothing
        REENTERS // makes `call` to `target` in the middle of a transfer
    }

    Manner public manner;
    address public target;
    bytes public call;
    bool public succeeded;
    bytes public answer;

    constructor() ERC20("Hostile Token", "HOST") {}

    function mint(address to, uint256 amount) external {
        _mint(to, amount);
    }

    function behave(Manner manner_, address target_, bytes calldata call_) external {
        (manner, target, call) = (manner_, target_, call_);
    }

    function transfer(address to, uint256 amount) public override returns (bool) {
        if (manner == Manner.REFUSES) return false;
        if (manner == Manner.PRETENDS) return true;
        _callBack();
        super.transfer(to, amount);
        return _takeFee(to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) public override returns (bool) {
        if (manner == Manner.REFUSES) return false;
        if (manner == Manner.PRETENDS) return true;
        _callBack();
        super.transferFrom(from, to, amount);
        return _takeFee(to, amount);
    }

    function _takeFee(address from, uint256 amount) private returns (bool) {
        if (manner == Manner.FEE) _burn(from, amount / 100);
        return true;
    }

    function _callBack() private {
        // solhint-disable-next-line avoid-low-level-calls
        if (manner == Manner.REENTERS) (succeeded, answer) = target.call(call);
    }
}
