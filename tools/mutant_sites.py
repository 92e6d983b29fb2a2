"""Where contracts can be mutated, and their sources with all mutants in them, each behind its own switch.

A switch is the block's coinbase, which no contract reads: mutant 17 runs where it is ``address(17)``.
All mutants are compiled once, and a test run chooses one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Node = dict[str, Any]

SKIPPED = frozenset(
    "EmitStatement RevertStatement ErrorDefinition EventDefinition StructDefinition EnumDefinition "
    "ImportDirective UsingForDirective InlineAssembly OverrideSpecifier StructuredDocumentation "
    "PragmaDirective InheritanceSpecifier UserDefinedTypeName ElementaryTypeName ArrayTypeName Mapping "
    "ElementaryTypeNameExpression".split()
)
"""Nodes that are left as they are: what is only told, and types."""

CLOSED = "\0"
"""Stands after a statement that ends with a bracket: a semicolon after it goes."""
COMPARISONS = {
    "<": ("<=", "!=", "true", "false"),
    "<=": ("<", "==", "true", "false"),
    ">": (">=", "!=", "true", "false"),
    ">=": (">", "==", "true", "false"),
    "==": ("<=", ">=", "true", "false"),
    "!=": ("<", ">", "true", "false"),
}
OPERATORS = {
    **{"+": ("-",), "-": ("+",), "*": ("/",), "/": ("*",), "%": ("/",)},
    **{"&": ("|",), "|": ("&",), "^": ("|",), "<<": (">>",), ">>": ("<<",), "&&": ("||",), "||": ("&&",)},
}
ASSIGNMENTS = {"+=": ("-=", "="), "-=": ("+=", "="), "|=": ("&=", "="), "&=": ("|=", "="), "=": ()}
ASSIGNMENTS |= {"<<=": (">>=",), ">>=": ("<<=",), "*=": ("/=",), "/=": ("*=",)}
FLAGS = re.compile(r"(Bounty|Entry)Flags\.|TYPEHASH")
"""Constants that are names, not quantities."""


@dataclass(frozen=True)
class Mutant:
    """One change: its switch, the file and line, and its lasting name."""

    number: int
    path: str
    line: int
    name: str


@dataclass
class Sites:
    """The mutants of a file; their switches are numbered from ``first``."""

    first: int
    mutants: list[Mutant] = field(default_factory=list)
    names: Counter[str] = field(default_factory=Counter)

    def add(self, path: str, line: int, where: str, old: str, new: str) -> str:
        """Note a mutant; return the condition that switches it on."""
        name = f"{where}: {short(old)} -> {short(new)}"
        self.names[name] += 1
        if self.names[name] > 1:
            name += f" (#{self.names[name]})"
        number = self.first + len(self.mutants)
        self.mutants.append(Mutant(number, path, line, name))
        return f"block.coinbase == address({number})"


def short(text: str) -> str:
    """Return code on one line, without comments."""
    return re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", text)).strip()


def children(node: Node) -> Iterator[Node]:
    """Yield the nodes just below ``node``."""
    for key, value in node.items():
        if key in ("typeDescriptions", "documentation", "typeName"):
            continue
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict) and "nodeType" in one and "src" in one:
                yield one


class Instrumenter:
    """The source of one file with the switches in it."""

    def __init__(self, path: str, source: bytes, sites: Sites) -> None:
        self.path, self.source, self.sites = path, source, sites
        self.where = ""

    def whole(self, tree: Node) -> str:
        """Return the file."""
        return self.render(tree).replace(f"{CLOSED};", "").replace(CLOSED, "")

    def plain(self, node: Node) -> str:
        """Return the code of ``node`` as it is."""
        start, length, _ = map(int, node["src"].split(":"))
        return self.source[start : start + length].decode()

    def switch(self, node: Node, old: str, new: str) -> str:
        """Note a mutant at ``node``; return its condition."""
        line = self.source[: int(node["src"].split(":")[0])].count(b"\n") + 1
        return self.sites.add(self.path, line, self.where, old, new)

    def render(self, node: Node) -> str:
        """Return the code of ``node`` with switches."""
        kind = node["nodeType"]
        if kind in SKIPPED or (kind == "VariableDeclaration" and node.get("constant")):
            return self.plain(node)
        if kind == "ContractDefinition" and node["contractKind"] == "interface":
            return self.plain(node)
        if kind in ("ContractDefinition", "FunctionDefinition", "ModifierDefinition"):
            return self.named(node)
        special = getattr(self, f"on_{kind}", None)
        return special(node) if special else self.splice(node)

    def named(self, node: Node) -> str:
        """Render a contract or function, whose name its mutants carry."""
        before = self.where
        name = node["name"] or node.get("kind", "")
        self.where = f"{before}.{name}" if before else name
        text = self.splice(node)
        self.where = before
        return text

    def splice(self, node: Node, only: list[Node] | None = None) -> str:
        """Return the code of ``node`` with the nodes below it (or only those) rendered."""
        start, length, _ = map(int, node["src"].split(":"))
        parts, at = [], start
        for child in sorted(
            only if only is not None else children(node), key=lambda n: int(n["src"].split(":")[0])
        ):
            begin, size, _ = map(int, child["src"].split(":"))
            if begin < at:  # `(uint256 a)` and the like: parts that overlap are rendered once
                continue
            parts += [self.source[at:begin].decode(), self.render(child)]
            at = begin + size
        parts.append(self.source[at : start + length].decode())
        return "".join(parts)

    # expressions

    def choose(self, node: Node, text: str, mutants: list[str]) -> str:
        """Return the expression that is a mutant when its switch is on."""
        for new in mutants:
            text = f"(({self.switch(node, self.plain(node), new)}) ? ({new}) : {text})"
        return text

    def on_BinaryOperation(self, node: Node) -> str:
        """Change the operator, make a comparison constant, move a literal by one."""
        if constant_type(node):
            return self.plain(node)
        left, right, operator = node["leftExpression"], node["rightExpression"], node["operator"]
        old_left, old_right = self.plain(left), self.plain(right)
        changes = list(COMPARISONS.get(operator) or OPERATORS.get(operator, ()))
        if operator in COMPARISONS:
            changes = [c for c in changes if fits(c, node)]
        mutants = [c if c in ("true", "false") else f"{old_left} {c} {old_right}" for c in changes]
        if "bytes" not in left["typeDescriptions"]["typeString"]:
            mutants += [
                f"{old_left} {operator} {literal}" for literal in beside(right, self.plain(right), operator)
            ]
        if operator not in ("<<", ">>"):
            mutants += [f"{literal} {operator} {old_right}" for literal in beside(left, old_left, operator)]
        return self.choose(node, f"({self.splice(node)})" if mutants else self.splice(node), mutants)

    def on_UnaryOperation(self, node: Node) -> str:
        """Drop a negation."""
        text = self.splice(node)
        if node["operator"] in ("!", "~") and not constant_type(node):
            return self.choose(node, f"({text})", [self.plain(node["subExpression"])])
        return text

    def value(self, node: Node) -> str:
        """Make a condition constant; move a constant quantity by one."""
        text, kind = self.splice(node), node.get("typeDescriptions", {}).get("typeString", "")
        if kind == "bool" and node.get("condition"):
            return self.choose(node, text, ["true", "false"])
        return text

    def on_Identifier(self, node: Node) -> str:
        """See ``value``; and constants."""
        kind = node.get("typeDescriptions", {}).get("typeString", "")
        if node.get("quantity") and re.fullmatch(r"u?int\d*", kind) and not FLAGS.search(self.plain(node)):
            old = self.plain(node)
            return self.choose(node, old, [f"{old} + 1", f"{old} - 1"])
        return self.value(node)

    def on_MemberAccess(self, node: Node) -> str:
        """As for an identifier."""
        return self.on_Identifier(node)

    def on_IndexAccess(self, node: Node) -> str:
        """Conditions can be made constant."""
        return self.value(node)

    def on_FunctionCall(self, node: Node) -> str:
        """Of a check only the condition is mutated, not what it says."""
        if node["expression"].get("name") in ("require", "revert", "assert"):
            return self.splice(node, node["arguments"][:1])
        return self.value(node)

    def on_Conditional(self, node: Node) -> str:
        """The parts are mutated; brackets keep them together."""
        return self.splice(node)

    # statements

    def either(self, node: Node, text: str, mutants: list[str]) -> str:
        """Return the statement that is a mutant when its switch is on."""
        text += ";"
        for new in mutants:
            condition = self.switch(node, self.plain(node), new or "(deleted)")
            text = f"if ({condition}) {{ {new} }} else {{ {text} }}"
        return f"{{ {text} }}{CLOSED}"

    def on_ForStatement(self, node: Node) -> str:
        """Of a loop's head only the condition and what is added are mutated."""
        for key in ("initializationExpression", "loopExpression"):
            if node.get(key):
                node[key]["head"] = True
        return self.splice(node)

    def on_ExpressionStatement(self, node: Node) -> str:
        """Delete the statement, swap its arguments, change how it assigns."""
        inner = node["expression"]
        kind = inner["nodeType"]
        if node.get("head") or self.where.endswith(".constructor"):
            return self.splice(node)
        old = self.plain(node)
        mutants = [""]
        if kind == "Assignment":
            left, right = self.plain(inner["leftHandSide"]), self.plain(inner["rightHandSide"])
            mutants += [f"{left} {new} {right};" for new in ASSIGNMENTS[inner["operator"]]]
        elif kind == "UnaryOperation":
            opposite = {"++": "--", "--": "++"}
            mutants += [old.replace(o, n) + ";" for o, n in opposite.items() if inner["operator"] == o]
        elif kind == "FunctionCall":
            mutants += [f"{new};" for new in self.swaps(inner)]
        return self.either(node, self.splice(node), mutants)

    def on_Return(self, node: Node) -> str:
        """A function that ends by calling another may not call it."""
        call = node.get("expression")
        if call and call.get("typeDescriptions", {}).get("typeString") == "tuple()":
            return self.either(node, self.splice(node), [""])
        return self.splice(node)

    def on_ModifierInvocation(self, node: Node) -> str:
        """Hand the modifier the switch that leaves it out."""
        if node.get("kind") != "modifierInvocation":
            return self.splice(node)
        return f"{self.plain(node)}({self.switch(node, self.plain(node), '(deleted)')})"

    def swaps(self, call: Node) -> Iterator[str]:
        """Yield the call with each two arguments of one type swapped."""
        arguments = call["arguments"]
        if call["expression"].get("name") in ("require", "revert", "assert"):
            return
        kinds = re.match(r"function \((.*?)\)", call["expression"]["typeDescriptions"]["typeString"])
        types = kinds[1].split(",") if kinds else []
        if len(types) == len(arguments) + 1:
            types = types[1:]  # of a library, called on its first
        for i in range(len(arguments)):
            for j in range(i + 1, len(arguments)):
                texts = [self.plain(a) for a in arguments]
                if len(types) == len(texts) and types[i] == types[j] and texts[i] != texts[j]:
                    texts[i], texts[j] = texts[j], texts[i]
                    yield f"{self.plain(call['expression'])}({', '.join(texts)})"


def constant_type(node: Node) -> bool:
    """Tell whether the compiler folds the expression."""
    return node["typeDescriptions"]["typeString"].startswith(("int_const", "rational_const"))


def is_number(node: Node) -> bool:
    """Tell whether ``node`` is a plain number literal."""
    return node["nodeType"] == "Literal" and node["kind"] == "number" and not node.get("subdenomination")


def beside(node: Node, text: str, operator: str) -> list[str]:
    """Return the literals one above and one below a literal operand, where that can compile."""
    if not is_number(node) or text.startswith("0x") or "e" in text:
        return []
    value = int(text.replace("_", ""))
    near = [value + 1] + ([value - 1] if value else [])
    if operator in ("/", "%"):
        near = [n for n in near if n]
    return [str(n) for n in near]


def fits(change: str, node: Node) -> bool:
    """Tell whether a comparison can be changed so, and is not obviously the same or the constant false."""
    kind = node["leftExpression"]["typeDescriptions"]["typeString"]
    other = node["rightExpression"]["typeDescriptions"]["typeString"]
    if node["operator"] in ("==", "!=") and change in ("<", ">", "<=", ">="):
        numbers = re.fullmatch(r"(u?int\d*|int_const .*)", kind) and re.fullmatch(
            r"(u?int\d*|int_const .*)", other
        )
        return bool(numbers) and other != "int_const 0"
    if node.get("top") == "require" and change in ("true", "false"):
        return False  # deleted, or never to be passed
    return not (node.get("top") == "loop" and change in ("true", "!="))


def mark(node: Any, constants: frozenset[int]) -> None:
    """Mark conditions and constants below ``node``, before it is rendered."""
    if isinstance(node, list):
        for one in node:
            mark(one, constants)
    if not isinstance(node, dict):
        return
    kind = node.get("nodeType")
    if kind in ("IfStatement", "Conditional"):
        node["condition"]["condition"] = True
    if kind == "BinaryOperation" and node["operator"] in ("&&", "||"):
        node["leftExpression"]["condition"] = node["rightExpression"]["condition"] = True
    if kind == "FunctionCall" and node["expression"].get("name") == "require":
        node["arguments"][0]["top"] = "require"
    if kind == "ForStatement" and node.get("condition"):
        node["condition"]["top"] = "loop"
    if kind in ("Identifier", "MemberAccess") and node.get("referencedDeclaration") in constants:
        node["quantity"] = True
    for key, value in list(node.items()):
        if key not in ("typeDescriptions", "documentation"):
            mark(value, constants)
