// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The stream cipher ChaCha20 of RFC 8439, seven blocks at a time.
/// @dev A block's state is sixteen words of 32 bits, and all blocks go through the same steps. So a word of the EVM holds the
///      same word of seven blocks, each in a lane of 36 bits: one addition adds in all seven. The four bits above each word
///      take the carries, and are cleared before they overflow (see {_rounds}).
///
///      Linked, and called from outside only: so it runs in memory of its own, which it lays out by fixed addresses, and
///      gives back by {_given}. Its assembly is not memory-safe and must not say so: then the compiler keeps nothing there.
///
///      address       32-byte words   what
///      0x80          16              the states that the rounds work on
///      0x280         16              the states as they were before the rounds
///      0x480                         ABI encoding of the output: offset, length, bytes
library ChaCha20 {
    uint256 private constant STATE = 0x80;
    uint256 private constant START = 0x280;
    uint256 private constant OUTPUT = 0x480;
    uint256 private constant BLOCK_BYTES = 64;
    uint256 private constant LANE_BITS = 36;
    uint256 private constant LANES_BITS = 252; // of all seven

    // Of each lane: the lowest bit, the number of the lane, seven, the word without its carries.
    uint256 private constant ONES = 0x1000000001000000001000000001000000001000000001000000001;
    uint256 private constant COUNT = 0x6000000005000000004000000003000000002000000001000000000;
    uint256 private constant SEVENS = 0x7000000007000000007000000007000000007000000007000000007;
    uint256 private constant WORDS = 0xffffffff0ffffffff0ffffffff0ffffffff0ffffffff0ffffffff0ffffffff;

    uint256 private constant ALL = 0xffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff;

    // Of each lane's word: all but the lowest 16, 12, 8, 7 bits; and these.
    uint256 private constant HIGH_16 = 0xffff00000ffff00000ffff00000ffff00000ffff00000ffff00000ffff0000;
    uint256 private constant HIGH_12 = 0xfffff0000fffff0000fffff0000fffff0000fffff0000fffff0000fffff000;
    uint256 private constant HIGH_8 = 0xffffff000ffffff000ffffff000ffffff000ffffff000ffffff000ffffff00;
    uint256 private constant HIGH_7 = 0xffffff800ffffff800ffffff800ffffff800ffffff800ffffff800ffffff80;
    uint256 private constant LOW_16 = 0xffff00000ffff00000ffff00000ffff00000ffff00000ffff00000ffff;
    uint256 private constant LOW_12 = 0xfff000000fff000000fff000000fff000000fff000000fff000000fff;
    uint256 private constant LOW_8 = 0xff0000000ff0000000ff0000000ff0000000ff0000000ff0000000ff;
    uint256 private constant LOW_7 = 0x7f00000007f00000007f00000007f00000007f00000007f00000007f;

    // Of 32 bytes: every second byte, every second pair of bytes.
    uint256 private constant LOW_BYTES = 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
    uint256 private constant LOW_PAIRS = 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;

    /// @notice Encrypts or decrypts, which is the same.
    /// @param key 32 bytes.
    /// @param nonce 12 bytes.
    /// @param counter Number of the first block; with those that follow it stays below 2^32.
    function crypt(bytes32 key, bytes12 nonce, uint32 counter, bytes calldata data)
        external
        pure
        returns (bytes memory)
    {
        _start(_swapped(uint256(key)), _swapped(uint256(bytes32(nonce))), counter);
        uint256 from;
        // nothing is allocated: the output's place is fixed
        assembly {
            from := data.offset
        }
        // places in memory and calldata, far below 2^256
        unchecked {
            uint256 to = OUTPUT + 64;
            uint256 end = to + data.length;
            while (to < end) {
                _rounds();
                for (uint256 shift = 0; shift < LANES_BITS && to < end; shift += LANE_BITS) {
                    // the last block may write past the end: nothing lies there
                    _write(to, from, STATE, shift);
                    _write(to + 32, from + 32, STATE + 256, shift);
                    to += BLOCK_BYTES;
                    from += BLOCK_BYTES;
                }
                _put(START + 384, _at(START + 384) + SEVENS);
            }
        }
        _given(data.length);
    }

    /// @dev The states before the rounds: constants, key, counter, nonce (RFC 8439, section 2.3), each in all lanes.
    ///      Words are little-endian: `key` and `nonce` come with the bytes of each of their words swapped.
    function _start(uint256 key, uint256 nonce, uint256 counter) private pure {
        // words below 2^32 times ones: each fits its lane
        unchecked {
            _put(START, 0x61707865 * ONES); // "expand 32-byte k"
            _put(START + 32, 0x3320646e * ONES);
            _put(START + 64, 0x79622d32 * ONES);
            _put(START + 96, 0x6b206574 * ONES);
            for (uint256 i = 0; i < 8; i++) {
                _put(START + 128 + 32 * i, ((key >> (224 - 32 * i)) & 0xffffffff) * ONES);
            }
            _put(START + 384, counter * ONES + COUNT);
            for (uint256 i = 0; i < 3; i++) {
                _put(START + 416 + 32 * i, ((nonce >> (224 - 32 * i)) & 0xffffffff) * ONES);
            }
        }
    }

    /// @dev Twenty rounds, columns and diagonals by turns, on a copy of the states; then the states are added.
    ///      A word of the first or third row takes up to four additions of 32 bits before its carries are cleared: they
    ///      reach its 35th bit at most. Those of the other rows are cleared by each rotation.
    function _rounds() private pure {
        // see above
        unchecked {
            // STATE and START have 512 bytes each
            assembly {
                mcopy(STATE, START, 512)
            }
            for (uint256 i = 0; i < 10; i++) {
                _quarter(STATE, STATE + 128, STATE + 256, STATE + 384, WORDS);
                _quarter(STATE + 32, STATE + 160, STATE + 288, STATE + 416, WORDS);
                _quarter(STATE + 64, STATE + 192, STATE + 320, STATE + 448, WORDS);
                _quarter(STATE + 96, STATE + 224, STATE + 352, STATE + 480, WORDS);
                _quarter(STATE, STATE + 160, STATE + 320, STATE + 480, ALL);
                _quarter(STATE + 32, STATE + 192, STATE + 352, STATE + 384, ALL);
                _quarter(STATE + 64, STATE + 224, STATE + 256, STATE + 416, ALL);
                _quarter(STATE + 96, STATE + 128, STATE + 288, STATE + 448, ALL);
            }
            for (uint256 at = STATE; at < START; at += 32) {
                _put(at, _at(at) + _at(at + 512));
            }
        }
    }

    /// @dev The quarter round (RFC 8439, section 2.1) on the words at four addresses. What a rotation moves out of a word's
    ///      lane, and the carries that stood above the word, are masked away.
    function _quarter(uint256 a_, uint256 b_, uint256 c_, uint256 d_, uint256 kept) private pure {
        // reads and writes the states only; no lane overflows, see {_rounds}
        assembly {
            let b := mload(b_)
            let d := mload(d_)
            let a := add(and(mload(a_), kept), b)
            d := xor(d, a)
            d := or(and(shl(16, d), HIGH_16), and(shr(16, d), LOW_16))
            let c := add(and(mload(c_), kept), d)
            b := xor(b, c)
            b := or(and(shl(12, b), HIGH_12), and(shr(20, b), LOW_12))
            a := add(a, b)
            d := xor(d, a)
            d := or(and(shl(8, d), HIGH_8), and(shr(24, d), LOW_8))
            c := add(c, d)
            b := xor(b, c)
            b := or(and(shl(7, b), HIGH_7), and(shr(25, b), LOW_7))
            mstore(a_, a)
            mstore(b_, b)
            mstore(c_, c)
            mstore(d_, d)
        }
    }

    /// @dev Writes 32 bytes of output: those of calldata at `from`, each bit changed where half a block of key stream has one.
    ///      The half block is one lane of the eight words at `at`, each little-endian.
    function _write(uint256 to, uint256 from, uint256 at, uint256 shift) private pure {
        // reads the states, writes within the output or less than a block past it
        assembly {
            let row := and(shr(shift, mload(at)), 0xffffffff)
            row := or(shl(32, row), and(shr(shift, mload(add(at, 32))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 64))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 96))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 128))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 160))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 192))), 0xffffffff))
            row := or(shl(32, row), and(shr(shift, mload(add(at, 224))), 0xffffffff))
            row := or(shl(8, and(row, LOW_BYTES)), and(shr(8, row), LOW_BYTES))
            row := or(shl(16, and(row, LOW_PAIRS)), and(shr(16, row), LOW_PAIRS))
            mstore(to, xor(calldataload(from), row))
        }
    }

    /// @dev The bytes of each word of 32 bits in reverse.
    function _swapped(uint256 x) private pure returns (uint256) {
        x = ((x & LOW_BYTES) << 8) | ((x >> 8) & LOW_BYTES);
        return ((x & LOW_PAIRS) << 16) | ((x >> 16) & LOW_PAIRS);
    }

    function _at(uint256 at) private pure returns (uint256 word) {
        // one of the fixed addresses
        assembly {
            word := mload(at)
        }
    }

    function _put(uint256 at, uint256 word) private pure {
        // one of the fixed addresses
        assembly {
            mstore(at, word)
        }
    }

    /// @dev Ends the call with `length` bytes of output, ABI-encoded, with zeros after their end.
    function _given(uint256 length) private pure {
        // the call ends here: no compiled code sees this memory
        assembly {
            mstore(OUTPUT, 32)
            mstore(add(OUTPUT, 32), length)
            mstore(add(add(OUTPUT, 64), length), 0)
            return(OUTPUT, add(64, and(add(length, 31), not(31))))
        }
    }
}
