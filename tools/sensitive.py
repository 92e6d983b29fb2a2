"""Measure which columns are pointed out as sensitive, on tables without and with personal data.

    .venv/bin/python tools/sensitive.py

prints the table of docs/publishing.md: columns that say who somebody is and were found, those that were
missed, and others that were pointed out all the same. The tables with personal data are made up here.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import date, timedelta

import numpy as np
from sklearn import datasets as bundled
from stdnum.de import idnr
from stdnum.gb import nhs
from stdnum.luhn import calc_check_digit

from marketplace.datasets import Table, load_breast_cancer_table, parse_table
from marketplace.datasets.sensitive import find_sensitive
from marketplace.datasets.singling import find_singling

ROWS = 400
ENGLISH = (
    "Olivia Noah Emma Liam Amelia James Sophia Lucas Mia Henry Grace Daniel Ruth Peter Alice Mark".split()
)
GERMAN = "Anna Lukas Sabine Jürgen Petra Uwe Lena Felix Heike Jan Birgit Tobias Monika Karl Ute Ralf".split()
SURNAMES = (
    "Whitlock Marsh Okafor Lindqvist Brandt Kowalski Silva Rossi Nakamura Iyer Dupont Haas Vega Cole".split()
)


def main() -> int:
    """Print the table, and how long a million rows take."""
    print("| table | columns | found | missed | false alarms |\n|---|--:|---|---|---|")
    for name, (table, people) in tables().items():
        print(line(name, table, people, {one.column for one in find_sensitive(table)}))
    table = tables(1_000_000)["patients, English"][0]
    for what, work in (("sensitive columns", find_sensitive), ("rare combinations", find_singling)):
        start = time.perf_counter()
        work(table)
        print(f"{what} of 1,000,000 rows: {time.perf_counter() - start:.1f} s")
    return 0


def line(name: str, table: Table, people: set[str], found: set[str]) -> str:
    """Return the line of a table."""
    parts = (found & people, people - found, found - people)
    return f"| {name} | {len(table.columns)} | {' | '.join(', '.join(sorted(p)) or '–' for p in parts)} |"


def tables(rows: int = ROWS) -> dict[str, tuple[Table, set[str]]]:
    """Return tables with the columns in them that say who somebody is."""
    if rows != ROWS:
        return {"patients, English": patients(rows)}
    return {
        "breast cancer": (load_breast_cancer_table(), set()),
        "iris": (scikit("iris"), set()),
        "wine": (scikit("wine"), set()),
        "diabetes": (scikit("diabetes"), set()),
        "students (form)": (students(), set()),
        "sensor log": (sensors(), set()),
        "patients, English": patients(rows),
        "patients, German": patienten(),
        "contacts, unnamed columns": contacts(),
    }


def scikit(name: str) -> Table:
    """Return a table that scikit-learn ships."""
    bunch = getattr(bundled, f"load_{name}")(as_frame=True)
    frame = bunch.frame.astype(np.float64)
    if name == "iris":
        frame["target"] = np.asarray(bunch.target_names, dtype=object)[bunch.target]
    return Table(frame, name)


def students() -> Table:
    """Return a table of the form of a school survey: codes, ratings and marks, nobody named."""
    draw = random.Random(1)
    header = (
        "School Name;Gender;Age;Home Type;Family Size;Mother Education;Mother Job;Reason Chose School;"
        "Guardian;Commute Time;Number of Past Failures;Home Internet Access;Health Status;Absences;G1;G2;G3"
    )
    rows = [
        f"{draw.choice(['GA', 'MB'])};{draw.choice('FM')};{draw.randint(15, 22)};{draw.choice('UR')};"
        f"{draw.choice(['LE3', 'GT3'])};{draw.randint(0, 4)};{draw.choice(['teacher', 'health', 'at_home'])};"
        f"{draw.choice(['course', 'home'])};{draw.choice(['mother', 'father'])};{draw.randint(1, 4)};"
        f"{draw.randint(0, 3)};{draw.choice(['yes', 'no'])};{draw.randint(1, 5)};{draw.randint(0, 75)};"
        f"{draw.randint(0, 20)};{draw.randint(0, 20)};{draw.randint(0, 20)}"
        for _ in range(ROWS)
    ]
    return parse_table("\n".join([header, *rows]).encode(), "students")


def sensors() -> Table:
    """Return a log of machines: times, counters and codes that could be taken for something else."""
    draw = random.Random(2)
    header = "id,timestamp,device name,model,serial_hex,reading,count,status,city,price"
    start = date(2025, 1, 1)
    rows = [
        f"{i},{start + timedelta(days=i % 365)},{draw.choice(['pump', 'valve', 'fan'])},"
        f"{draw.choice(['X100', 'X200', 'Y5'])},{draw.randint(0, 9)}{draw.choice('abcdef')},"
        f"{draw.random():.4f},{draw.randint(0, 5000)},{draw.choice(['ok', 'fail'])},"
        f"{draw.choice(['Lyon', 'Turin', 'Kyoto', 'Porto'])},"
        f"{draw.randint(100000, 999999)}"
        for i in range(ROWS)
    ]
    return parse_table("\n".join([header, *rows]).encode(), "sensors")


def patients(rows: int) -> tuple[Table, set[str]]:
    """Return made-up patients with headers that say what they are."""
    draw = random.Random(3)
    header = "MRN,First Name,surname,DOB,Phone,e-mail,NHS number,postcode,sex,age,systolic,smoker,diagnosis"
    lines = [header]
    for _ in range(rows):
        first, last = draw.choice(ENGLISH), draw.choice(SURNAMES)
        lines.append(
            f"M{draw.randint(10**6, 10**7 - 1)},{first},{last},{_birth(draw).isoformat()},"
            f"+44 7400 {draw.randint(100000, 999999)},{first.lower()}.{last.lower()}@example.org,"
            f"{_nhs(draw)},"
            f"LS{draw.randint(1, 29)} {draw.randint(1, 9)}AB,{draw.choice('FM')},{draw.randint(18, 95)},"
            f"{draw.randint(90, 180)},{draw.choice(['yes', 'no'])},{draw.choice(['A', 'B', 'C'])}"
        )
    people = {"MRN", "First Name", "surname", "DOB", "Phone", "e-mail", "NHS number", "postcode"}
    return parse_table("\n".join(lines).encode(), "patients"), people


def patienten() -> tuple[Table, set[str]]:
    """Return made-up patients as a German hospital exports them."""
    draw = random.Random(4)
    header = "Fallnummer;Vorname;Nachname;Geburtsdatum;Telefon;SteuerID;PLZ;Geschlecht;Größe;Gewicht;Befund"
    lines = [header]
    for i in range(ROWS):
        lines.append(
            f"{2025000 + i};{draw.choice(GERMAN)};{draw.choice(SURNAMES)};"
            f"{_birth(draw).strftime('%d.%m.%Y')};"
            f"0{draw.choice(['30', '89', '40'])} {draw.randint(100000, 9999999)};{_idnr(draw)};"
            f"{draw.randint(10000, 99999)};{draw.choice('wm')};1,{draw.randint(50, 99)};"
            f"{draw.randint(45, 120)};"
            f"{draw.choice(['positiv', 'negativ'])}"
        )
    people = {"Fallnummer", "Vorname", "Nachname", "Geburtsdatum", "Telefon", "SteuerID", "PLZ"}
    return parse_table("\n".join(lines).encode(), "patienten"), people


def contacts() -> tuple[Table, set[str]]:
    """Return a list of people whose headers say nothing: content alone can tell."""
    draw = random.Random(5)
    lines = ["c1,c2,c3,c4,c5,c6,c7,c8,c9"]
    for _ in range(ROWS):
        first, last = draw.choice(ENGLISH + GERMAN), draw.choice(SURNAMES)
        card = f"4{draw.randint(10**13, 10**14 - 1)}"
        lines.append(
            f"{first} {last},{_birth(draw).strftime('%m/%d/%Y')},({draw.choice(['212', '415'])}) "
            f"{draw.randint(200, 999)}-{draw.randint(1000, 9999)},{first}@example.com,{_nhs(draw)},"
            f"{card}{calc_check_digit(card)},{draw.randint(10**6, 10**7)},{draw.choice(['red', 'blue'])},"
            f"{draw.gauss(0, 1):.3f}"
        )
    return parse_table("\n".join(lines).encode(), "contacts"), {"c1", "c2", "c3", "c4", "c5", "c6", "c7"}


def _birth(draw: random.Random) -> date:
    return date(1935, 1, 1) + timedelta(days=draw.randint(0, 70 * 365))


def _nhs(draw: random.Random) -> str:
    while True:
        digits = str(draw.randint(400_000_000, 799_999_999))
        check = nhs.checksum(digits + "0")
        number = digits + str(-check % 11)
        if nhs.is_valid(number):
            return number


def _idnr(draw: random.Random) -> str:
    while True:
        digits = list("1234567890")
        draw.shuffle(digits)
        digits[draw.randrange(10)] = digits[draw.randrange(10)]
        for check in "0123456789":
            if idnr.is_valid(number := "".join(digits) + check):
                return number


if __name__ == "__main__":
    sys.exit(main())
