#!/usr/bin/env python3
"""Show that a question of halmos has no answer by reading its words as integers: ``integers.py FILE``.

Bit by bit no solver gets through a product of two unknown 256-bit words. Here each word is an integer between
0 and its bound; what could wrap around gets a multiple of 2^256 taken off, unless what is known already shows
that it can't; a quotient is what lies between two multiples; what has no meaning among integers (bits of an
unknown mask, say) may be anything. So each solution among words is one among integers, and where there is
none among integers there is none. ``unsat`` is all that this prints; it says nothing if it finds a solution.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import z3

QUICK_MS = 400  # for each "can it wrap around?"
HASHES = "f_inv_sha3"  # that no two hashes are equal: long, and not needed so far
Bounded = tuple[z3.ArithRef, int, int]  # an integer and what it lies between, both included
Reading = Callable[[z3.BitVecRef], Bounded]
STEPS = [8, 14, 16, 24, 32, 40, 64, 96, 112, 128, 144, 160, 192, 224]  # bits that a factor may have


class Words:
    """The integers that stand for words, and what is known of them."""

    def __init__(self) -> None:
        self.known = z3.Solver()
        self.known.set("timeout", QUICK_MS)
        self.products: dict[tuple[int, int], tuple[z3.ArithRef, z3.ArithRef, z3.ArithRef]] = {}
        self._words: dict[int, tuple[z3.AstRef, z3.ArithRef, int, int]] = {}
        self._truths: dict[int, tuple[z3.AstRef, z3.BoolRef]] = {}
        self._arrays: dict[int, tuple[z3.AstRef, z3.ArrayRef]] = {}
        self._cuts: dict[int, list[int]] = {}
        self._widest: dict[tuple[int, int], z3.BitVecRef] = {}  # the longest piece of a word from a bit on
        self._pieces: dict[int, list[tuple[int, int, z3.ArithRef]]] = {}
        self._quotients: dict[tuple[int, int], tuple[z3.ArithRef, z3.ArithRef]] = {}
        self._keep: list[z3.AstRef] = []  # z3 gives a freed term's number to the next
        self._fresh = 0

    # what a query consists of

    def add(self, claim: z3.BoolRef) -> None:
        """Take a claim of the query for true from here on."""
        self.known.add(self.truth(claim))

    def cut(self, claims: list[z3.BoolRef]) -> None:
        """Note where words are cut, so that each is cut into pieces once for all."""
        seen: set[int] = set()
        todo: list[z3.ExprRef] = list(claims)
        while todo:
            term = todo.pop()
            if term.get_id() in seen:
                continue
            seen.add(term.get_id())
            todo += term.children()
            if z3.is_app_of(term, z3.Z3_OP_EXTRACT):
                high, low = term.params()
                cuts = self._cuts.setdefault(term.arg(0).get_id(), [0, term.arg(0).size()])
                cuts += [low, high + 1]
                from_here = (term.arg(0).get_id(), low)
                if from_here not in self._widest or high >= self._widest[from_here].params()[0]:
                    self._widest[from_here] = term

    def new(self, high: int, low: int = 0) -> z3.ArithRef:
        """Return an unknown between two bounds, both included."""
        self._fresh += 1
        unknown = z3.Int(f"!{self._fresh}")
        self.known.add(low <= unknown, unknown <= high)
        return unknown

    # truths

    def truth(self, term: z3.BoolRef) -> z3.BoolRef:
        """Return what a claim about words says of integers."""
        if term.get_id() not in self._truths:
            self._truths[term.get_id()] = (term, self._truth(term))
        return self._truths[term.get_id()][1]

    def _truth(self, term: z3.BoolRef) -> z3.BoolRef:
        kind = term.decl().kind()
        parts = term.children()
        if kind in LOGIC:
            return LOGIC[kind](*map(self.truth, parts))
        if kind in (z3.Z3_OP_EQ, z3.Z3_OP_DISTINCT):
            sides = [self.any(part) for part in parts]
            return sides[0] == sides[1] if kind == z3.Z3_OP_EQ else z3.Distinct(*sides)
        if kind in ORDERS:
            return ORDERS[kind](*(self.word(part)[0] for part in parts))
        if kind in SIGNED_ORDERS:
            return SIGNED_ORDERS[kind](*map(self._signed, parts))
        if kind in (z3.Z3_OP_TRUE, z3.Z3_OP_FALSE):
            return term
        self._fresh += 1
        return z3.Bool(f"!{self._fresh}")

    def any(self, term: z3.ExprRef) -> z3.ExprRef:
        """Return what stands for a term of any kind."""
        if z3.is_bv(term):
            return self.word(term)[0]
        return self.array(term) if z3.is_array(term) else self.truth(term)

    def array(self, term: z3.ExprRef) -> z3.ArrayRef:
        """Return a list of integers that stands for a list of words; where no word points, it holds 0."""
        if term.get_id() not in self._arrays:
            self._arrays[term.get_id()] = (term, self._array(term))
        return self._arrays[term.get_id()][1]

    def _array(self, term: z3.ExprRef) -> z3.ArrayRef:
        if not (z3.is_bv_sort(term.sort().domain()) and z3.is_bv_sort(term.sort().range())):
            raise NotImplementedError(term.sort().sexpr())
        if z3.is_app_of(term, z3.Z3_OP_STORE):
            return z3.Store(self.array(term.arg(0)), self.word(term.arg(1))[0], self.word(term.arg(2))[0])
        if z3.is_app_of(term, z3.Z3_OP_ITE):
            return z3.If(self.truth(term.arg(0)), self.array(term.arg(1)), self.array(term.arg(2)))
        self._fresh += 1
        name = term.decl().name() if z3.is_const(term) else "!"
        return z3.Array(f"{name}!{self._fresh}", z3.IntSort(), z3.IntSort())

    # words

    def word(self, term: z3.BitVecRef) -> Bounded:
        """Return the integer that a word is, and the bounds that it has in itself."""
        if term.get_id() not in self._words:
            self._words[term.get_id()] = (term, *self._fit(*self._word(term), term.size()))
        return self._words[term.get_id()][1:]

    def _fits(self, value: z3.ArithRef, low: int, high: int, bits: int) -> bool:
        """Tell if a value is known to be one that so many bits hold."""
        whole = 1 << bits
        if low >= 0 and high < whole:
            return True
        return self.known.check(z3.Or(value < 0, value >= whole)) == z3.unsat

    def _fit(self, value: z3.ArithRef, low: int, high: int, bits: int) -> Bounded:
        """Bring a value that is right but for multiples of 2^bits between 0 and 2^bits."""
        whole = 1 << bits
        if self._fits(value, low, high, bits):
            return value, max(low, 0), min(high, whole - 1)
        rest = self.new(whole - 1)
        turns = self.new(high // whole, low // whole)
        self.known.add(value == rest + whole * turns)
        return rest, 0, whole - 1

    def _word(self, term: z3.BitVecRef) -> Bounded:
        """Return an integer that equals a word but for multiples of 2^bits, and its bounds."""
        kind, bits, parts = term.decl().kind(), term.size(), term.children()
        if z3.is_bv_value(term):
            value = term.as_long()
            return z3.IntVal(value), value, value
        if kind in (z3.Z3_OP_BADD, z3.Z3_OP_BSUB, z3.Z3_OP_BNEG):
            wide, low, high = self._sum(kind, parts, self._whole)
            if self._fits(wide, low, high, bits):
                return wide, max(low, 0), min(high, (1 << bits) - 1)
            return self._sum(kind, parts, self.word)
        if kind == z3.Z3_OP_BMUL:
            return self._product(parts, bits)
        if kind in (z3.Z3_OP_BUDIV, z3.Z3_OP_BUDIV_I, z3.Z3_OP_BUREM, z3.Z3_OP_BUREM_I):
            quotient, rest = self._divide(*parts)
            is_quotient = kind in (z3.Z3_OP_BUDIV, z3.Z3_OP_BUDIV_I)
            return quotient if is_quotient else rest, 0, (1 << bits) - 1
        if kind == z3.Z3_OP_ITE and z3.is_true(z3.simplify(parts[0])):
            return self.word(parts[1])
        if kind == z3.Z3_OP_ITE and z3.is_false(z3.simplify(parts[0])):
            return self.word(parts[2])
        if kind == z3.Z3_OP_ITE:
            (left, low, high), (right, low2, high2) = self.word(parts[1]), self.word(parts[2])
            return z3.If(self.truth(parts[0]), left, right), min(low, low2), max(high, high2)
        if kind == z3.Z3_OP_CONCAT:
            return self._concat(parts)
        if kind == z3.Z3_OP_EXTRACT:
            return self._extract(parts[0], *term.params())
        if kind == z3.Z3_OP_ZERO_EXT:
            return self.word(parts[0])
        if kind == z3.Z3_OP_BNOT:
            value, low, high = self.word(parts[0])
            top = (1 << bits) - 1
            return top - value, top - high, top - low
        return self._unknown(term), 0, (1 << bits) - 1

    def _unknown(self, term: z3.BitVecRef) -> z3.ArithRef:
        """Return a word of which the bounds are known, and that equal questions have equal answers."""
        unknown = self.new((1 << term.size()) - 1)
        kind, parts = term.decl().kind(), term.children()
        if kind == z3.Z3_OP_SELECT:
            self.known.add(unknown == z3.Select(self.array(parts[0]), self.word(parts[1])[0]))
        elif kind == z3.Z3_OP_UNINTERPRETED and parts:
            if not all(z3.is_bv(part) for part in parts):
                raise NotImplementedError(term.decl().sexpr())
            sizes = "!".join(str(part.size()) for part in [*parts, term])
            function = z3.Function(f"{term.decl().name()}!{sizes}", *[z3.IntSort()] * (len(parts) + 1))
            self.known.add(unknown == function(*(self.word(part)[0] for part in parts)))
        elif kind == z3.Z3_OP_BAND:
            self.known.add(*(unknown <= self.word(part)[0] for part in parts))
        elif kind == z3.Z3_OP_BOR:
            self.known.add(*(unknown >= self.word(part)[0] for part in parts))
        return unknown

    def _sum(self, kind: int, parts: list[z3.BitVecRef], read: Reading) -> Bounded:
        values = [self._term(part, read) for part in parts]
        signs = (
            [-1] if kind == z3.Z3_OP_BNEG else [1] + [-1 if kind == z3.Z3_OP_BSUB else 1] * (len(parts) - 1)
        )
        ends = [(low, high) if sign > 0 else (-high, -low) for sign, (_, low, high) in zip(signs, values)]
        value = z3.Sum([sign * value for sign, (value, _, _) in zip(signs, values)])
        return value, sum(low for low, _ in ends), sum(high for _, high in ends)

    def _term(self, part: z3.BitVecRef, read: Reading) -> Bounded:
        """Return a summand; a number in the upper half, or such a multiple, is one below zero."""
        half, whole = 1 << (part.size() - 1), 1 << part.size()
        if z3.is_bv_value(part) and part.as_long() >= half:
            value = part.as_long() - whole
            return z3.IntVal(value), value, value
        if z3.is_app_of(part, z3.Z3_OP_BMUL) and part.num_args() == 2 and z3.is_bv_value(part.arg(0)):
            factor = part.arg(0).as_long()
            factor -= whole if factor >= half else 0
            value, low, high = read(part.arg(1))
            low, high = sorted((factor * low, factor * high))
            return factor * value, low, high
        return read(part)

    def _whole(self, term: z3.BitVecRef) -> Bounded:
        """Return what this is the lower end of: in a sum the same, but for multiples of 2^bits."""
        if not z3.is_app_of(term, z3.Z3_OP_EXTRACT):
            return self.word(term)
        longer = self._widest[(term.arg(0).get_id(), term.params()[1])]
        if longer.size() > term.size():
            return self.word(longer)
        return self.word(term.arg(0) if term.params()[1] == 0 else term)

    def _product(self, parts: list[z3.BitVecRef], bits: int) -> Bounded:
        value, low, high = self.word(parts[0])
        for part in parts[1:]:
            value, low, high = self._fit(*self._times((value, low, high), self.word(part), bits), bits)
        return value, low, high

    def _times(self, one: Bounded, two: Bounded, bits: int) -> Bounded:
        if one[1] == one[2] or two[1] == two[2]:  # a number times an unknown
            return one[0] * two[0], one[1] * two[1], one[2] * two[2]
        if one[2] * two[2] >> bits:
            one, two = ((each[0], each[1], self._highest(*each)) for each in (one, two))
        return self.multiply(one[0], two[0], one[2], two[2]), one[1] * two[1], one[2] * two[2]

    def multiply(self, one: z3.ArithRef, two: z3.ArithRef, high: int, high2: int) -> z3.ArithRef:
        """Return a product; what it is exactly is said apart, since most questions need but its bounds."""
        key = tuple(sorted((one.get_id(), two.get_id())))
        if key not in self.products:
            product = self.new(high * high2)
            self.known.add(product <= one * high2, product <= two * high)
            self.known.add(product >= one * high2 + two * high - high * high2)
            self.known.add(z3.Implies(z3.And(one >= 1, two >= 1), z3.And(product >= one, product >= two)))
            self.products[key] = (product, one, two)
        return self.products[key][0]

    def _highest(self, value: z3.ArithRef, low: int, high: int) -> int:
        """Return an upper bound, as low as what is known shows it."""
        for bits in STEPS:
            if 1 << bits > high:
                return high
            if self.known.check(value >= 1 << bits) == z3.unsat:
                return (1 << bits) - 1
        return high

    def _divide(self, one: z3.BitVecRef, two: z3.BitVecRef) -> tuple[z3.ArithRef, z3.ArithRef]:
        """Return a quotient and what is left over; by 0: all ones and the dividend, as SMT-LIB has it."""
        key = (one.get_id(), two.get_id())
        if key in self._quotients:
            return self._quotients[key]
        (value, _, _), (by, low2, high2) = self.word(one), self.word(two)
        top = (1 << one.size()) - 1
        quotient, rest = self.new(top), self.new(top)
        if low2 == high2:
            product = low2 * quotient
        else:
            product = self.multiply(quotient, by, top, self._highest(by, low2, high2))
        lawful = z3.And(value == product + rest, rest < by, quotient <= value)
        self.known.add(z3.If(by == 0, z3.And(quotient == top, rest == value), lawful))
        self._quotients[key] = (quotient, rest)
        self._keep += [one, two]
        return quotient, rest

    def _concat(self, parts: list[z3.BitVecRef]) -> Bounded:
        shift, summands, low, high = 0, [], 0, 0
        for part in reversed(parts):
            value, its_low, its_high = self.word(part)
            summands.append(value * (1 << shift))
            low, high = low + (its_low << shift), high + (its_high << shift)
            shift += part.size()
        return z3.Sum(summands), low, high

    def _extract(self, whole: z3.BitVecRef, high: int, low: int) -> Bounded:
        key = whole.get_id()
        value, its_low, its_high = self.word(whole)
        if low == 0 and self._fits(value, its_low, its_high, high + 1):
            return value, its_low, min(its_high, (1 << (high + 1)) - 1)
        if key not in self._pieces:
            cuts = sorted(set(self._cuts[key]))
            pieces = [(start, end, self.new((1 << (end - start)) - 1)) for start, end in pairwise(cuts)]
            self.known.add(value == z3.Sum([piece * (1 << start) for start, _, piece in pieces]))
            self._pieces[key] = pieces
            self._keep.append(whole)
        within = [
            (start, piece) for start, end, piece in self._pieces[key] if low <= start and end <= high + 1
        ]
        return (
            z3.Sum([piece * (1 << (start - low)) for start, piece in within]),
            0,
            (1 << (high - low + 1)) - 1,
        )

    def _signed(self, term: z3.BitVecRef) -> z3.ArithRef:
        value, _, _ = self.word(term)
        return z3.If(value >= 1 << (term.size() - 1), value - (1 << term.size()), value)


LOGIC = {
    z3.Z3_OP_AND: z3.And,
    z3.Z3_OP_OR: z3.Or,
    z3.Z3_OP_NOT: z3.Not,
    z3.Z3_OP_IMPLIES: z3.Implies,
    z3.Z3_OP_XOR: z3.Xor,
    z3.Z3_OP_ITE: z3.If,
}
ORDERS = {
    z3.Z3_OP_ULEQ: lambda a, b: a <= b,
    z3.Z3_OP_ULT: lambda a, b: a < b,
    z3.Z3_OP_UGEQ: lambda a, b: a >= b,
    z3.Z3_OP_UGT: lambda a, b: a > b,
}
SIGNED_ORDERS = {
    z3.Z3_OP_SLEQ: lambda a, b: a <= b,
    z3.Z3_OP_SLT: lambda a, b: a < b,
    z3.Z3_OP_SGEQ: lambda a, b: a >= b,
    z3.Z3_OP_SGT: lambda a, b: a > b,
}


def no_solution(claims: list[z3.BoolRef], seconds: float) -> bool:
    """Tell if claims about words contradict each other already as claims about integers."""
    words = Words()
    words.cut(claims)
    for claim in claims:
        if HASHES not in claim.sexpr():
            words.add(claim)
    words.known.set("timeout", int(seconds * 1000))
    if words.known.check() == z3.unsat:
        return True
    words.known.add(*(product == one * two for product, one, two in words.products.values()))
    return words.known.check() == z3.unsat


def main() -> int:
    """Print unsat, or nothing."""
    sys.setrecursionlimit(20_000)
    claims = list(z3.parse_smt2_file(str(Path(sys.argv[1]))))
    if no_solution(claims, float(sys.argv[2]) if len(sys.argv) > 2 else 300):
        print("unsat")
    return 0


if __name__ == "__main__":
    sys.exit(main())
