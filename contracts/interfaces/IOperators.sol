// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Seat} from "../types/Seat.sol";

/// @notice Bonded seats of evaluators.
/// @dev A place on a panel belongs to a seat, so splitting oneself gains nothing. Seats are never moved; a place that was
///      left is used again by the next who joins. The bonds of one operator lie in the Vault's bucket (this contract, operator).
interface IOperators {
    /// @notice Emitted when a seat was taken. `sealKey` is an X25519 key, to which keys of models are sealed (HPKE).
    event SeatJoined(uint256 indexed seat, address indexed owner, bytes32 sealKey);
    /// @notice Emitted when its owner said that he will leave from `leaveAt` on.
    event SeatLeaving(uint256 indexed seat, address indexed owner, uint256 leaveAt);
    /// @notice Emitted when a seat was left, and what was left of its bond paid out.
    event SeatLeft(uint256 indexed seat, address indexed owner, uint256 amount);
    /// @notice Emitted when seats were put on a panel: bit i of `mask` is place 104 * `word` + i.
    event SeatsLocked(uint256 indexed word, uint256 mask);
    /// @notice Emitted when seats came off a panel.
    event SeatsFreed(uint256 indexed word, uint256 mask);
    /// @notice Emitted when a seat lost `burned` to nobody and `rewarded` to the challenger. It can't be drawn any more.
    event SeatSlashed(
        uint256 indexed seat, address indexed owner, address indexed challenger, uint256 burned, uint256 rewarded
    );

    /// @notice Takes a seat: a place that was left, else a new one.
    ///
    /// Requirements:
    /// - fewer than 4,096 places are taken;
    /// - the caller has approved this contract at the Vault, and has the bond there.
    ///
    /// Emits {SeatJoined}.
    /// @param sealKey X25519 public key of the operator.
    function join(bytes32 sealKey) external returns (uint256 seat);

    /// @notice Says that the caller will leave, LEAVE_DELAY from now; can't be taken back. The seat can be slashed until it is
    ///         left, and drawn by seeds whose life ends before the announced time.
    ///
    /// Emits {SeatLeaving}.
    function announceLeave(uint256 seat) external;

    /// @notice Leaves and pays out what is left of the bond: after the announced time, or at once if the seat was slashed;
    ///         never while it sits on a panel.
    ///
    /// Emits {SeatLeft}.
    function leave(uint256 seat) external;

    /// @notice Puts seats on a panel. Only the panels' contract may call it.
    ///
    /// Emits {SeatsLocked} for each word.
    function lockSeats(uint256[] calldata seats) external;

    /// @notice Takes seats off a panel. Only the panels' contract may call it.
    ///
    /// Emits {SeatsFreed} for each word.
    function freeSeats(uint256[] calldata seats) external;

    /// @notice Burns a sixteenth of the bond of a silent seat. Only the panels' contract may call it.
    ///
    /// Emits {SeatSlashed}.
    function slashSilent(uint256 seat) external;

    /// @notice Takes all that is left of the bond: a quarter for the challenger, the rest is burned. Only the panels' contract may call it.
    ///
    /// Emits {SeatSlashed}.
    function slashWhole(uint256 seat, address challenger) external;

    /// @notice Counts seats that joined before `cutoff`, among the first `seatCount` places.
    /// @return live With an owner and the whole bond.
    /// @return free Of these, on no panel.
    function census(uint256 seatCount, uint256 cutoff) external view returns (uint256 live, uint256 free);

    /// @notice The owner of `seat` if it can be drawn: whole bond, on no panel, joined before `cutoff`, and not leaving
    ///         up to `leaveCutoff`; else zero.
    function drawable(uint256 seat, uint256 cutoff, uint256 leaveCutoff) external view returns (address owner);

    /// @notice The owner of `seat`, zero if it is free.
    function ownerOf(uint256 seat) external view returns (address);

    /// @notice The owners of several seats, by place.
    /// @param seats Seats of a panel, 16 bits a place.
    /// @param places Bit j: place j is asked for.
    function ownersOf(uint256 seats, uint256 places) external view returns (address[7] memory owners);

    /// @notice All fields of `seat`.
    function seatOf(uint256 seat) external view returns (Seat memory);

    /// @notice Whether `seat` sits on a panel.
    function isLocked(uint256 seat) external view returns (bool);

    /// @notice Number of seats that `owner` holds, slashed ones included.
    function seatsOf(address owner) external view returns (uint256);

    /// @notice All that opening a bounty asks: {seatsOf} the owner, {live} and {SEAT_BOND}.
    function standing(address owner) external view returns (uint256 held, uint256 alive, uint256 bond);

    /// @notice Places that were ever used.
    function count() external view returns (uint256);

    /// @notice Seats with an owner and the whole bond.
    function live() external view returns (uint256);

    /// @notice The bond of a seat, in token base units.
    function SEAT_BOND() external view returns (uint256);
}
