#!/usr/bin/env python3
"""Try integers.py on random questions: ``integers_check.py [HOW MANY] [SEED]``.

It must never deny a solution that there is. z3, which goes bit by bit, knows for words as short as these. How
many of the questions without a solution it settles is printed too: one that settles none would be no use.
"""

from __future__ import annotations

import random
import sys

import integers
import z3

SIZES = (4, 5, 8)


def word(chance: random.Random, bits: int, depth: int) -> z3.BitVecRef:
    """Return a random word."""
    if depth == 0 or chance.random() < 0.15:
        named = z3.BitVec(f"{chance.choice('abc')}{bits}", bits)
        return named if chance.random() < 0.75 else z3.BitVecVal(chance.getrandbits(bits), bits)
    one, two = (word(chance, bits, depth - 1) for _ in range(2))
    number = z3.BitVecVal(chance.getrandbits(bits), bits)
    cut = chance.randrange(1, bits)
    longer = chance.choice([size for size in (*SIZES, bits + 4) if size > bits])
    start = chance.randrange(longer - bits + 1)
    base = z3.Array(f"m{bits}", z3.BitVecSort(bits), z3.BitVecSort(bits))
    hashed = z3.Function(f"h{bits}", z3.BitVecSort(bits), z3.BitVecSort(bits))
    makers = [
        lambda: one + two,
        lambda: one - two,
        lambda: one * two,
        lambda: number * two,
        lambda: one - number * two + chance.choice([one, two]),
        lambda: z3.UDiv(one, two),
        lambda: z3.UDiv(one, number),
        lambda: z3.URem(one, two),
        lambda: -one,
        lambda: ~one,
        lambda: chance.choice([one & two, one | two, one ^ two, one << two, z3.LShR(one, number)]),
        lambda: z3.If(truth(chance, bits, depth - 1), one, two),
        lambda: z3.Concat(z3.Extract(bits - 1, cut, one), z3.Extract(cut - 1, 0, two)),
        lambda: z3.Extract(start + bits - 1, start, word(chance, longer, depth - 1)),
        lambda: z3.ZeroExt(bits - cut, z3.Extract(cut - 1, 0, one)),
        lambda: z3.SignExt(bits - cut, z3.Extract(cut - 1, 0, one)),
        lambda: z3.Select(chance.choice([base, z3.Store(base, one, number)]), two),
        lambda: hashed(one),
    ]
    return chance.choice(makers)()


def truth(chance: random.Random, bits: int, depth: int) -> z3.BoolRef:
    """Return a random claim."""
    one, two = (word(chance, bits, depth) for _ in range(2))
    kinds = [z3.ULE, z3.ULT, z3.UGE, z3.UGT, lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a == b]
    claim = chance.choice([*kinds, lambda a, b: a != b, z3.ULE, z3.ULT])(one, two)
    if depth > 0 and chance.random() < 0.3:
        other = truth(chance, bits, depth - 1)
        return chance.choice(
            [z3.And(claim, other), z3.Or(claim, other), z3.Implies(other, claim), z3.Not(claim)]
        )
    return claim


def main() -> int:
    """Run the command line; return its exit code."""
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.randrange(2**32)
    chance = random.Random(seed)
    solvable = settled = without = 0
    for _ in range(many):
        bits = chance.choice(SIZES)
        claims = [truth(chance, bits, chance.choice([1, 2, 2, 3])) for _ in range(chance.randrange(1, 6))]
        judge = z3.Solver()
        judge.set("timeout", 3_000)
        judge.add(*claims)
        answer = judge.check()
        denied = integers.no_solution(claims, 0.3)
        if denied and answer == z3.sat:
            print(
                f"integers.py denies a solution that there is (seed {seed}):",
                *claims,
                judge.model(),
                sep="\n  ",
            )
            return 1
        solvable += answer == z3.sat
        without += answer == z3.unsat
        settled += denied
    found = f"settled {settled} of {without} questions without one"
    print(f"proofs: integers.py denied none of {solvable} solutions, {found} (seed {seed})", flush=True)
    return 0 if settled > without // 2 else 1


if __name__ == "__main__":
    sys.exit(main())
