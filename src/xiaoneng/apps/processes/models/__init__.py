"""Models of this app, one file per subject."""

from xiaoneng.apps.processes.models.decisions import Decision, DecisionTest, DecisionVersion, Evaluation
from xiaoneng.apps.processes.models.processes import Process, ProcessVersion

__all__ = ["Decision", "DecisionTest", "DecisionVersion", "Evaluation", "Process", "ProcessVersion"]
