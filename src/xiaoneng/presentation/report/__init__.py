"""The log report: HTML sections for the pages, and one self-contained file to hand around.

sections(analysis, "zh") -> [Section(id, title, html), …]      fragments; the page includes report.css
page(analysis, "zh", made="…") -> str                          a whole document without external requests
"""

from xiaoneng.presentation.report.document import page, stylesheet
from xiaoneng.presentation.report.outline import Section, sections

__all__ = ["Section", "page", "sections", "stylesheet"]
