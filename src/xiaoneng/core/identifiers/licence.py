"""电子证照标识 (GB/T 36904-2018): root, type, issuer, serial, version, check; ISO 7064 MOD 37,36.

The check runs over type, issuer, serial and version without dots and underscores; the root is not part of it
(confirmed on real identifiers).
"""

from __future__ import annotations

from xiaoneng.core.identifiers.result import Identifier, Problem, by_position, misfits, normalise, rewritten
from xiaoneng.core.identifiers.uscc import check_uscc

ROOT = "1.2.156.3005.2"
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIELDS = ("type", "issuer", "serial", "version", "check")
MAX_LENGTH = 200


def check_character(payload: str) -> str:
    """The check character of ISO 7064 MOD 37,36 for letters and digits."""
    product = 36
    for character in payload:
        total = (product + int(character, 36)) % 36
        product = (total or 36) * 2 % 37
    return ALPHABET[(1 - product) % 36]


def check_licence(value: str) -> Identifier:
    """Check a licence identifier. Codes of body or type that are not of the national form are warnings."""
    text = normalise(value)
    shown = text
    warnings: list[Problem] = []
    problems: list[Problem] = []
    parts: dict[str, str] = {}
    fields = text.split(".")
    if len(text) > MAX_LENGTH:
        problems.append(Problem("length", None, f"<= {MAX_LENGTH}", str(len(text))))
    elif len(fields) == len(FIELDS) and text[:2] != "1.":
        text = f"{ROOT}.{text}"
        warnings.append(Problem("root_added", None, ROOT, ""))
        fields = text.split(".")
    if not problems and len(fields) != 10:
        problems.append(Problem("fields", None, "10", str(len(fields))))
    elif not problems:
        root = ".".join(fields[:5])
        if root != ROOT:
            problems.append(Problem("root", 1, ROOT, root))
        parts = {"root": root} | dict(zip(FIELDS, fields[5:], strict=True))
        starts = [len(".".join(fields[:i])) + 1 for i in range(5, 10)]
        problems += _field_problems(fields[5:], starts)
        if not problems:
            payload = "".join(fields[5:9]).replace("_", "")
            expected = check_character(payload)
            if fields[9] != expected:
                problems.append(Problem("check", len(text), expected, fields[9]))
            warnings += _body_warnings(fields[5:], starts)
    warnings = rewritten(value, shown) + warnings
    return Identifier("licence", value, text, parts, by_position(problems), tuple(warnings))


def _field_problems(fields: list[str], starts: list[int]) -> list[Problem]:
    problems: list[Problem] = []
    for name, field, start in zip(FIELDS, fields, starts, strict=True):
        problems += misfits(field, ALPHABET + "_", offset=start, expected="0-9 A-Z _")
        if not field.strip("_"):
            problems.append(Problem("field", start + 1, name, field or "''"))
    version, check = fields[3], fields[4]
    if len(version) != 3:
        problems.append(Problem("field", starts[3] + 1, "3", version or "''"))
    if len(check) != 1:
        problems.append(Problem("field", starts[4] + 1, "1", check or "''"))
    return problems


def _body_warnings(fields: list[str], starts: list[int]) -> list[Problem]:
    kind, issuer = fields[0], fields[1]
    warnings: list[Problem] = []
    if len(kind) != 21 or not check_uscc(kind[:18]).valid:
        warnings.append(Problem("type_code", starts[0] + 1, "18 + 3", kind))
    if not check_uscc(issuer).valid:
        warnings.append(Problem("issuer", starts[1] + 1, "18", issuer))
    return warnings
