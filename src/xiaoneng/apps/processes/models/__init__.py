"""Models of this app, one file per subject."""

from xiaoneng.apps.processes.models.decisions import Decision, DecisionTest, DecisionVersion, Evaluation

__all__ = ["Decision", "DecisionTest", "DecisionVersion", "Evaluation"]
