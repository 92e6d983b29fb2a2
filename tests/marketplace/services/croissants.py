"""Tables of several forms, and how mlcroissant sees a manifest."""

import random

import mlcroissant

from marketplace.services.artifacts import Stored
from marketplace.types import RAW_CODEC, Cid

ACCOUNT = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
ABOUT = {
    "published": "2026-11-21",
    "creator": f"did:pkh:eip155:31337:{ACCOUNT}",
    "url": f"eip155:31337/erc1155:{ACCOUNT}/123",
}
STORED = Stored(Cid(RAW_CODEC, bytes(range(32))), b"\x01" * 32, 4321, b"\x02" * 32)
NONCE = b"\x03" * 32


def issues(document):
    """Return errors and warnings that mlcroissant finds; it raises at the first error."""
    found = mlcroissant.Dataset(jsonld=document).metadata.ctx.issues
    return sorted(found.errors), sorted(found.warnings)


def student_table():
    """Return a table of students: semicolons, quoted numbers, words for categories."""
    random.seed(5)
    header = "School Name;Gender;Age;Größe, cm;Mother Job;Wants College;Absences;G1;G3"
    rows = [
        f'"{random.choice(["AB", "CD"])}";"{random.choice("FM")}";{random.randint(15, 22)};'
        f"{random.randint(150, 200)},{random.randint(1, 9)};"
        f'"{random.choice(["teacher", "at home; none", "health"])}";"{random.choice(["yes", "no"])}";'
        f'{random.choice(["?", "0", "4", "17"])};"{random.randint(0, 20)}";{random.randint(0, 20)}'
        for _ in range(60)
    ]
    return "\n".join([header, *rows]).encode("cp1252")
