"""The file itself: cut off, changed, empty, a bomb, not there."""

from __future__ import annotations

import gzip
import os
from hashlib import sha256
from pathlib import Path

import pytest

from tests.core.eventlog.readers.reading import event, log, read, trace, write
from xiaoneng.core.errors import BadInput, HostileInput, NotFound
from xiaoneng.core.eventlog.limits import LIMITS
from xiaoneng.core.eventlog.readers import open_reader

TEXT = log(*(trace(f"c{i}", event()) for i in range(50)))


def test_the_hash_is_of_the_file_as_it_lies_there(tmp_path: Path) -> None:
    path = write(tmp_path, "a.xes.gz", TEXT, packed=True)
    result = read(path, tmp_path / "p").result
    assert result.sha256 == sha256(path.read_bytes()).hexdigest()
    assert result.bytes == path.stat().st_size


def test_several_gzip_members_are_one_file(tmp_path: Path) -> None:
    data = TEXT.encode()
    path = write(tmp_path, "a.xes.gz", gzip.compress(data[:500]) + gzip.compress(data[500:]) + b"\0" * 7)
    assert len(read(path, tmp_path / "p").raw) == 50


@pytest.mark.parametrize("cut", [-1, -9, -30])
def test_a_cut_gzip_is_noticed(tmp_path: Path, cut: int) -> None:
    path = write(tmp_path, "a.xes.gz", gzip.compress(TEXT.encode())[:cut])
    with pytest.raises(BadInput, match="was cut off"):
        read(path, tmp_path / "p")


def test_a_damaged_gzip_is_noticed(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT.encode()))
    packed[-5] ^= 1  # the checksum
    with pytest.raises(BadInput, match="gzip file is damaged"):
        read(write(tmp_path, "a.xes.gz", bytes(packed)), tmp_path / "p")


def test_a_gzip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    head = (log()[:-8] + "<trace>").encode()
    path = write(tmp_path, "a.xes.gz", gzip.compress(head + b"\n" * (300 << 20)))
    with pytest.raises(HostileInput, match="zip bomb"):
        read(path, tmp_path / "p")


def _append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"<!-- more -->")


def _touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.utime(other, ns=(path.stat().st_atime_ns, path.stat().st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [_append, _touch, _replace, Path.unlink])
def test_a_file_that_changes_while_it_is_read(tmp_path: Path, change: object) -> None:
    path = write(tmp_path, "a.xes", TEXT)
    with open_reader(path, tmp_path) as reader:
        rows = sum(len(batch) for batch in reader.batches())
        assert rows == 50
        change(path)  # type: ignore[operator]  # one of the functions above
        with pytest.raises(BadInput, match="changed while it was read"):
            reader.result()


def test_no_file_no_content_no_regular_file(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no such file"):
        open_reader(tmp_path / "none.xes", tmp_path)
    with pytest.raises(BadInput, match="the file is empty"):
        open_reader(write(tmp_path, "empty.csv", ""), tmp_path)
    with pytest.raises(BadInput, match="not a file"):
        open_reader(tmp_path, tmp_path)
    with pytest.raises(BadInput, match=r"Save it as \.xlsx"):
        open_reader(write(tmp_path, "a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600), tmp_path)


def test_one_event_is_a_log(tmp_path: Path) -> None:
    assert len(read(write(tmp_path, "a.xes", log(trace("c", event()))), tmp_path / "p").raw) == 1


def test_the_limit_of_the_default_is_far_from_real_logs() -> None:
    assert LIMITS.unpacked_ratio > 4 * 54
