"""A million broken files through every reader: only the errors of the house may come out, fast and small.

Small valid files of every format are the seeds. A mutation cuts, repeats, swaps, splices or flips bytes,
puts in words that mean something to the format, and (for gzip and zip) works inside the packed content as
well. Each input is read completely. Allowed: a result, or BadInput and its kinds with a place in the file.
Not allowed: any other exception, more than two seconds, more than 300 MB of growth.
"""

from __future__ import annotations

import gzip
import io
import json
import random
import resource
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import Workbook

from xiaoneng.core.errors import BadInput
from xiaoneng.core.eventlog.limits import Limits
from xiaoneng.core.eventlog.readers import open_reader

INPUTS, SLICE = 1_000_000, 3_000
SLOW_SECONDS = 2.0
HANGS_SECONDS = 30.0
"""Seconds on the wall after which an input is given up."""
GROWTH_MB = 300
KEPT = 20
"""Failures of which the input is kept in the record."""
LIMITS = Limits(
    unpacked_bytes=8 << 20, unpacked_free=1 << 20, value_bytes=1 << 16, columns=200, log_bytes=1 << 18,
    whole_document_bytes=8 << 20,
)  # fmt: skip

XES = """<?xml version="1.0" encoding="UTF-8" ?>
<log xes.version="1.0" xes.features="nested-attributes" xmlns="http://www.xes-standard.org/">
	<extension name="Time" prefix="time" uri="http://www.xes-standard.org/time.xesext"/>
	<global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
	<classifier name="Activity" keys="concept:name lifecycle:transition"/>
	<int key="total" value="3"><int key="in" value="1"/></int>
	<trace>
		<string key="concept:name" value="c&amp;1"/>
		<date key="deadline" value="2024-02-01T00:00:00+08:00"/>
		<event>
			<string key="concept:name" value="受理"/>
			<date key="time:timestamp" value="2024-01-05T09:00:00.000+08:00"/>
			<int key="n" value="7"/>
			<float key="x" value="1.5"/>
			<boolean key="b" value="true"/>
		</event>
		<event>
			<string key="concept:name" value="审批"/>
			<date key="time:timestamp" value="2024-01-06T09:00:00.000+08:00"/>
			<string key="org:resource" value="R"><string key="deep" value="v"/></string>
		</event>
	</trace>
	<trace>
		<string key="concept:name" value="c2"/>
		<event>
			<string key="concept:name" value="受理"/>
			<date key="time:timestamp" value="2024-01-07T09:00:00.000+08:00"/>
		</event>
	</trace>
</log>
"""
CSV = (
    'case,activity,time,end,resource,note\n1,受理,2024-01-05 09:00:00,2024-01-05 10:00:00,张,"a, ""b""\nc"\n'
    "1,审批,2024/1/6 9:30,,李,\nNA,受理,2024-01-07T08:00:00+08:00,2024-01-07T09:00:00Z,,x\n"
)
OCEL = {
    "objectTypes": [{"name": "permit", "attributes": []}],
    "eventTypes": [{"name": "register", "attributes": []}],
    "objects": [
        {"id": "p1", "type": "permit",
         "attributes": [{"name": "a", "time": "1970-01-01T00:00:00Z", "value": 1}]},
    ],
    "events": [
        {"id": f"e{i}", "type": "register", "time": "2024-01-05T09:00:00Z",
         "attributes": [{"name": "f", "value": "x"}],
         "relationships": [{"objectId": "p1", "qualifier": "q"}]}
        for i in range(3)
    ],
}  # fmt: skip
OCEL_XML = (
    '<?xml version="1.0"?><log><object-types/><event-types/><objects>'
    '<object id="p1" type="permit"><attributes>'
    '<attribute name="a" time="1970-01-01T00:00:00Z">1</attribute></attributes></object></objects><events>'
    '<event id="e1" type="register" time="2024-01-05T09:00:00Z"><attributes><attribute name="f">x</attribute>'
    '</attributes><objects><relationship object-id="p1" qualifier="q"/></objects></event></events></log>'
)
WORDS = (
    b"<!DOCTYPE a [<!ENTITY b 'cc'>]>", b"&b;", b"&#0;", b"&#x110000;", b"<!--", b"-->", b"<![CDATA[",
    b"]]>", b"<?x ?>",
    b"</trace>", b"<event>", b"</event>", b"<trace/>", b'" value="', b"key=", b"<list key='l'>", b'"',
    b"'", b"\x00",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xe4\xb8", b"\r\n", b"\r", b";", b"\t", b",,,,", b"=", b"9" * 40,
    b"-1", b"1e999", b"NaN",
    b"2024-02-30", b"0000-00-00T00:00:00Z", b"99999-01-01", b"13/13/2024", b"03/04/2024", b"{", b"}",
    b"[", b"[[[[[[[[",
    b"null", b"true", b"\\u0000", b"\\ud800", b"A" * 70_000, b"encoding='utf-16'",
    b"encoding='zip'", b"XFD1048576",
    b't="s"', b"<mergeCell ref='A1:B1'/>", b"999999999", b"", b"case:",
    b"@offset", b"row", b"case_id", b"\xf0\x9f\x98\x80",
)  # fmt: skip


def _parquet() -> bytes:
    table = pa.table(
        {
            "case": ["1", "1", "2"],
            "activity": pa.array(["A", "B", "A"]).dictionary_encode(),
            "time": pa.array([1, 2, 3], pa.timestamp("us", "UTC")),
            "n": [1, None, 3],
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out)
    return out.getvalue()


def _workbook() -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["case", "activity", "time"],
        ["1", "A", "2024-01-05 09:00"],
        ["1", "B", "2024-01-06"],
        [2, "A", "2024-01-07"],
    ):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _database(folder: Path) -> bytes:
    path = folder / "seed.sqlite"
    with sqlite3.connect(path) as db:
        db.executescript(
            "CREATE TABLE event (ocel_id TEXT, ocel_type TEXT);"
            "CREATE TABLE object (ocel_id TEXT, ocel_type TEXT);"
            "CREATE TABLE event_map_type (ocel_type TEXT, ocel_type_map TEXT);"
            "CREATE TABLE object_map_type (ocel_type TEXT, ocel_type_map TEXT);"
            "CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT);"
            "CREATE TABLE event_R (ocel_id TEXT, ocel_time TEXT, f TEXT);"
            "CREATE TABLE object_P (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT, a TEXT);"
            "INSERT INTO event VALUES ('e1', 'r'), ('e2', 'r'); INSERT INTO object VALUES ('p1', 'p');"
            "INSERT INTO event_map_type VALUES ('r', 'R'); INSERT INTO object_map_type VALUES ('p', 'P');"
            "INSERT INTO event_object VALUES ('e1', 'p1', 'q'), ('e2', 'p1', 'q');"
            "INSERT INTO event_R VALUES ('e1', '2024-01-05', 'x'), ('e2', '2024-01-06', 'y');"
            "INSERT INTO object_P VALUES ('p1', '1970-01-01', NULL, 'v');"
        )
    db.close()
    return path.read_bytes()


def mutate(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """One to four changes."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.choice((1, 1, 2, 4, 16, 100)))
        kind = rng.randrange(8)
        if kind == 0:
            data = data[:at]
        elif kind == 1:
            data = data[:at] + data[to:]
        elif kind == 2:
            data = data[:at] + data[at:to] * rng.choice((2, 3, 50)) + data[to:]
        elif kind == 3:
            data = data[:at] + rng.choice(WORDS) + data[rng.choice((at, to)) :]
        elif kind == 4:
            data = data[:at] + bytes(rng.randrange(256) for _ in range(to - at)) + data[to:]
        elif kind == 5:
            other = rng.choice(others)
            data = data[:at] + other[rng.randrange(len(other)) :][:200] + data[to:]
        elif kind == 6 and at < len(data):
            data = data[:at] + bytes((data[at] ^ (1 << rng.randrange(8)),)) + data[at + 1 :]
        else:
            again = rng.randrange(len(data) + 1)
            data = data[:at] + data[again : again + 300] + data[at:]
    return data


def _inside_gzip(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    packed = gzip.compress(mutate(data, rng, others), 1, mtime=0)
    return packed if rng.random() < 0.7 else mutate(packed, rng, others)


def _inside_zip(data: bytes, rng: random.Random, others: list[bytes]) -> bytes:
    """Change one part of the workbook, sometimes the archive as well."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    wanted = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "xl/_rels/workbook.xml.rels")
    name = rng.choice(wanted)
    parts[name] = mutate(parts[name], rng, others)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, content in parts.items():
            if not part.startswith(("docProps", "xl/theme")):
                archive.writestr(part, content)
    packed = out.getvalue()
    return packed if rng.random() < 0.8 else mutate(packed, rng, others)


Change = Callable[[bytes, random.Random, list[bytes]], bytes]


def seeds(folder: Path) -> dict[str, tuple[bytes, Change, int]]:
    """Per format: the seed, how it is changed, and how many of a hundred inputs it gets."""
    return {
        "xes": (XES.encode(), mutate, 30),
        "xes.gz": (XES.encode(), _inside_gzip, 10),
        "csv": (CSV.encode(), mutate, 26),
        "csv gb18030": (CSV.encode("gb18030"), mutate, 4),
        "parquet": (_parquet(), mutate, 8),
        "xlsx": (_workbook(), _inside_zip, 4),
        "ocel json": (json.dumps(OCEL).encode(), mutate, 8),
        "ocel xml": (OCEL_XML.encode(), mutate, 6),
        "ocel sqlite": (_database(folder), mutate, 4),
    }


def read(path: Path, part: Path) -> str:
    """Read a file completely; what came of it."""
    try:
        with open_reader(path, part, limits=LIMITS) as reader:
            for batch in reader.batches():
                batch.validate(full=True)
            result = reader.result()
    except BadInput as error:
        if error.place is None or error.place.file != path.name:
            raise AssertionError(f"an error without its file: {error}") from error
        str(error)
        return error.code
    assert result.rows > 0
    return "read"


def _hangs(*_: object) -> None:
    raise TimeoutError("given up: it does not end")


def run(seed: int, slice: bool, inputs: int | None = None) -> dict[str, Any]:
    """Fuzz every reader. Failures are kept (at most 20) with the bytes that caused them."""
    rng = random.Random(seed)
    count = inputs or (SLICE if slice else INPUTS)
    outcomes: dict[str, Counter[str]] = {}
    failures: list[dict[str, str]] = []
    slowest = 0.0
    base = tempfile.mkdtemp(prefix="fuzz", dir="/dev/shm" if Path("/dev/shm").is_dir() else None)
    folder = Path(base)
    before_alarm = signal.signal(signal.SIGALRM, _hangs)
    try:
        corpus = seeds(folder)
        others = [data for data, _, _ in corpus.values()]
        part = folder / "part"
        for name, (data, _, _) in corpus.items():  # also warms up, so that memory growth is of the inputs
            path = folder / "seed"
            path.write_bytes(data)
            part.mkdir(exist_ok=True)
            if read(path, part) != "read":
                raise AssertionError(f"the seed {name} is not readable")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        names = [name for name, (_, _, weight) in corpus.items() for _ in range(weight)]
        path = folder / "input"
        for number in range(count):
            name = names[number % len(names)]
            data, change, _ = corpus[name]
            changed = change(data, rng, others)
            path.write_bytes(changed)
            start = time.process_time()
            problem = ""
            signal.setitimer(signal.ITIMER_REAL, HANGS_SECONDS)
            try:
                outcome = read(path, part)
            except Exception as error:
                outcome, problem = f"crash: {type(error).__name__}", repr(error)[:300]
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
            spent = time.process_time() - start
            slowest = max(slowest, spent)
            if spent > SLOW_SECONDS:
                problem = problem or f"{spent:.1f} s"
            if problem:
                print(f"input {number}: {name}: {problem}", file=sys.stderr, flush=True)
                if len(failures) < KEPT:
                    failures.append({"format": name, "error": problem, "input": changed.hex()[:20_000]})
            outcomes.setdefault(name, Counter())[outcome] += 1
            if number % 50_000 == 49_999:
                print(f"{number + 1} inputs, {len(failures)} failures", file=sys.stderr, flush=True)
            if number % 64 == 63:
                for left in part.iterdir():
                    left.unlink()
        growth = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
    finally:
        signal.signal(signal.SIGALRM, before_alarm)
        shutil.rmtree(base, ignore_errors=True)
    return {
        "ok": not failures and growth <= GROWTH_MB,
        "inputs": count,
        "outcomes": {name: dict(sorted(found.items())) for name, found in outcomes.items()},
        "slowest_seconds": round(slowest, 3),
        "memory_growth_mb": growth,
        "failures": failures,
    }
