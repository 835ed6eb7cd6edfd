"""People and drives of the demonstration: invented, the same ones every time, and as ugly as real data.

Marks sit exactly on cut-offs or are missing, roll numbers look like numbers or dates, names come in several
scripts and with everything that breaks a spreadsheet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

ENGINEERING, ARTS = "DEMO-ENG", "DEMO-ARTS"
COLLEGES = {ENGINEERING: "Demonstration College of Engineering", ARTS: "Demonstration College of Arts"}
SEED = 20_270

GIVEN = (
    *(
        "Aarav",
        "Aditi",
        "Ananya",
        "Arjun",
        "Deepa",
        "Divya",
        "Farhan",
        "Gayathri",
        "Harish",
        "Imran",
        "Ishaan",
    ),
    *("Jaya", "Karthik", "Kavya", "Lakshmi", "Manoj", "Meera", "Mohan", "Nandini", "Neha", "Nikhil", "Pooja"),
    *("Pradeep", "Priya", "Rahul", "Ramya", "Ravi", "Rohan", "Sanjay", "Shreya", "Sunita", "Suresh", "Tara"),
    *("Uma", "Varun", "Vidya", "Vikram", "Yamini", "Zara"),
)
FAMILY = (
    *(
        "Agarwal",
        "Banerjee",
        "Bhat",
        "Chandran",
        "D'Souza",
        "Das",
        "Fernandes",
        "Ghosh",
        "Gupta",
        "Iyer",
        "Jain",
    ),
    *(
        "Joshi",
        "Khan",
        "Kumar",
        "Menon",
        "Mishra",
        "Murugan",
        "Nair",
        "Patel",
        "Pillai",
        "Rao",
        "Reddy",
        "Roy",
    ),
    *("Sharma", "Shetty", "Singh", "Srinivasan", "Subramanian", "Thomas", "Varma", "Verma", "Yadav"),
)
TAMIL = ("தமிழ்ச்செல்வி", "முருகன்", "கவிதா", "செந்தில்குமார்", "மீனாட்சி", "அருண் பிரசாத்", "கார்த்திகேயன்")
DEVANAGARI = ("नेहा शर्मा", "अर्जुन सिंह", "श्रीकृष्ण जोशी", "प्रिया वर्मा", "सुनीता यादव", "ऋषि मिश्रा")
AWKWARD = (
    *(
        "=cmd|' /C calc'!A0",
        "@SUM(1+1)",
        "-Asha",
        "+Ravi",
        'Vikram "Vicky" Rao',
        "Rao, Vikram",
        "O'Neil Thomas",
    ),
    *(
        "🎓 Priya Nair",
        "José Fernandes",
        "Md. Imran Khan",
        "A",
        "Na",
        "Null",
        "Venkata Naga Sai Lakshmi Narasimha Rao",
    ),
)
BRANCHES = ("CSE", "CSE", "CSE", "ECE", "ECE", "IT", "EEE", "MECH", "MECH", "CIVIL")
CUT_OFFS = ("7.00", "6.99", "6.50", "8.00", "7.99", "6.00", "7.50")

Row = tuple[object, ...]


def people(engineers: int = 4_000, artists: int = 400) -> Iterator[Row]:
    """Every student, as college, roll number, name and so on; the colleges share some roll numbers."""
    chance = Random(SEED)
    for n in range(engineers):
        branch = chance.choice(BRANCHES)
        yield (ENGINEERING, _roll_no(n, branch), *_person(chance, n, "B.E.", branch))
    for n in range(artists):
        shared = n < artists // 5
        roll_no = _roll_no(n, "CSE") if shared else f"A{n:04d}"
        yield (
            ARTS,
            roll_no,
            *_person(chance, engineers + n, "B.Sc.", chance.choice(("MATHS", "PHYSICS", "CSE"))),
        )


def _roll_no(n: int, branch: str) -> str:
    if n % 10 == 0:
        return f"0{108_123 + n}"
    if n % 97 == 1:
        return f"{n}E5"
    if n % 97 == 2:
        return f"MAR-{n:02d}"
    return f"24/{branch}/{n:04d}" if n % 4 == 3 else f"24{n:05d}"


def _person(chance: Random, n: int, programme: str, branch: str) -> Row:
    lateral = chance.random() < 0.08
    school = chance.gauss(78, 10)
    total = max(0, round(chance.gauss(-0.6, 1.4)))
    counted = chance.random() >= 0.02
    return (
        _name(chance),
        None if chance.random() < 0.02 else f"student{n:05d}@example.edu",
        None if chance.random() < 0.03 else f"+91 00000 {n:05d}",
        chance.choices(("F", "M", "X", None), (46, 51, 1, 2))[0],
        programme,
        branch,
        2028 if n % 7 == 6 else 2027,
        "LATERAL" if lateral else "REGULAR",
        None if chance.random() < 0.03 else _cgpa(chance),
        _percentage(school),
        None if lateral else _percentage(school - chance.uniform(-5, 9)),
        _percentage(school + 4) if lateral else None,
        chance.randint(0, total) if counted else None,
        total if counted else None,
        chance.random() < 0.01,
        chance.random() < 0.005,
    )


def _name(chance: Random) -> str:
    kind = chance.random()
    if kind < 0.08:
        return chance.choice(TAMIL)
    if kind < 0.15:
        return chance.choice(DEVANAGARI)
    if kind < 0.18:
        return chance.choice(AWKWARD)
    return f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"


def _cgpa(chance: Random) -> Decimal:
    if chance.random() < 0.06:
        return Decimal(chance.choice(CUT_OFFS))
    return Decimal(min(985, max(450, round(chance.gauss(735, 95))))) / 100


def _percentage(value: float) -> Decimal:
    return Decimal(round(min(99.6, max(40.0, value)) * 100)) / 100


@dataclass(frozen=True, slots=True)
class Plan:
    """A drive of the demonstration; days count from today, rupees are a year's."""

    code: str
    company: str
    title: str
    status: str
    opens: int
    closes: int
    on: int
    ctc: tuple[int, int] | None
    rules: dict[str, object] = field(default_factory=dict)


_ENGINEERS = ["CSE", "IT", "ECE"]
_CORE = ["MECH", "EEE", "CIVIL"]
DRIVES = (
    Plan("NEELAM-27", "Neelam Compute", "Software engineer", "posted",
         -3, 4, 9, (900_000, 1_200_000),
         {"cgpa_min": "7.00", "branch_in": _ENGINEERS, "active_backlogs_max": 0}),
    Plan("TIDEPOOL-27", "Tidepool Analytics", "Data analyst", "posted",
         -1, 6, 12, (750_000, 750_000),
         {"cgpa_min": "6.50", "tenth_min": "60", "twelfth_or_diploma_min": "60"}),
    Plan("VELLAI-27", "Vellai Motors", "Graduate engineer trainee", "posted",
         -5, 1, 5, (500_000, 600_000),
         {"cgpa_min": "6.00", "branch_in": _CORE, "total_backlogs_max": 2}),
    Plan("LOOMERY-27", "Orbit Loomery", "Quality engineer", "posted",
         -12, -2, 2, (450_000, 450_000),
         {"tenth_min": "70", "twelfth_or_diploma_min": "70", "active_backlogs_max": 1}),
    Plan("BRIGHTFERN-27", "Brightfern Robotics", "Embedded engineer", "posted",
         2, 10, 15, (1_000_000, 1_400_000),
         {"cgpa_min": "7.50", "branch_in": ["ECE", "EEE", "CSE"], "on_missing": "REVIEW"}),
    Plan("MANTRI-27", "Mantri & Nine Consulting", "Business analyst", "posted",
         -2, 8, 14, (800_000, 800_000),
         {"cgpa_min": "6.99", "batch_year_in": [2027]}),
    Plan("KADALI-27", "Kadali Foods", "Management trainee", "paused",
         -4, 3, 8, (400_000, 400_000),
         {"cgpa_min": "6.00"}),
    Plan("SKYWEAVE-27", "Skyweave Networks", "Network engineer", "in_progress",
         -20, -8, -1, (650_000, 700_000),
         {"cgpa_min": "6.50", "branch_in": ["ECE", "EEE", "IT"], "active_backlogs_max": 0}),
    Plan("PALMCODE-27", "Palmcode Studio", "Front-end developer", "in_progress",
         -18, -6, -1, (700_000, 900_000),
         {"cgpa_min": "7.00", "branch_in": _ENGINEERS}),
    Plan("SAFFRON-27", "Saffron Ledger", "Software engineer", "completed",
         -70, -60, -52, (1_100_000, 1_500_000),
         {"cgpa_min": "8.00", "branch_in": _ENGINEERS, "active_backlogs_max": 0, "total_backlogs_max": 0}),
    Plan("GHATS-27", "Ghats Hydro", "Site engineer", "completed",
         -66, -58, -50, (420_000, 480_000),
         {"branch_in": _CORE, "tenth_min": "55"}),
    Plan("PIXELOOM-27", "Pixeloom Games", "Game programmer", "completed",
         -60, -50, -44, (850_000, 950_000),
         {"cgpa_min": "7.00", "branch_in": ["CSE", "IT"]}),
    Plan("MONSOON-27", "Monsoon Bank", "Probationary officer", "completed",
         -55, -45, -38, (600_000, 600_000),
         {"cgpa_min": "6.50", "tenth_min": "60", "twelfth_or_diploma_min": "60", "active_backlogs_max": 0}),
    Plan("TURMERIC-27", "Turmeric Labs", "Research associate", "completed",
         -48, -40, -33, None,
         {"cgpa_min": "7.50", "on_missing": "INCLUDE"}),
    Plan("BANYAN-26", "Banyan Retail", "Store operations lead", "archived",
         -400, -390, -380, (360_000, 400_000),
         {"cgpa_min": "6.00"}),
    Plan("COPPERTREE-27", "Coppertree Energy", "Power systems engineer", "cancelled",
         -15, -7, -3, (550_000, 550_000),
         {"cgpa_min": "6.50", "branch_in": ["EEE", "MECH"]}),
    Plan("LANTERN-27", "Lantern Health", "Clinical data associate", "cancelled",
         5, 15, 20, (480_000, 520_000)),
    Plan("STEPWELL-27", "Stepwell Systems", "Platform engineer", "draft",
         7, 14, 21, (1_200_000, 1_800_000),
         {"cgpa_min": "8.00", "branch_in": _ENGINEERS, "not_placed": True, "placed_ctc_multiple": "2"}),
    Plan("PARROT-27", "Parrot & Quill Media", "Technical writer", "draft",
         9, 16, 22, (350_000, 420_000),
         {"tenth_min": "0"}),
    Plan("INDIGO-27", "Indigo Kite Aerospace", "Design engineer", "draft",
         10, 20, 27, None,
         {"cgpa_min": "7.00", "branch_in": ["MECH"], "gender_in": ["F"],
          "gender_purpose": "a scholarship programme for women in aerospace"}),
)  # fmt: skip
