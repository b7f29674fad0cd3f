"""A diagram for a model that has none: places for its elements, written as BPMN DI."""

from xiaoneng.core.process.layout.draw import has_diagram, with_diagram

__all__ = ["has_diagram", "with_diagram"]
