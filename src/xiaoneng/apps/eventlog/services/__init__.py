"""Writes, one file per subject. Those around logs can be called from here."""

from xiaoneng.apps.eventlog.services.logs import (
    GUESS,
    IMPORT,
    REMOVE,
    finish,
    log_cancel,
    log_confirm,
    log_delete,
    log_reopen,
    log_retry,
    log_upload,
    progress_write,
)

__all__ = [
    "GUESS",
    "IMPORT",
    "REMOVE",
    "finish",
    "log_cancel",
    "log_confirm",
    "log_delete",
    "log_reopen",
    "log_retry",
    "log_upload",
    "progress_write",
]
