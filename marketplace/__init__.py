"""Tessera: a marketplace in which data and models earn."""

__version__ = "0.1.0"
