"""Serve the style sheets and the script of ``presentation`` beside those of the pages, without copying
them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

from xiaoneng import presentation

FOLDER = Path(presentation.__file__).parent
# static path → file; a list, so that nothing else of the package is ever served
FILES = {
    "presentation/tokens.css": "tokens.css",
    "presentation/report.css": "report/report.css",
    "presentation/report.js": "report/report.js",
}


class PresentationFinder(BaseFinder):
    """Finds exactly the files of ``FILES``."""

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        name = FILES.get(path)
        found = [str(FOLDER / name)] if name and (FOLDER / name).is_file() else []
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, FileSystemStorage]]:
        for path, name in FILES.items():
            file = FOLDER / name
            if file.is_file():
                storage = FileSystemStorage(location=str(file.parent))
                storage.prefix = str(Path(path).parent)  # type: ignore[attr-defined]  # collectstatic reads it
                yield file.name, storage
