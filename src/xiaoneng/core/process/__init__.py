"""Processes: BPMN 2.0 in and out, the compiled model, execution, soundness, comparison.

read_document, compile_document, load_model    a file → a document → a model
write_document                                 the document as XML again, nothing lost
advance(model, state, command, at)             one step, pure: the new state and what happened
dump_state, load_state                         a state as a few hundred bytes, and back
"""

from xiaoneng.core.process.advance import Step, Task, Timer, advance
from xiaoneng.core.process.commands import (
    AddSign,
    Cancel,
    Claim,
    Command,
    Complete,
    Countersign,
    Delegate,
    Message,
    Recall,
    Release,
    Resume,
    SendBack,
    SetData,
    Signal,
    Start,
    Suspend,
    ThrowError,
    ThrowEscalation,
    TimerDue,
)
from xiaoneng.core.process.compile import compile_document
from xiaoneng.core.process.document import Document, read_document, write_document
from xiaoneng.core.process.faults import CommandRefused, NoBranch, NotExecutable, StepFault, StepTooLarge
from xiaoneng.core.process.model import Facts, Flow, Lane, Model, Node, Remark, Scope
from xiaoneng.core.process.state import State, dump_state, load_state
from xiaoneng.core.process.work import EVENTS, Event

__all__ = [
    "EVENTS",
    "AddSign",
    "Cancel",
    "Claim",
    "Command",
    "CommandRefused",
    "Complete",
    "Countersign",
    "Delegate",
    "Document",
    "Event",
    "Facts",
    "Flow",
    "Lane",
    "Message",
    "Model",
    "NoBranch",
    "Node",
    "NotExecutable",
    "Recall",
    "Release",
    "Remark",
    "Resume",
    "Scope",
    "SendBack",
    "SetData",
    "Signal",
    "Start",
    "State",
    "Step",
    "StepFault",
    "StepTooLarge",
    "Suspend",
    "Task",
    "ThrowError",
    "ThrowEscalation",
    "Timer",
    "TimerDue",
    "advance",
    "compile_document",
    "dump_state",
    "load_state",
    "read_document",
    "write_document",
]
