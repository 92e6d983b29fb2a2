// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IOperators} from "./interfaces/IOperators.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Bits} from "./libraries/Bits.sol";
import {TesseraErrors as Errors} from "./libraries/Errors.sol";
import {Registry, Seat, SeatWord} from "./types/Seat.sol";

/// @title Operators
/// @notice See {IOperators}, which says what each function does and requires.
contract Operators is IOperators {
    /* IMMUTABLES */

    IVault public immutable VAULT;
    address public immutable PANELS;
    /// @inheritdoc IOperators
    uint256 public immutable SEAT_BOND;

    uint256 public constant PARTS = 16; // a bond is counted in sixteenths
    uint256 public constant CHALLENGER_PART = 4; // a challenger gets a quarter of a slash
    uint256 public constant MAX_SEATS = 4096; // so that reading all of them fits a block
    uint256 public constant SEATS_A_WORD = 104;
    /// @dev Life of a seed (8,191 blocks of 12 s and its delay) and the longest drawing stage: longer than any draw
    ///      that could still take the seat.
    uint256 public constant LEAVE_DELAY = 28 hours + 3 days;

    /* STORAGE */

    Registry private _registry;
    mapping(uint256 seat => Seat fields) private _seats;
    mapping(uint256 word => SeatWord bits) private _words;
    mapping(address owner => uint256 held) private _held;

    /* CONSTRUCTOR */

    constructor(IVault vault, address panels, uint256 seatBond) {
        require(seatBond != 0 && seatBond % PARTS == 0, Errors.Operators_BadBond(seatBond));
        VAULT = vault;
        PANELS = panels;
        SEAT_BOND = seatBond;
    }

    modifier onlyPanels() {
        require(msg.sender == PANELS, Errors.Operators_NotPanels(msg.sender, PANELS));
        _;
    }

    /* OPERATORS' ACTIONS */

    /// @inheritdoc IOperators
    function join(bytes32 sealKey) external returns (uint256 seat) {
        // Checks
        Registry memory registry = _registry;
        if (registry.free != 0) {
            seat = registry.free - 1;
            registry.free = uint16(_seats[seat].since); // a place below 4,096, stored by leave
        } else {
            seat = registry.count;
            require(seat < MAX_SEATS, Errors.Operators_Full(seat, MAX_SEATS));
            registry.count += 1;
        }

        // Effects
        registry.live += 1;
        _registry = registry;
        _held[msg.sender] += 1;
        // seconds fit 40 bits for 34,000 years, sixteen 8 bits
        _seats[seat] = Seat({owner: msg.sender, since: uint40(block.timestamp), leaveAt: 0, parts: uint8(PARTS)});
        SeatWord storage word = _words[seat / SEATS_A_WORD];
        word.live |= _bit(seat);
        word.joinedAt = uint40(block.timestamp); // seconds fit 40 bits for 34,000 years
        emit SeatJoined(seat, msg.sender, sealKey);

        // Interactions
        VAULT.lock(uint160(msg.sender), msg.sender, SEAT_BOND); // an operator's bucket is his address
    }

    /// @inheritdoc IOperators
    function announceLeave(uint256 seat) external {
        // Checks
        Seat storage fields = _seats[seat];
        _requireOwner(seat, fields.owner);
        require(fields.leaveAt == 0, Errors.Operators_Announced(seat, fields.leaveAt));

        // Effects
        fields.leaveAt = uint40(block.timestamp + LEAVE_DELAY); // seconds fit 40 bits for 34,000 years
        emit SeatLeaving(seat, msg.sender, fields.leaveAt);
    }

    /// @inheritdoc IOperators
    function leave(uint256 seat) external {
        // Checks
        Seat memory fields = _seats[seat];
        _requireOwner(seat, fields.owner);
        require(!isLocked(seat), Errors.Operators_Locked(seat));
        bool whole = fields.parts == PARTS;
        require(
            !whole || (fields.leaveAt != 0 && block.timestamp >= fields.leaveAt),
            Errors.Operators_TooEarly(seat, block.timestamp, fields.leaveAt)
        );

        // Effects
        if (whole) _kill(seat);
        Registry storage registry = _registry;
        _seats[seat] = Seat({owner: address(0), since: registry.free, leaveAt: 0, parts: 0});
        registry.free = uint16(seat + 1); // at most 4,096
        _held[msg.sender] -= 1;
        uint256 amount = (SEAT_BOND / PARTS) * fields.parts;
        emit SeatLeft(seat, msg.sender, amount);

        // Interactions
        VAULT.pay(uint160(msg.sender), msg.sender, amount); // an operator's bucket is his address
    }

    /* PANELS' ACTIONS */

    /// @inheritdoc IOperators
    function lockSeats(uint256[] calldata seats) external onlyPanels {
        for (uint256 i = 0; i < seats.length;) {
            (uint256 word, uint104 mask, uint256 next) = _gather(seats, i);
            _words[word].locked |= mask;
            emit SeatsLocked(word, mask);
            i = next;
        }
    }

    /// @inheritdoc IOperators
    function freeSeats(uint256[] calldata seats) external onlyPanels {
        for (uint256 i = 0; i < seats.length;) {
            (uint256 word, uint104 mask, uint256 next) = _gather(seats, i);
            _words[word].locked &= ~mask;
            emit SeatsFreed(word, mask);
            i = next;
        }
    }

    /// @inheritdoc IOperators
    function slashSilent(uint256 seat) external onlyPanels {
        // Effects
        Seat storage fields = _seats[seat];
        if (fields.parts == PARTS) _kill(seat);
        fields.parts -= 1;
        _burn(seat, fields.owner, address(0), SEAT_BOND / PARTS, 0);
    }

    /// @inheritdoc IOperators
    function slashWhole(uint256 seat, address challenger) external onlyPanels {
        // Effects
        Seat storage fields = _seats[seat];
        if (fields.parts == PARTS) _kill(seat);
        uint256 amount = (SEAT_BOND / PARTS) * fields.parts;
        fields.parts = 0;
        uint256 reward = amount / CHALLENGER_PART;
        _burn(seat, fields.owner, challenger, amount - reward, reward);
    }

    /* VIEWS */

    /// @inheritdoc IOperators
    function census(uint256 seatCount, uint256 cutoff) external view returns (uint256 all, uint256 free) {
        for (uint256 first = 0; first < seatCount; first += SEATS_A_WORD) {
            SeatWord memory word = _words[first / SEATS_A_WORD];
            uint256 mask = word.live;
            if (seatCount - first < SEATS_A_WORD) mask &= (1 << (seatCount - first)) - 1;
            // only where somebody joined since must the places be looked at one by one
            if (word.joinedAt >= cutoff) mask = _older(first, mask, cutoff);
            all += Bits.count(mask);
            free += Bits.count(mask & ~uint256(word.locked));
        }
    }

    /// @inheritdoc IOperators
    function drawable(uint256 seat, uint256 cutoff, uint256 leaveCutoff) external view returns (address) {
        SeatWord storage word = _words[seat / SEATS_A_WORD];
        if ((word.live & ~word.locked & _bit(seat)) == 0) return address(0);
        Seat memory fields = _seats[seat];
        bool leaving = fields.leaveAt != 0 && fields.leaveAt <= leaveCutoff;
        return fields.since < cutoff && !leaving ? fields.owner : address(0);
    }

    /// @inheritdoc IOperators
    function ownerOf(uint256 seat) external view returns (address) {
        return _seats[seat].owner;
    }

    /// @inheritdoc IOperators
    function ownersOf(uint256 seats, uint256 places) external view returns (address[7] memory owners) {
        for (uint256 place = 0; places != 0; place++) {
            if (places & 1 == 1) owners[place] = _seats[seats & type(uint16).max].owner;
            places >>= 1;
            seats >>= 16;
        }
    }

    /// @inheritdoc IOperators
    function seatOf(uint256 seat) external view returns (Seat memory) {
        return _seats[seat];
    }

    /// @inheritdoc IOperators
    function isLocked(uint256 seat) public view returns (bool) {
        return (_words[seat / SEATS_A_WORD].locked & _bit(seat)) != 0;
    }

    /// @inheritdoc IOperators
    function seatsOf(address owner) external view returns (uint256) {
        return _held[owner];
    }

    /// @inheritdoc IOperators
    function standing(address owner) external view returns (uint256 held, uint256 alive, uint256 bond) {
        return (_held[owner], _registry.live, SEAT_BOND);
    }

    /// @inheritdoc IOperators
    function count() external view returns (uint256) {
        return _registry.count;
    }

    /// @inheritdoc IOperators
    function live() external view returns (uint256) {
        return _registry.live;
    }

    /* INTERNAL */

    /// @dev A seat without its whole bond is not live: it can't be drawn, and may leave.
    function _kill(uint256 seat) private {
        _words[seat / SEATS_A_WORD].live &= ~_bit(seat);
        _registry.live -= 1;
    }

    function _burn(uint256 seat, address owner, address challenger, uint256 burned, uint256 rewarded) private {
        emit SeatSlashed(seat, owner, challenger, burned, rewarded);
        VAULT.burn(uint160(owner), burned); // an operator's bucket is his address
        if (rewarded != 0) VAULT.pay(uint160(owner), challenger, rewarded); // likewise
    }

    /// @dev The bits of `mask` whose places joined before `cutoff`.
    function _older(uint256 first, uint256 mask, uint256 cutoff) private view returns (uint256 older) {
        for (uint256 i = 0; i < SEATS_A_WORD; i++) {
            uint256 bit = 1 << i;
            if (mask & bit != 0 && _seats[first + i].since < cutoff) older |= bit;
        }
    }

    /// @dev The run of seats from `start` on that lie in one word, as one mask.
    function _gather(uint256[] calldata seats, uint256 start)
        private
        pure
        returns (uint256 word, uint104 mask, uint256 next)
    {
        word = seats[start] / SEATS_A_WORD;
        for (next = start; next < seats.length && seats[next] / SEATS_A_WORD == word; next++) {
            mask |= _bit(seats[next]);
        }
    }

    function _bit(uint256 seat) private pure returns (uint104) {
        return uint104(1) << uint104(seat % SEATS_A_WORD); // below 104
    }

    function _requireOwner(uint256 seat, address owner) private view {
        require(msg.sender == owner, Errors.Operators_NotOwner(seat, msg.sender, owner));
    }
}
