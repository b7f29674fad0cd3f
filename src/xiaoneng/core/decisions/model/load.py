"""From a DMN file to a model, with the models that it imports."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from xiaoneng.core.decisions.lexer import normal_name
from xiaoneng.core.decisions.model.boxed import Problem
from xiaoneng.core.decisions.model.build import Builder
from xiaoneng.core.decisions.model.model import NAMELESS, Model
from xiaoneng.core.decisions.model.xml import NAMESPACES, Element, read_xml
from xiaoneng.core.errors import BadInput, HostileInput, Place

Source = Path | str | bytes
Resolve = Callable[[str, str | None], Source | None]
"""Finds an imported model by its namespace and location; None where there is none."""
IMPORT_LIMIT: Final = 50


def load_model(source: Source, *, resolve_import: Resolve | None = None, file: str | None = None) -> Model:
    """Load a DMN 1.1–1.5 model from a path or from bytes.

    Imports are found by ``resolve_import``; without it, beside the file. Raises BadInput for what is no
    model, HostileInput beyond the limits. What is wrong inside a model is listed in ``Model.problems``.
    """
    loader = _Loader(resolve_import, {})
    return loader.load(source, file, ())


class _Loader:
    def __init__(self, resolve: Resolve | None, loaded: dict[str, Model]) -> None:
        self.resolve, self.loaded = resolve, loaded

    def load(self, source: Source, file: str | None, chain: tuple[str, ...]) -> Model:
        folder: Path | None = None
        if isinstance(source, bytes):
            data = source
        else:
            path = Path(source)
            file = file or str(path)
            folder = path.parent
            try:
                data = path.read_bytes()
            except OSError as error:
                raise BadInput(
                    "cannot be read: {problem}",
                    problem=error.strerror,
                    place=Place(file),
                    expected="a DMN model",
                ) from None
        root = read_xml(data, file)
        if not root.dmn or root.tag != "definitions":
            raise BadInput(
                "not a DMN model: the root element is {tag}",
                tag=root.tag,
                place=Place(file, root.line),
                expected="definitions of DMN 1.1–1.5",
            )
        if len(chain) > IMPORT_LIMIT:
            raise HostileInput(
                "imports are nested more than {limit} deep", limit=IMPORT_LIMIT, place=Place(file)
            )
        digest = hashlib.sha256(data).hexdigest()
        model = Model(root.get("name"), root.get("namespace"), NAMESPACES[root.namespace], digest)
        for element in root.all("import"):
            self.imported(model, element, folder, (*chain, model.namespace))
        try:
            Builder(model, root).build()
        except RecursionError:
            raise HostileInput("expressions are nested too deeply", place=Place(file)) from None
        return model

    def imported(self, model: Model, element: Element, folder: Path | None, chain: tuple[str, ...]) -> None:
        namespace, location = element.get("namespace"), element.get("locationURI") or None
        name = normal_name(element.get("name")) or NAMELESS + namespace
        if not any(
            element.get("importType").startswith(known) or known == element.get("importType")
            for known in NAMESPACES
        ):
            return
        if namespace in chain:
            model.problems.append(Problem("import_cycle", {"name": name}, model.name, element.line))
            return
        if namespace not in self.loaded:
            found = self.find(namespace, location, folder)
            if found is None:
                model.problems.append(
                    Problem(
                        "import_missing", {"name": name, "namespace": namespace}, model.name, element.line
                    )
                )
                return
            self.loaded[namespace] = self.load(found, None, chain)
        model.imports[name] = self.loaded[namespace]

    def find(self, namespace: str, location: str | None, folder: Path | None) -> Source | None:
        if self.resolve is not None:
            return self.resolve(namespace, location)
        if folder is None:
            return None
        # only files of the same folder: a location never leads elsewhere
        if location and (folder / Path(location).name).is_file():
            return folder / Path(location).name
        for path in sorted(folder.glob("*.dmn")):
            try:
                if read_xml(path.read_bytes(), str(path)).get("namespace") == namespace:
                    return path
            except BadInput:
                continue
        return None
