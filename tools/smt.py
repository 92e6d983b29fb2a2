#!/usr/bin/env python3
"""Solve one question of halmos with bitwuzla, which divides 256-bit words fast: ``smt.py FILE``."""

import sys

import bitwuzla

options = bitwuzla.Options()
options.set(bitwuzla.Option.PRODUCE_MODELS, True)
bitwuzla.Parser(bitwuzla.TermManager(), options).parse(sys.argv[1])
