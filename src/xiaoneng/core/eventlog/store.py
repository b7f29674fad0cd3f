"""Reading an enriched store: a folder of Parquet files behind one in-memory DuckDB connection.

Read only, nothing is unpickled, and any number of processes may read the same folder at once.
"""

from __future__ import annotations

import json
import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from xiaoneng.core.errors import BadInput, NotFound, Place

LAYOUT = 1
"""Version of the store's layout, written to ``meta.json``; a store of another version is refused."""

TABLES = ("events", "cases", "activities", "resources", "bodies", "roles", "lifecycles", "variants")
OPTIONAL_TABLES = ("event_attributes", "case_attributes")


class EventStore:
    """An enriched log; the layout is described in ``docs/reference/event-store.md``."""

    def __init__(self, folder: Path, *, memory_mb: int = 512, threads: int = 2) -> None:
        """Open ``folder``; raises NotFound when it is no store, BadInput when its layout is of another
        version."""
        self.folder = Path(folder).resolve()
        self._memory_mb = memory_mb
        self._threads = threads
        if not (self.folder / "meta.json").is_file():
            raise NotFound(
                "there is no event store here",
                place=Place(file=str(folder)),
                expected="a folder with meta.json",
            )
        found = self.meta.get("layout")
        if found != LAYOUT:
            raise BadInput(
                "the event store has layout version {found}",
                place=Place(file=str(folder)),
                expected="version {layout}",
                hint="Import the log again",
                found=found,
                layout=LAYOUT,
            )

    @cached_property
    def meta(self) -> dict[str, Any]:
        """What the log is: source, mapping, time zone rule, calendar, counts."""
        return dict(json.loads((self.folder / "meta.json").read_text(encoding="utf-8")))

    @cached_property
    def quality(self) -> list[dict[str, Any]]:
        """What is wrong with the log and what that does to the figures."""
        return list(json.loads((self.folder / "quality.json").read_text(encoding="utf-8")))

    def tables(self) -> list[str]:
        """The views that :meth:`connection` offers, facts as ``facts_<name>``."""
        return [name for name, _ in self._files()]

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A new DuckDB connection with one view per file of the store.

        It can read this folder and nothing else: no extension is fetched, no other file opened, and the
        settings cannot be changed by a query. The caller closes it (it is a context manager).
        """
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": f"{self._memory_mb}MB",
                "threads": self._threads,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "temp_directory": str(Path(tempfile.gettempdir()) / f"xiaoneng-duckdb-{os.getuid()}"),
            },
        )
        connection.execute("SET allowed_directories = ?", [[str(self.folder)]])
        for name, path in self._files():
            quoted = str(path).replace("'", "''")
            connection.execute(f"""CREATE VIEW "{name}" AS SELECT * FROM read_parquet('{quoted}')""")  # noqa: S608 own paths
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return connection

    def sql(self, query: str, parameters: object = None) -> pa.Table:
        """Run one query over the store's views on a connection of its own."""
        with self.connection() as connection:
            return connection.sql(query, params=parameters).to_arrow_table()

    def _files(self) -> list[tuple[str, Path]]:
        named = [(name, self.folder / f"{name}.parquet") for name in (*TABLES, *OPTIONAL_TABLES)]
        facts = [(f"facts_{path.stem}", path) for path in sorted((self.folder / "facts").glob("*.parquet"))]
        return [(name, path) for name, path in [*named, *facts] if path.is_file()]
