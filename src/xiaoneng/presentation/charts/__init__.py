"""Charts as accessible inline SVG, each with the table behind it: pure Python, no scripts, no inline styles.

Every function returns a ``Chart``: two drawings (desk and phone) and a ``Table``. Colours are classes of
``report.css``.
"""

from xiaoneng.presentation.charts.bars import (
    Bar,
    Bin,
    Stack,
    bars,
    histogram,
    intervals,
    lying_bars,
    meter,
    stacked_bars,
)
from xiaoneng.presentation.charts.lines import Series, lines, sparkline, survival
from xiaoneng.presentation.charts.matrix import Pair, matrix
from xiaoneng.presentation.charts.points import Dot, dotted
from xiaoneng.presentation.charts.process_map import Flow, Step, process_map
from xiaoneng.presentation.charts.svg import Cell, Chart, Column, Markup, Table, escape

__all__ = [
    "Bar",
    "Bin",
    "Cell",
    "Chart",
    "Column",
    "Dot",
    "Flow",
    "Markup",
    "Pair",
    "Series",
    "Stack",
    "Step",
    "Table",
    "bars",
    "dotted",
    "escape",
    "histogram",
    "intervals",
    "lines",
    "lying_bars",
    "matrix",
    "meter",
    "process_map",
    "sparkline",
    "stacked_bars",
    "survival",
]
