// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ERC1155Holder} from "@openzeppelin/contracts/token/ERC1155/utils/ERC1155Holder.sol";

/// @notice A contract that holds shares, for tests: it makes `call` to the sender's contract when it receives some.
contract ShareReceiver is ERC1155Holder {
    bytes public call;
    bool public succeeded;

    function answerWith(bytes calldata call_) external {
        call = call_;
    }

    function onERC1155Received(address, address, uint256, uint256, bytes memory)
        public
        override
        returns (bytes4)
    {
        // solhint-disable-next-line avoid-low-level-calls
        if (call.length != 0) (succeeded,) = msg.sender.call(call);
        return this.onERC1155Received.selector;
    }
}
