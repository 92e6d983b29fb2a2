"""Examine every part that a user depends on, and say of each what is wrong and what to do."""

from marketplace.services.doctor.examine import examine
from marketplace.services.doctor.finding import Finding, State

__all__ = ["Finding", "State", "examine"]
