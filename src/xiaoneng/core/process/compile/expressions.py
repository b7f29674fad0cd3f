"""Expressions of a model: FEEL, compiled once, with the names that the engine itself provides."""

from __future__ import annotations

from typing import Final

from xiaoneng.core.decisions import FeelSyntaxError, FeelTooLarge
from xiaoneng.core.process import names as n
from xiaoneng.core.process.compile.drafts import Drafts
from xiaoneng.core.process.formula import Formula
from xiaoneng.core.process.model import NONE
from xiaoneng.core.process.xml import Element

LOOP_NAMES: Final = (
    "loopCounter",
    "numberOfInstances",
    "numberOfActiveInstances",
    "numberOfCompletedInstances",
    "numberOfTerminatedInstances",
)
GATEWAY_NAMES: Final = ("activationCount",)


def compile_formula(drafts: Drafts, element: Element, owner: Element) -> int:
    """Compile the expression of an element; NONE where it is no FEEL, with a remark."""
    text = element.content().strip()
    language = element.get("language") or drafts.language
    if language not in n.FEEL_LANGUAGES:
        drafts.remark("language", owner, "the expression language {language} is not FEEL", language=language)
        return NONE
    return compile_text(drafts, text, owner)


def compile_text(drafts: Drafts, text: str, owner: Element) -> int:
    """Compile FEEL; NONE where it cannot be read, with a remark."""
    known = drafts.declared | set(LOOP_NAMES) | set(GATEWAY_NAMES)
    try:
        formula = Formula(text, known, owner.get("id") or owner.tag, owner.line)
    except (FeelSyntaxError, FeelTooLarge) as error:
        drafts.remark(
            "expression",
            owner,
            "the expression {text} cannot be read: {reason}",
            text=text[:80],
            reason=error.message.format(**error.params),
        )
        return NONE
    drafts.formulas.append(formula)
    return len(drafts.formulas) - 1
