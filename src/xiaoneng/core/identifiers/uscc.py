"""统一社会信用代码 (GB 32100-2015): 18 characters, weighted sum modulo 31."""

from __future__ import annotations

from xiaoneng.core.identifiers.region import region_problems
from xiaoneng.core.identifiers.result import Identifier, Problem, by_position, misfits, normalise, rewritten

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""31 characters: no I, O, S, V, Z."""
WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
LENGTH = 18
DEPARTMENTS = {
    "1": "机构编制",
    "2": "外交",
    "3": "司法行政",
    "4": "文化",
    "5": "民政",
    "6": "旅游",
    "7": "宗教",
    "8": "工会",
    "9": "市场监管",
    "A": "中央军委改革和编制办公室",
    "N": "农业农村",
    "Y": "其他",
}
CATEGORIES = {
    "11": "机关",
    "12": "事业单位",
    "13": "群众团体",
    "51": "社会团体",
    "52": "民办非企业单位",
    "53": "基金会",
    "91": "企业",
    "92": "个体工商户",
    "93": "农民专业合作社",
}


def check_character(first: str) -> str:
    """The check character for 17 characters of the alphabet."""
    total = sum(ALPHABET.index(c) * w for c, w in zip(first, WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def org_check_character(first: str) -> str:
    """The check character of an organisation code (GB 11714) for its first eight characters."""
    total = sum(int(c, 36) * w for c, w in zip(first, ORG_WEIGHTS, strict=True))
    return {10: "X", 11: "0"}.get(11 - total % 11, str(11 - total % 11))


def check_uscc(value: str) -> Identifier:
    """Check a unified social credit code; an organisation code inside that does not check is only a
    warning.
    """
    text = normalise(value)
    warnings = rewritten(value, text)
    parts: dict[str, str] = {}
    problems = misfits(text, ALPHABET, expected="0-9 A-Z, I O S V Z excepted")
    if len(text) != LENGTH:
        problems.insert(0, Problem("length", None, str(LENGTH), str(len(text))))
    elif not problems:
        parts = {
            "department": text[0],
            "department_name": DEPARTMENTS.get(text[0], ""),
            "category": text[1],
            "category_name": CATEGORIES.get(text[:2], ""),
            "region": text[2:8],
            "organisation": text[8:17],
            "check": text[17],
        }
        faults, doubts = region_problems(text[2:8], offset=2)
        # 100000 and the like: bodies registered by the central government
        problems += [fault for fault in faults if fault.code == "character"]
        warnings += doubts if text[2:4] != "10" else []
        expected = check_character(text[:17])
        if text[17] != expected:
            problems.append(Problem("check", LENGTH, expected, text[17]))
        if text[0] not in DEPARTMENTS:
            warnings.append(Problem("department", 1, "", text[0]))
        elif text[0] in "159" and text[:2] not in CATEGORIES and text[1] != "9":
            warnings.append(Problem("category", 2, "", text[1]))
        expected = org_check_character(text[8:16])
        if text[16] != expected:
            warnings.append(Problem("org_code_check", 17, expected, text[16]))
    return Identifier("uscc", value, text, parts, by_position(problems), tuple(warnings))
