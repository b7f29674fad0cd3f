"""A table's column cut into regions within which every cell answers alike.

The constants that a column's cells mention cut its values: below the first, at it, between it and the
second, … With n constants of an ordered kind there are 2n+1 regions, and one for null. What a cell says about
a region is found by asking the compiled cell about one example of the region, so regions can never disagree
with the cells themselves. Evaluation (a bisection instead of rule after rule), the checks, the
counterfactuals and whole batches rest on this.
"""

from xiaoneng.core.decisions.columns.build import build_column
from xiaoneng.core.decisions.columns.column import Column, Region
from xiaoneng.core.decisions.columns.constants import FOLDING, constant_value

__all__ = ["FOLDING", "Column", "Region", "build_column", "constant_value"]
