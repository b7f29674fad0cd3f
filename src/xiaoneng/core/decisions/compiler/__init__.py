"""From syntax tree to Python closures, once per text.

Every node becomes a function of one *frame*: a list ``[enclosing frame, run, slot, slot, …]``. Variables are
slots of the function they belong to, found when compiling. Nothing is looked up by name at run time, nothing
of the text is ever handed to Python.
"""

from __future__ import annotations

from xiaoneng.core.decisions import syntax as s
from xiaoneng.core.decisions.compiler.filters import compile_filter
from xiaoneng.core.decisions.compiler.functions import compile_call, compile_function
from xiaoneng.core.decisions.compiler.iterations import compile_for, compile_quantified
from xiaoneng.core.decisions.compiler.level import COMPILERS, RUN, Code, Frame, Level, compile_node
from xiaoneng.core.decisions.compiler.names import compile_bad, compile_literal, compile_name, compile_path
from xiaoneng.core.decisions.compiler.operators import (
    compile_between,
    compile_binary,
    compile_compare,
    compile_if,
    compile_logic,
    compile_negate,
)
from xiaoneng.core.decisions.compiler.structures import (
    compile_coerce,
    compile_context,
    compile_list,
    compile_range,
    compile_table,
    compile_unary_range,
)
from xiaoneng.core.decisions.compiler.unary_tests import compile_in, compile_instance_of, compile_test

__all__ = ["RUN", "Code", "Frame", "Level", "compile_node", "compile_test"]

COMPILERS.update(
    {
        s.Literal: compile_literal,
        s.Bad: compile_bad,
        s.Name: compile_name,
        s.Path: compile_path,
        s.Filter: compile_filter,
        s.Call: compile_call,
        s.Negate: compile_negate,
        s.Binary: compile_binary,
        s.Compare: compile_compare,
        s.Logic: compile_logic,
        s.Between: compile_between,
        s.In: compile_in,
        s.InstanceOf: compile_instance_of,
        s.If: compile_if,
        s.For: compile_for,
        s.Quantified: compile_quantified,
        s.ListOf: compile_list,
        s.ContextOf: compile_context,
        s.RangeOf: compile_range,
        s.UnaryRange: compile_unary_range,
        s.FunctionOf: compile_function,
        s.Coerce: compile_coerce,
        s.Table: compile_table,
    }
)
