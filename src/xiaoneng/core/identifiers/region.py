"""行政区划 (GB/T 2260, GB/T 10114): structure only.

Codes are merged, renamed and withdrawn every year, and an identifier keeps the code of its own day. A check
against a current list would refuse what is right; lists belong to a register with validity dates.
"""

from __future__ import annotations

from xiaoneng.core.identifiers.result import Identifier, Problem, by_position, misfits, normalise, rewritten

DIGITS = "0123456789"
PROVINCES = frozenset(
    f"{area}{n}" for area, last in enumerate((5, 3, 7, 6, 4, 5), 1) for n in range(1, last + 1)
) | {"50", "71", "81", "82"}
"""First two digits by area: 11-15, 21-23, 31-37, 41-46, 50-54, 61-65, Taiwan, Hong Kong, Macao."""
LEVELS = ("province", "city", "county", "town", "village")
STARTS, ENDS = (0, 2, 4, 6, 9), (2, 4, 6, 9, 12)


def region_problems(code: str, *, offset: int = 0) -> tuple[list[Problem], list[Problem]]:
    """Problems and warnings of a six-digit code inside another identifier."""
    problems = misfits(code, DIGITS, offset=offset, expected="0-9")
    if problems:
        return problems, []
    if code[:2] == "00" or (code[2:4] == "00" and code[4:6] != "00"):
        return [Problem("region", offset + 1, "province, city, county", code)], []
    if code[:2] not in PROVINCES:
        return [], [Problem("province", offset + 1, "", code[:2])]
    return [], []


def check_region(value: str) -> Identifier:
    """A region code of 6, 9 or 12 digits; 12 digits may be a shorter code padded with zeros."""
    text = normalise(value)
    warnings = rewritten(value, text)
    parts: dict[str, str] = {}
    problems = misfits(text, DIGITS, expected="0-9")
    if len(text) not in (6, 9, 12):
        problems.insert(0, Problem("length", None, "6 / 9 / 12", str(len(text))))
    elif not problems:
        problems, more = region_problems(text[:6])
        warnings += more
        fields = {level: text[start:end] for level, start, end in zip(LEVELS, STARTS, ENDS, strict=True)}
        named = [level for level in LEVELS if fields[level].strip("0")]
        parts = {level: text[: ENDS[LEVELS.index(level)]] for level in named}
        if "village" in parts and "town" not in parts:
            problems.append(Problem("region", 7, "town before village", text))
        if named:
            parts |= {"level": named[-1], "short": text[: max(6, len(parts[named[-1]]))]}
    return Identifier("region", value, text, parts, by_position(problems), tuple(warnings))
