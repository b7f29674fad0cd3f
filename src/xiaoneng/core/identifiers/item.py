"""政务服务事项编码 (GB/T 39554.1-2020): 12 (基本编码), 31 (实施编码) or 33 characters (业务办理项编码).

31 = credit code of the implementing body (18) + level (1) + 12; 33 = 31 + sequence (2). The sizes are
confirmed by real codes, the standard's text was not at hand.
"""

from __future__ import annotations

from xiaoneng.core.identifiers.region import DIGITS, PROVINCES
from xiaoneng.core.identifiers.result import Identifier, Problem, by_position, misfits, normalise, rewritten
from xiaoneng.core.identifiers.uscc import check_uscc

ITEM_TYPES = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "11": "公共服务",
    "12": "审核转报",
}
LOCAL_ITEM_TYPES = {"20": "其他行政权力", "21": "公共服务"}
"""Guangdong's values; which of 11 and 21 the standard gives to 公共服务 is not verified."""
LEVELS = {"1": "国家级", "2": "省级", "3": "市级", "4": "县级", "5": "镇（乡、街道）级", "6": "村（社区）级"}
NATIONAL = "00"
BASIC, IMPLEMENTATION, BUSINESS = 12, 31, 33
NAMES = {BASIC: "basic", IMPLEMENTATION: "implementation", BUSINESS: "business"}


def check_item(value: str) -> Identifier:
    """Check an item code of any of the three lengths, the body's credit code inside it included."""
    text = normalise(value)
    warnings = rewritten(value, text)
    parts: dict[str, str] = {}
    problems: list[Problem] = []
    if len(text) not in NAMES:
        problems.append(Problem("length", None, "12 / 31 / 33", str(len(text))))
    else:
        parts["form"] = NAMES[len(text)]
        offset = 0
        if len(text) != BASIC:
            offset = 19
            body = check_uscc(text[:18])
            problems += body.problems
            warnings += body.warnings
            parts |= {"body": text[:18], "level": text[18], "level_name": LEVELS.get(text[18], "")}
            if text[18] not in "123456789":
                problems.append(Problem("level", 19, "1-6", text[18]))
            elif text[18] not in LEVELS:
                warnings.append(Problem("local_level", 19, "1-6", text[18]))
        basic = text[offset : offset + BASIC]
        faults, doubts = _basic_problems(basic, offset)
        problems += faults
        warnings += doubts
        parts |= {
            "basic": basic,
            "province": basic[:2],
            "type": basic[2:4],
            "type_name": (ITEM_TYPES | LOCAL_ITEM_TYPES).get(basic[2:4], ""),
            "main_item": basic[4:9],
            "sub_item": basic[9:12],
        }
        if len(text) == BUSINESS:
            parts["sequence"] = text[31:]
            wrong = misfits(text[31:], DIGITS, offset=31, expected="0-9")
            problems += wrong
            if not wrong and text[31:] == "00":
                warnings.append(Problem("sequence", 32, "01", "00"))
    return Identifier("item", value, text, parts, by_position(problems), tuple(warnings))


def _basic_problems(basic: str, offset: int) -> tuple[list[Problem], list[Problem]]:
    problems = misfits(basic, DIGITS, offset=offset, expected="0-9")
    if problems:
        return problems, []
    warnings: list[Problem] = []
    if basic[:2] != NATIONAL and basic[:2] not in PROVINCES:
        warnings.append(Problem("province", offset + 1, "", basic[:2]))
    kind = basic[2:4]
    if kind in LOCAL_ITEM_TYPES:
        warnings.append(Problem("local_item_type", offset + 3, "01-12", kind))
    elif kind not in ITEM_TYPES:
        problems.append(Problem("item_type", offset + 3, "01-12, 20, 21", kind))
    return problems, warnings
