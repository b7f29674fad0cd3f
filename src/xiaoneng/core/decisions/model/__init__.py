"""Decision models in DMN XML."""

from xiaoneng.core.decisions.model.boxed import Problem
from xiaoneng.core.decisions.model.load import load_model
from xiaoneng.core.decisions.model.model import Evaluation, InputData, Model, Service, Unit

__all__ = ["Evaluation", "InputData", "Model", "Problem", "Service", "Unit", "load_model"]
