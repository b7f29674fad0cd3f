"""What the surroundings say: every variable that the platform reads, typed and checked, in one place.

| variable | meaning | default |
|---|---|---|
| ``XIAONENG_HOME`` | folder of everything the platform writes | ``.xiaoneng`` under the current folder |
| ``XIAONENG_HOST``, ``XIAONENG_PORT`` | where the pages are served | ``127.0.0.1``, ``8000`` |
| ``XIAONENG_DATABASE_URL`` | ``sqlite:///PATH`` or ``postgresql://…`` | SQLite in the home folder |
| ``XIAONENG_SECRET_KEY`` | key for sessions | generated into the home folder |
| ``XIAONENG_DATA_KEY`` | key for sensitive fields | generated into the home folder |
| ``XIAONENG_SEAL_KEY`` | key that signs seals | generated into the home folder on first use |
| ``XIAONENG_SEAL_PERIOD`` | ``daily``, ``monthly`` or ``off``: when events are sealed | ``daily`` |
| ``XIAONENG_ALLOWED_HOSTS`` | host names, comma separated | this machine only |
| ``XIAONENG_HTTPS`` | ``1`` when a proxy in front speaks HTTPS | ``0`` |
| ``XIAONENG_DEBUG`` | ``1`` shows tracebacks in the browser; never in production | ``0`` |
| ``XIAONENG_UPLOAD_MB`` | largest log that may be uploaded | ``2048`` |

Reading is free of side effects, so that tools may import the settings; ``prepare_home`` writes.
"""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from xiaoneng.core.errors import BadInput

SESSION_KEY_FILE = "secret.key"
DATA_KEY_FILE = "data.key"
KEY_BYTES = 32
SEAL_PERIODS = ("daily", "monthly", "off")


@dataclass(frozen=True, slots=True)
class Environment:
    """The checked surroundings; ``data_key`` is None until the home folder was prepared."""

    home: Path
    host: str
    port: int
    database: dict[str, object]
    secret_key: str
    data_key: bytes | None
    seal_key: bytes | None
    seal_period: str
    allowed_hosts: tuple[str, ...]
    https: bool
    debug: bool
    upload_bytes: int


def read(variables: Mapping[str, str]) -> Environment:
    """The surroundings from ``variables`` (normally ``os.environ``).

    Raises:
        BadInput: a variable has a value that cannot be used; the message names it.
    """
    home = Path(variables.get("XIAONENG_HOME") or ".xiaoneng").expanduser().absolute()
    hosts = tuple(h.strip() for h in variables.get("XIAONENG_ALLOWED_HOSTS", "").split(",") if h.strip())
    return Environment(
        home=home,
        host=variables.get("XIAONENG_HOST") or "127.0.0.1",
        port=_integer(variables, "XIAONENG_PORT", 8000, 1, 65535),
        database=database(variables.get("XIAONENG_DATABASE_URL", ""), home),
        secret_key=variables.get("XIAONENG_SECRET_KEY") or _key_text(home) or secrets.token_urlsafe(48),
        data_key=_data_key(variables.get("XIAONENG_DATA_KEY", ""), home),
        seal_key=_key(variables, "XIAONENG_SEAL_KEY"),
        seal_period=_seal_period(variables.get("XIAONENG_SEAL_PERIOD") or "daily"),
        allowed_hosts=hosts or ("localhost", "127.0.0.1", "[::1]"),
        https=_switch(variables, "XIAONENG_HTTPS"),
        debug=_switch(variables, "XIAONENG_DEBUG"),
        upload_bytes=_integer(variables, "XIAONENG_UPLOAD_MB", 2048, 1, 1_000_000) * 1024 * 1024,
    )


def prepare_home(home: Path) -> None:
    """Create the home folder and, once, its two keys, readable by their owner alone."""
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    for name in (SESSION_KEY_FILE, DATA_KEY_FILE):
        path = home / name
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            continue
        with os.fdopen(handle, "wb") as file:
            file.write(base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def database(url: str, home: Path) -> dict[str, object]:
    """Django's description of the database behind ``url``; an empty one means SQLite in ``home``."""
    if not url:
        return _sqlite(str(home / "xiaoneng.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path)
        return _sqlite(path[1:] if path.startswith(("//", "/./")) else path)
    if parts.scheme not in ("postgres", "postgresql"):
        raise BadInput(
            "XIAONENG_DATABASE_URL names the unknown database {scheme}",
            expected="sqlite:///PATH or postgresql://USER:PASSWORD@HOST:PORT/NAME",
            scheme=parts.scheme or "?",
        )
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "xiaoneng",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # a socket folder comes as ?host=/path, the way libpq writes it
        "HOST": query.get("host", unquote(parts.hostname or "")),
        "PORT": str(parts.port or query.get("port", "")),
        # without the pool 359 instead of 1,899 requests a second
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
    }


def _sqlite(name: str) -> dict[str, object]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "OPTIONS": {
            # a writer takes its lock at the start: no deadlock between two readers that both want to write
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-32000;",
        },
    }


def _key_text(home: Path) -> str | None:
    path = home / SESSION_KEY_FILE
    return path.read_text(encoding="ascii").strip() if path.is_file() else None


def _data_key(text: str, home: Path) -> bytes | None:
    path = home / DATA_KEY_FILE
    if not text and path.is_file():
        text = path.read_text(encoding="ascii").strip()
    return _key({"XIAONENG_DATA_KEY": text}, "XIAONENG_DATA_KEY")


def _key(variables: Mapping[str, str], name: str) -> bytes | None:
    text = variables.get(name, "")
    if not text:
        return None
    try:
        key = base64.urlsafe_b64decode(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadInput(
            "{name} cannot be used", expected="{n} bytes in URL-safe Base64", n=KEY_BYTES, name=name
        )
    return key


def _seal_period(text: str) -> str:
    if text not in SEAL_PERIODS:
        raise BadInput("XIAONENG_SEAL_PERIOD is {text}", expected="daily, monthly or off", text=text)
    return text


def _integer(variables: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    text = variables.get(name, "")
    if not text:
        return default
    try:
        value = int(text)
    except ValueError:
        value = low - 1
    if not low <= value <= high:
        raise BadInput(
            "{name} is {text}",
            expected="a whole number from {low} to {high}",
            name=name,
            text=text,
            low=low,
            high=high,
        )
    return value


def _switch(variables: Mapping[str, str], name: str) -> bool:
    text = variables.get(name, "0")
    if text not in ("", "0", "1"):
        raise BadInput("{name} is {text}", expected="0 or 1", name=name, text=text)
    return text == "1"
