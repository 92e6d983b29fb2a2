"""Every sum of an account that is locked: why, until when, and how it comes free; and freeing what can be."""

from marketplace.services.locks.find import find_locks
from marketplace.services.locks.kinds import EXITS, Exit, Lock, LockKind
from marketplace.services.locks.sweeping import Freed, Sweep, sweep

__all__ = ["EXITS", "Exit", "Freed", "Lock", "LockKind", "Sweep", "find_locks", "sweep"]
