"""公民身份号码 (GB 11643-1999): 18 characters, ISO 7064 MOD 11-2; residence permits and foreigners' cards
beside it.
"""

from __future__ import annotations

from datetime import date

from xiaoneng.core.identifiers.region import region_problems
from xiaoneng.core.identifiers.result import Identifier, Problem, by_position, misfits, normalise, rewritten

DIGITS = "0123456789"
WEIGHTS = tuple(pow(2, 17 - i, 11) for i in range(17))
CHECKS = "10X98765432"
LENGTH, OLD_LENGTH = 18, 15
HOLDERS = {"81": "residence_permit_hk", "82": "residence_permit_mo", "83": "residence_permit_tw"}


def check_character(first: str) -> str:
    """The check character for 17 digits."""
    return CHECKS[sum(int(c) * w for c, w in zip(first, WEIGHTS, strict=True)) % 11]


def check_resident(value: str, *, today: date | None = None) -> Identifier:
    """Check an ID number. The region is that of first registration: never compared with a current list.

    ``today`` refuses births after that day; None leaves it open.
    """
    text = normalise(value)
    warnings = rewritten(value, text)
    parts: dict[str, str] = {}
    problems = misfits(text[:17], DIGITS, expected="0-9")
    problems += misfits(text[17:18], DIGITS + "X", offset=17, expected="0-9, X")
    if len(text) == OLD_LENGTH and not problems:
        longer = f"{text[:6]}19{text[6:]}"
        converted = longer + check_character(longer)
        problems.append(Problem("old_number", None, converted, text))
        parts["converted"] = converted
    elif len(text) != LENGTH:
        problems.insert(0, Problem("length", None, str(LENGTH), str(len(text))))
    elif not problems:
        holder = "foreign_card" if text[0] == "9" else HOLDERS.get(text[:2], "citizen")
        if holder == "foreign_card":
            warnings.append(Problem("foreign_card"))
        elif holder == "citizen":
            faults, doubts = region_problems(text[:6])
            problems += faults
            warnings += doubts
        parts = {
            "holder": holder,
            "region": text[:6],
            "birth": f"{text[6:10]}-{text[10:12]}-{text[12:14]}",
            "sequence": text[14:17],
            "sex": "male" if int(text[16]) % 2 else "female",
            "check": text[17],
        }
        problems += _birth_problems(text[6:14], today)
        expected = check_character(text[:17])
        if text[17] != expected:
            problems.append(Problem("check", LENGTH, expected, text[17]))
    return Identifier("resident", value, text, parts, by_position(problems), tuple(warnings))


def _birth_problems(digits: str, today: date | None) -> list[Problem]:
    try:
        birth = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return [Problem("birth_date", 7, "yyyyMMdd", digits)]
    if today is not None and birth > today:
        return [Problem("birth_in_future", 7, today.isoformat(), birth.isoformat())]
    return []
