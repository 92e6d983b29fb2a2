// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice One bonded place. Places are reused, never moved.
struct Seat {
    // slot 0
    address owner; // zero: the place is free
    uint40 since; // Unix time of joining; on a free place, the next free place + 1
    uint40 leaveAt; // Unix time from which the owner may leave; zero: not announced
    uint8 parts; // sixteenths of the bond that are left
}

/// @notice What a draw must know of 104 places at once.
struct SeatWord {
    // slot 0
    uint104 live; // bit i: place i has an owner and its whole bond
    uint104 locked; // bit i: place i sits on a panel
    uint40 joinedAt; // Unix time of the last join into this word
}

/// @notice Totals over all places.
struct Registry {
    // slot 0
    uint16 count; // places that were ever used
    uint16 live; // of these, with an owner and the whole bond
    uint16 free; // head of the list of free places + 1; zero: none
}
