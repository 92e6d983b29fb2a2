// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface Vm {
    function coinbase(address) external;
    function envBytes(string calldata, string calldata) external view returns (bytes[] memory);
    function envString(string calldata) external view returns (string memory);
    function envUint(string calldata, string calldata) external view returns (uint256[] memory);
    function getCode(string calldata) external view returns (bytes memory);
    function revertToState(uint256) external returns (bool);
    function snapshotState() external returns (uint256);
    function stopPrank() external;
    function toString(uint256) external view returns (string memory);
    function writeLine(string calldata, string calldata) external;
}

Vm constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

/// @notice Takes back what a test left switched on: pranks are kept by the depth of the call.
contract Cleaner {
    function clean() external {
        VM.stopPrank();
    }
}

/// @notice Runs all tests of one contract on one mutant after the other, and writes down the first that fails. Forge
///         gives each row of a table a fresh machine, so mutants can't disturb each other.
contract MutantDriver {
    bool public constant IS_TEST = true;
    uint256 internal constant MOST_GAS = 1 << 29; // for one test: what loops for ever ends

    function fixtureMutant() public view returns (uint256[] memory) {
        return VM.envUint("MUTANTS", ",");
    }

    function tableMutants(uint256 mutant) public {
        VM.coinbase(address(uint160(mutant)));
        VM.writeLine(VM.envString("ANSWERS"), string.concat(VM.toString(mutant), " ", _verdict()));
    }

    /// @notice Deploys the tests, or reverts.
    function make() external returns (address made) {
        bytes memory code = VM.getCode(VM.envString("ARTIFACT"));
        assembly ("memory-safe") {
            made := create(0, add(code, 32), mload(code))
        }
        require(made != address(0), "not deployed");
    }

    /// @dev The number of the test that failed, from 1; 0 if it could not even be set up; "passed" if all went well.
    function _verdict() private returns (string memory) {
        (bool ok, bytes memory answer) = address(this).call{gas: MOST_GAS}(abi.encodeCall(this.make, ()));
        if (!ok) return "0";
        address tests = abi.decode(answer, (address));
        bytes[] memory calls = VM.envBytes("TESTS", ","); // the first sets up, or is empty
        if (calls[0].length != 1) (ok,) = tests.call{gas: MOST_GAS}(calls[0]);
        if (!ok) return "0";
        Cleaner cleaner = new Cleaner();
        cleaner.clean();
        for (uint256 i = 1; i < calls.length; i++) {
            uint256 before = VM.snapshotState();
            (ok,) = tests.call{gas: MOST_GAS}(calls[i]);
            if (!ok) return VM.toString(i);
            cleaner.clean();
            VM.revertToState(before);
        }
        return "passed";
    }
}
