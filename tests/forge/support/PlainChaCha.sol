// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice ChaCha20 word by word, as RFC 8439 tells it: slow, and nothing to get wrong. The twin of the library.
library PlainChaCha {
    function crypt(bytes32 key, bytes12 nonce, uint32 counter, bytes memory data)
        internal
        pure
        returns (bytes memory out)
    {
        out = new bytes(data.length);
        for (uint256 at = 0; at < data.length; at += 64) {
            bytes memory stream = _block(key, nonce, counter + uint32(at / 64));
            for (uint256 i = 0; i < 64 && at + i < data.length; i++) {
                out[at + i] = data[at + i] ^ stream[i];
            }
        }
    }

    function _block(bytes32 key, bytes12 nonce, uint32 counter) private pure returns (bytes memory stream) {
        uint32[16] memory start;
        (start[0], start[1], start[2], start[3]) = (0x61707865, 0x3320646e, 0x79622d32, 0x6b206574);
        for (uint256 i = 0; i < 8; i++) {
            start[4 + i] = _little(uint256(key) >> (224 - 32 * i));
        }
        start[12] = counter;
        for (uint256 i = 0; i < 3; i++) {
            start[13 + i] = _little(uint256(uint96(nonce)) >> (64 - 32 * i));
        }
        uint32[16] memory s;
        for (uint256 i = 0; i < 16; i++) {
            s[i] = start[i];
        }
        for (uint256 i = 0; i < 10; i++) {
            for (uint256 j = 0; j < 4; j++) {
                _quarter(s, j, 4 + j, 8 + j, 12 + j);
            }
            for (uint256 j = 0; j < 4; j++) {
                _quarter(s, j, 4 + (j + 1) % 4, 8 + (j + 2) % 4, 12 + (j + 3) % 4);
            }
        }
        stream = new bytes(64);
        for (uint256 i = 0; i < 64; i++) {
            unchecked {
                stream[i] = bytes1(uint8((s[i / 4] + start[i / 4]) >> (8 * (i % 4))));
            }
        }
    }

    function _quarter(uint32[16] memory s, uint256 a, uint256 b, uint256 c, uint256 d) private pure {
        unchecked {
            s[a] += s[b];
            s[d] = _rotated(s[d] ^ s[a], 16);
            s[c] += s[d];
            s[b] = _rotated(s[b] ^ s[c], 12);
            s[a] += s[b];
            s[d] = _rotated(s[d] ^ s[a], 8);
            s[c] += s[d];
            s[b] = _rotated(s[b] ^ s[c], 7);
        }
    }

    function _rotated(uint32 x, uint256 n) private pure returns (uint32) {
        return (x << uint32(n)) | (x >> uint32(32 - n)); // n < 32
    }

    function _little(uint256 x) private pure returns (uint32) {
        return uint32(((x & 0xff) << 24) | ((x & 0xff00) << 8) | ((x >> 8) & 0xff00) | ((x >> 24) & 0xff));
    }
}
