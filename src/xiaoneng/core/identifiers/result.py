"""One answer for every kind of identifier: what it says, whether it is valid, and where it is wrong."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault. ``position`` is 1-based in the normalised value, None for the value as a whole."""

    code: str
    position: int | None = None
    expected: str = ""
    found: str = ""

    def moved(self, offset: int) -> Problem:
        """The same fault, seen from an identifier that holds this one from ``offset`` characters on."""
        place = None if self.position is None else self.position + offset
        return Problem(self.code, place, self.expected, self.found)


@dataclass(frozen=True, slots=True)
class Identifier:
    """The result of a check. ``valid`` is the absence of problems; warnings never make a value invalid."""

    kind: str
    value: str
    """As it was given."""
    normalised: str
    """Half-width, upper case, without blanks: the form to store and to compare."""
    parts: Mapping[str, str]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    @property
    def valid(self) -> bool:
        return not self.problems


MESSAGES = {
    "length": "wrong length: expected {expected}, found {found}",
    "character": "character {position}: {found} is not allowed, expected {expected}",
    "check": "character {position}: the check character is {found}, expected {expected}",
    "org_code_check": "character {position}: the organisation code ends in {found}, expected {expected}",
    "department": "character {position}: {found} is no known registration authority",
    "category": "character {position}: {found} is no known kind of body of this authority",
    "region": "character {position}: {found} is no region code, expected {expected}",
    "province": "character {position}: {found} is no known province",
    "birth_date": "character {position}: {found} is no date of birth, expected {expected}",
    "birth_in_future": "character {position}: the date of birth {found} lies after {expected}",
    "old_number": "a 15-digit number of before 1999: the 18-digit number would be {expected}",
    "foreign_card": "a foreigner's card: only its form can be checked",
    "item_type": "character {position}: {found} is no item type, expected {expected}",
    "local_item_type": "character {position}: the item type {found} is a local one",
    "level": "character {position}: {found} is no level of exercise, expected {expected}",
    "local_level": "character {position}: the level {found} is used by some systems only",
    "sequence": "character {position}: the sequence {found} does not count from 01",
    "root": "character {position}: the root is {found}, expected {expected}",
    "root_added": "the root {expected} was missing and has been added",
    "fields": "{found} fields between dots, expected {expected}",
    "field": "character {position}: the field {found} is wrong, expected {expected}",
    "type_code": "character {position}: the licence type {found} is not a body's code and a serial of 3",
    "issuer": "character {position}: the issuer {found} is no unified social credit code",
    "normalised": "written otherwise: {found} was read as {expected}",
}
"""English templates by code; an edge translates them."""


def explain(problem: Problem) -> str:
    """The fault as an English sentence."""
    return MESSAGES[problem.code].format(
        position=problem.position, expected=problem.expected, found=problem.found
    )


def normalise(value: str, *, drop: str = " -\u3000\t\r\n\u200b\ufeff") -> str:
    """Full-width to half-width, blanks and hyphens out, upper case."""
    folded = unicodedata.normalize("NFKC", value)
    return "".join(c for c in folded if c not in drop and not c.isspace()).upper()


def rewritten(value: str, normalised: str) -> list[Problem]:
    """A warning if the value was not written in its normal form."""
    return [] if value == normalised else [Problem("normalised", None, normalised, value)]


def misfits(text: str, allowed: str, *, offset: int = 0, expected: str = "") -> list[Problem]:
    """A problem for each character outside an alphabet."""
    return [
        Problem("character", offset + i + 1, expected or allowed, c)
        for i, c in enumerate(text)
        if c not in allowed
    ]


def by_position(problems: Sequence[Problem]) -> tuple[Problem, ...]:
    """Problems in reading order, those of the whole first."""
    return tuple(sorted(problems, key=lambda p: p.position or 0))
