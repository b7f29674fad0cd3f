"""Decisions: FEEL (DMN 1.5) and decision models, compiled, checked, explained.

compile_expression(text, names).evaluate(inputs, clock=...)   a value, and the faults on the way to it
compile_unary_tests(text, names).evaluate(value, inputs)      whether a value satisfies a cell
load_model(source).evaluate(decision, inputs, at=...)         a decision or service of a DMN model
check_model(model)                                            what is wrong with it, each with an example
explain(model, evaluation, decision), replay                  why, as data; again years later
account(explanation, ...), tell(explanation, ...)             the same in plain words
bind(model, decision, inputs), decide_many(...)               fast: one by one, and whole columns
to_sql(text, columns)                                         conditions on stored data
"""

from xiaoneng.core.decisions.bound import Batch, bind, decide_many
from xiaoneng.core.decisions.checks import Finding, check_model
from xiaoneng.core.decisions.convert import dump_json, from_json, from_python, to_json
from xiaoneng.core.decisions.day import day_inputs, with_day
from xiaoneng.core.decisions.explain import english, explain, feel_literal, names_of, replay
from xiaoneng.core.decisions.expression import (
    Expression,
    Result,
    UnaryTests,
    compile_expression,
    compile_unary_tests,
)
from xiaoneng.core.decisions.faults import Fault, FeelSyntaxError, FeelTooLarge, phrase
from xiaoneng.core.decisions.model import Evaluation, Model, load_model
from xiaoneng.core.decisions.runtime import LIMITS, Limits
from xiaoneng.core.decisions.sql import Condition, NotInSql, cell_to_sql, to_sql
from xiaoneng.core.decisions.telling import Account, Speaker, account, tell
from xiaoneng.core.decisions.types import deep_type

__all__ = [
    "LIMITS",
    "Account",
    "Batch",
    "Condition",
    "Evaluation",
    "Expression",
    "Fault",
    "FeelSyntaxError",
    "FeelTooLarge",
    "Finding",
    "Limits",
    "Model",
    "NotInSql",
    "Result",
    "Speaker",
    "UnaryTests",
    "account",
    "bind",
    "cell_to_sql",
    "check_model",
    "compile_expression",
    "compile_unary_tests",
    "day_inputs",
    "decide_many",
    "deep_type",
    "dump_json",
    "english",
    "explain",
    "feel_literal",
    "from_json",
    "from_python",
    "load_model",
    "names_of",
    "phrase",
    "replay",
    "tell",
    "to_json",
    "to_sql",
    "with_day",
]
