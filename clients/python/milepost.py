"""Checkpoints, a progress file and a resume button for a long Python program.

    import milepost

    job = milepost.Job("results", total=30000, every="2m", ext=".npz", final="dataset.npz")
    for batch in job.batches():
        rows = make(batch.start, batch.end)
        job.save(batch, lambda path: numpy.savez(path, rows))
    job.merge(write_result)

Each saved batch is a checkpoint: on the disk, hashed, and in the job's ledger. A killed program loses the batch it was
at; started again it goes on behind the last checkpoint. PROGRESS.txt in the job's folder says how far it is, and the
job shows in `milepost list` and in the menu-bar app, which can also resume it.

One file, Python 3.8 or newer, Linux or macOS, nothing but the standard library. The records are the same as those of
the agent, byte for byte: a job begun by one can be finished by the other.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import itertools
import json
import math
import os
import re
import shlex
import shutil
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import unicodedata
import uuid
import zlib
from datetime import datetime, timezone
from decimal import ROUND_HALF_UP, Decimal
from types import FrameType, TracebackType
from typing import (
    Any,
    Callable,
    Dict,
    Iterable,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    TypeVar,
    Union,
)

try:
    import fcntl
except ImportError:  # Windows; said in words where a job is opened.
    fcntl = None  # type: ignore[assignment]

__all__ = ["Batch", "Job", "JobError", "Stopped", "checkpoint", "concat", "latest", "track"]
__version__ = "0.1.0"

Record = Dict[str, Any]
Item = TypeVar("Item")
PathLike = Union[str, "os.PathLike[str]"]

# The version that every record on disk carries, and the newest that this file reads.
_RECORD_VERSION = 1
_META = ".milepost"
_MAX_ITEMS = 2**53 - 1
# Freed when the disk is full, so that the last records can be written.
_RESERVE_BYTES = 64 * 1024

# How the program was started, before it can have changed its mind about folder or arguments.
try:
    _START_CWD = os.getcwd()
except OSError:
    _START_CWD = "/"
_START_ARGV = list(getattr(sys, "argv", []))


# ---------------------------------------------------------------------------------------------------------------------
# Errors
# ---------------------------------------------------------------------------------------------------------------------


class JobError(RuntimeError):
    """A job can't do what was asked. The text says what happened, where, and what to do next.

    Uncaught in a script it is shown as that text, without a stack trace, and the script ends with 1.
    """

    def __init__(self, message: str, hint: Optional[str] = None) -> None:
        super().__init__(message if hint is None else f"{message}\n{hint}")
        #: What happened, and where.
        self.message = message
        #: What to do next; None where there is nothing to say.
        self.hint = hint


class Stopped(SystemExit):
    """Raised where `milepost stop` ends the program: all that was saved is safe, and a resume goes on from there.

    Uncaught it ends the program with 5, without a word.
    """

    def __init__(self, code: int = 5) -> None:
        super().__init__(code)


class _Fault(JobError):
    """A file operation that failed: what was tried, on which path, and the system's error."""

    def __init__(self, action: str, path: str, cause: BaseException, hint: Optional[str] = None) -> None:
        number = cause.errno if isinstance(cause, OSError) else None
        self.code: Optional[str] = errno.errorcode.get(number) if number is not None else None
        self.path = path
        words = _FAULTS.get(self.code or "")
        super().__init__(
            f"Could not {action} {path}: {words or getattr(cause, 'strerror', None) or cause}",
            _MAKE_ROOM if self.code in _FULL else hint,
        )


class _Removed(_Fault):
    """A file that a run appends to is not at its path any more. Nothing of the run may be written there from then on:
    it would bring back what somebody removed, or get in the way of whoever has begun anew in the same place."""

    def __init__(self, path: str) -> None:
        super().__init__(
            "append to",
            path,
            ValueError("it was removed, moved or replaced while the job ran"),
            "Bring the job's folder back if it was moved, then start again: what is not there is done again.",
        )


_FAULTS = {
    "ENOSPC": "the disk is full (ENOSPC)",
    "EDQUOT": "the disk quota is used up (EDQUOT)",
    "EIO": "the disk reported an input/output error (EIO)",
    "EROFS": "the file system is read-only (EROFS)",
    "EACCES": "permission denied (EACCES)",
    "EPERM": "not permitted (EPERM)",
    "ENOENT": "it is not there (ENOENT)",
    "ENOTDIR": "a part of the path is no folder (ENOTDIR)",
    "EISDIR": "it is a folder (EISDIR)",
    "EMFILE": "too many open files (EMFILE)",
}
_FULL = ("ENOSPC", "EDQUOT")
_MAKE_ROOM = "Make room there and start again: it goes on behind the last checkpoint."
# With less than this free not even the records of one attempt can be written.
_NOTHING_BYTES = 64 * 1024
# Where an error keeps that it came of a full disk.
_CAME_OF_FULL = "_milepost_full"


def _full_disk(error: BaseException, dir: str) -> Optional[str]:
    """That the disk or the quota is full, where an error came of that; None: it did not.

    Told by the error, by what it came from, or by the disk of ``dir``: what a library says of that may be anything.
    """
    chain: List[BaseException] = []
    cause: Optional[BaseException] = error
    while cause is not None and not any(cause is one for one in chain):
        known: Optional[str] = getattr(cause, _CAME_OF_FULL, None)
        code = errno.errorcode.get(cause.errno or 0) if isinstance(cause, OSError) else None
        if known or code in _FULL:
            return known or _FAULTS[code or ""]
        chain.append(cause)
        cause = cause.__cause__ or (None if cause.__suppress_context__ else cause.__context__)
    try:
        disk = os.statvfs(dir)
    except OSError:
        return None
    return _FAULTS["ENOSPC"] if disk.f_bavail * disk.f_frsize < _NOTHING_BYTES else None


class _attempt:
    """`with _attempt("write", path):` makes an OSError a :class:`_Fault` that says so."""

    def __init__(self, action: str, path: str) -> None:
        self.action = action
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        if isinstance(error, OSError):
            raise _Fault(self.action, self.path, error) from error


def _say(text: str) -> None:
    """A line on standard error, where that can be written to."""
    try:
        print(f"milepost: {text}", file=sys.stderr)
    except (OSError, ValueError):
        pass


def _show_job_errors() -> None:
    """From now on an uncaught JobError is told in words; everything else as before. An error that ends the thread of a
    run's loop ends the run, too."""
    before = sys.excepthook
    before_in_thread = threading.excepthook
    if getattr(before, "milepost", False):
        return

    def hook(
        kind: Type[BaseException], error: BaseException, trace: Optional[TracebackType]
    ) -> None:
        if isinstance(error, JobError):
            print(f"milepost: {error}", file=sys.stderr)
        else:
            before(kind, error, trace)

    def hook_in_thread(args: Any) -> None:
        if isinstance(args.exc_value, JobError):
            _say(str(args.exc_value))
        else:
            before_in_thread(args)
        if args.exc_value is not None:
            for run in [run for run in _open_runs if run.thread is args.thread]:
                run.fail(args.exc_value)

    setattr(hook, "milepost", True)
    sys.excepthook = hook
    threading.excepthook = hook_in_thread


# ---------------------------------------------------------------------------------------------------------------------
# Numbers and text as the agent writes them: the records of both must be the same, byte for byte
# ---------------------------------------------------------------------------------------------------------------------


def _number_text(value: Union[int, float]) -> str:
    """A number as JSON.stringify writes it."""
    if isinstance(value, int):
        return str(value)
    if not math.isfinite(value):
        return "null"
    if value == 0:
        return "0"
    sign, all_digits, exponent = Decimal(repr(value)).as_tuple()
    digits = "".join(map(str, all_digits)).rstrip("0")
    point = len(all_digits) + int(exponent)
    size = len(digits)
    if size <= point <= 21:
        text = digits + "0" * (point - size)
    elif 0 < point <= 21:
        text = f"{digits[:point]}.{digits[point:]}"
    elif -6 < point <= 0:
        text = f"0.{'0' * -point}{digits}"
    else:
        text = f"{digits[0]}{'.' if size > 1 else ''}{digits[1:]}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"-{text}" if sign else text


_LONE = re.compile("[\ud800-\udfff]")


def _json_text(value: Any, indent: int = 0, ascii_only: bool = False, level: int = 0) -> str:
    """A value as JSON.stringify(value, null, indent) writes it; ``ascii_only``: all else as ``\\uXXXX``."""
    if value is None or value is True or value is False:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        text = json.dumps(value, ensure_ascii=ascii_only)
        return text if ascii_only else _LONE.sub(lambda found: f"\\u{ord(found.group()):04x}", text)
    if isinstance(value, (int, float)):
        return _number_text(value)
    inner = "\n" + " " * (indent * (level + 1)) if indent else ""
    outer = "\n" + " " * (indent * level) if indent else ""
    if isinstance(value, dict):
        colon = ": " if indent else ":"
        parts = [
            _json_text(str(key), 0, ascii_only) + colon + _json_text(item, indent, ascii_only, level + 1)
            for key, item in value.items()
        ]
        left, right = "{", "}"
    else:
        parts = [_json_text(item, indent, ascii_only, level + 1) for item in value]
        left, right = "[", "]"
    if not parts:
        return left + right
    return left + inner + f",{inner}".join(parts) + outer + right


def _parse_json(text: str) -> Any:
    """JSON as JSON.parse takes it: no NaN, no Infinity. Raises ValueError."""

    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def _round(value: float) -> int:
    """To the nearest whole number, halves up, as Math.round."""
    below = math.floor(value)
    return below + 1 if value - below >= 0.5 else below


def _rounded(value: float, places: int) -> str:
    """Fixed decimals, halves up, as toFixed."""
    return str(Decimal(value).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP))


def _precise(value: float, digits: int) -> str:
    """So many significant digits, halves up, and never an exponent: as Number(toPrecision) where that has one."""
    exact = Decimal(value)
    if exact == 0:
        return f"0.{'0' * (digits - 1)}"
    exponent = exact.adjusted()
    rounded = exact.quantize(Decimal(1).scaleb(exponent - digits + 1), rounding=ROUND_HALF_UP)
    # What rounds up to one digit more has one decimal less.
    if rounded.adjusted() > exponent:
        exponent += 1
        rounded = rounded.quantize(Decimal(1).scaleb(exponent - digits + 1))
    return f"{rounded:f}"


# What String.prototype.trim and \s take for white space.
_SPACES = "\t\n\v\f\r \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_SPACE_RUN = re.compile(f"[{_SPACES}]+")
_LEADING = re.compile(f"\\A[{_SPACES}]+")
_TRAILING = re.compile(f"[{_SPACES}]+\\Z")
_PLAIN = re.compile(r"(?:[!-~]+(?: [!-~]+)*)?\Z")
_INTRODUCERS = re.compile("[\x1b\x90\x98\x9b\x9d-\x9f]")
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]+")
_BROKEN_PAIR = re.compile("[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]")
_MAX_TEXT = 200
_MAX_SEQUENCE = 4096


def _to_units(text: str) -> str:
    """The text as its UTF-16 units, each a character: lengths and cuts are then those of the agent."""
    if not text or max(text) <= "\uffff":
        return text
    raw = text.encode("utf-16-le", "surrogatepass")
    return "".join(map(chr, struct.unpack(f"<{len(raw) // 2}H", raw)))


def _from_units(units: str) -> str:
    raw = struct.pack(f"<{len(units)}H", *map(ord, units))
    return raw.decode("utf-16-le", "surrogatepass")


def _strip_terminal(units: str) -> str:
    """Without whole terminal escape sequences and bidirectional controls."""
    out: List[str] = []
    at = 0
    found = _INTRODUCERS.search(units)
    while found:
        out.append(units[at : found.start()])
        at = found.start() + _sequence_length(units, found.start())
        found = _INTRODUCERS.search(units, at)
    out.append(units[at:])
    return _BIDI.sub("", "".join(out))


def _within(units: str, at: int, low: int, high: int) -> bool:
    return at < len(units) and low <= ord(units[at]) <= high


def _sequence_length(units: str, at: int) -> int:
    char = units[at]
    if char != "\x1b":
        return 1 + (_control_body(units, at + 1) if char == "\x9b" else _string_body(units, at + 1))
    if at + 1 >= len(units):
        return 1
    following = units[at + 1]
    if following == "[":
        return 2 + _control_body(units, at + 2)
    if following in "]PX^_":
        return 2 + _string_body(units, at + 2)
    end = at + 1
    while _within(units, end, 0x20, 0x2F) and end - at < _MAX_SEQUENCE:
        end += 1
    return end - at + 1 if _within(units, end, 0x30, 0x7E) else max(1, end - at)


def _control_body(units: str, start: int) -> int:
    at = start
    while _within(units, at, 0x20, 0x3F) and at - start < _MAX_SEQUENCE:
        at += 1
    return at - start + 1 if _within(units, at, 0x40, 0x7E) else at - start


def _string_body(units: str, start: int) -> int:
    limit = min(len(units), start + _MAX_SEQUENCE)
    for at in range(start, limit):
        char = units[at]
        if char in "\x07\x9c":
            return at - start + 1
        if char == "\x1b":
            return at - start + 2 if units[at + 1 : at + 2] == "\\" else at - start
        if char in "\n\r":
            return at - start
    return limit - start


def _clean_text(text: str, most: int = _MAX_TEXT) -> str:
    """Untrusted text made fit to show: one line, no escape sequences, at most so many code points."""
    if len(text) <= most and _PLAIN.match(text):
        return text
    units = _strip_terminal(_to_units(text)[: 64 * 1024])
    units = _CONTROLS.sub(" ", units)
    units = _BROKEN_PAIR.sub("\ufffd", units)
    units = _trim(_SPACE_RUN.sub(" ", units))
    if most < 1:
        return ""
    plain = _from_units(units)
    if len(plain) <= most:
        return plain
    return _TRAILING.sub("", plain[: most - 1]) + "…"


def _trim(text: str) -> str:
    return _LEADING.sub("", _TRAILING.sub("", text))


def _utc_now() -> str:
    """ISO 8601 in UTC with milliseconds and `Z`."""
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_UTC = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)\.(\d{3})Z\Z", re.ASCII)


def _utc_text(timestamp: str) -> str:
    """A moment as :func:`_utc_now` gives it; `unknown` for anything else."""
    found = _UTC.match(timestamp)
    if not found:
        return "unknown"
    try:
        year, month, day, hour, minute, second = map(int, found.groups()[:6])
        datetime(year, month, day, hour, minute, second)
    except ValueError:
        return "unknown"
    return timestamp


# ---------------------------------------------------------------------------------------------------------------------
# PROGRESS.txt
# ---------------------------------------------------------------------------------------------------------------------

# A thousand years; nothing is written as longer.
_LONGEST_SECONDS = 1000 * 365.25 * 86_400
_MAX_BYTES = {"message": 800, "job": 600, "checkpoint": 600, "host": 600, "unit": 300, "stage": 200, "from": 200}


def _format_progress(report: Record) -> str:
    """The whole text of a PROGRESS.txt: the same for the same report as the agent's."""
    complete = report["status"] == "complete"
    unit = _free_text(report["unit"], _MAX_BYTES["unit"])
    lines = [
        f"Progress: {_counts_text(report)}",
        f"Elapsed: {_minutes_text(report['elapsedSeconds'])}",
        f"ETA: {'0.0 min' if complete else _minutes_text(report['etaSeconds'])}",
        f"Last update: {_utc_text(report['lastUpdate'])}",
        f"Status: {report['status'].upper()}",
        _line("Stage", _free_text(report["stage"], _MAX_BYTES["stage"])),
        _line("Job", _free_text(report["job"], _MAX_BYTES["job"])),
        _line("Unit", unit),
        _line("Rate", _rate_text(report["itemsPerSecond"], unit)),
        _line("From", _free_text(report["from"], _MAX_BYTES["from"])),
        _line("Checkpoint", _checkpoint_text(report)),
        _line("In flight", _items_text(report["inFlight"])),
        "" if report["atRiskSeconds"] is None else _line("At risk", _minutes_text(report["atRiskSeconds"])),
        _line("Runs", _items_text(report["runs"])),
        _line("Host", _free_text(report["host"], _MAX_BYTES["host"])),
        _line("Message", _free_text(report["message"], _MAX_BYTES["message"])),
    ]
    return "\n".join(line for line in lines if line) + "\n"


def _line(key: str, value: Optional[str]) -> str:
    return "" if value is None else f"{key}: {value}"


def _is_items(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return (isinstance(value, int) or value.is_integer()) and 0 <= value <= _MAX_ITEMS


def _counts_text(report: Record) -> str:
    if report["completed"] is None:
        return f"unknown/{int(report['total'])}" if _is_items(report["total"]) else "unknown"
    completed = int(report["completed"]) if _is_items(report["completed"]) else 0
    if not _is_items(report["total"]):
        return str(completed)
    total = int(report["total"])
    shown = min(completed, total)
    if total == 0:
        return f"{shown}/{total}"
    tenths = 1000 * shown // total
    percent = "100" if report["status"] == "complete" and tenths == 1000 else f"{tenths // 10}.{tenths % 10}"
    return f"{shown}/{total} ({percent}%)"


def _items_text(value: Any) -> Optional[str]:
    return str(int(value)) if value is not None and _is_items(value) else None


def _minutes_text(seconds: Optional[float]) -> str:
    if seconds is None or not 0 <= seconds < math.inf:
        return "unknown"
    tenths = _round(seconds / 6)
    if tenths * 6 > _LONGEST_SECONDS:
        return "unknown"
    return f"{tenths // 10}.{tenths % 10} min"


def _checkpoint_text(report: Record) -> Optional[str]:
    saved = _items_text(report["checkpoints"])
    last = report["lastCheckpoint"]
    name = _free_text(last["name"] if last else None, _MAX_BYTES["checkpoint"])
    parts = [
        None if saved is None else f"{saved} saved",
        None if name is None else f"last {name} at {_utc_text(last['at'] if last else '')}",
    ]
    text = ", ".join(part for part in parts if part is not None)
    return text or None


def _free_text(text: Optional[str], most_bytes: int) -> Optional[str]:
    """One cleaned line without the capital word, at most so many bytes; None where nothing is left."""
    if text is None:
        return None
    clean = _clean_text(text).replace("COMPLETE", "complete")
    if clean == "":
        return None
    raw = clean.encode("utf-8", "replace")
    if len(raw) <= most_bytes:
        return clean
    return _TRAILING.sub("", raw[: most_bytes - 3].decode("utf-8", "ignore")) + "…"


_MAX_RATE_UNIT = 170


def _rate_text(per_second: Optional[float], unit: Optional[str]) -> Optional[str]:
    """Speed with three significant digits per s, min or h: the first of them in which it is at least 1."""
    if per_second is None or not 0 <= per_second <= 1e15:
        return None
    factor, per = (1, "s") if per_second >= 1 else (60, "min") if per_second >= 1 / 60 else (3600, "h")
    amount = per_second * factor
    short = _clean_text(unit or "", _MAX_RATE_UNIT) or "items"
    if amount == 0:
        return f"0 {short}/s"
    if amount < 1e-3:
        return None
    return f"{_precise(amount, 3)} {short}/{per}"


class _Told(NamedTuple):
    """What an earlier run's PROGRESS.txt says, as far as the next run goes on from it."""

    status: Optional[str]
    completed: Optional[int]
    total: Optional[int]
    elapsed_seconds: Optional[float]
    runs: Optional[int]


def _read_progress(path: str) -> Optional[_Told]:
    """None: there is no file, or none that can be read. Only what this format's writers write is understood."""
    try:
        file = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        text = os.read(file, 64 * 1024).decode("utf-8", "replace")
    except OSError:
        return None
    finally:
        os.close(file)
    values: Dict[str, str] = {}
    for line in text.splitlines():
        key, colon, value = line.partition(":")
        if colon:
            values[key.strip().lower()] = value.strip()

    def number(key: str, pattern: str) -> Optional[float]:
        found = re.match(pattern, values.get(key, ""), re.ASCII)
        return float(found.group(1)) if found else None

    completed = number("progress", r"(\d{1,16})(?:/|\s|\Z)")
    total = number("progress", r"\d{1,16}/(\d{1,16})(?:\s|\Z)")
    minutes = number("elapsed", r"(\d{1,12}(?:\.\d{1,3})?) min\Z")
    runs = number("runs", r"(\d{1,16})\Z")
    return _Told(
        status=values["status"].lower() if "status" in values else None,
        completed=None if completed is None else int(completed),
        total=None if total is None else int(total),
        elapsed_seconds=None if minutes is None else _round(minutes * 600) / 10,
        runs=None if runs is None else int(runs),
    )


# ---------------------------------------------------------------------------------------------------------------------
# Record lines: JSON in ASCII, the last key `crc` the CRC-32 of what stands before it
# ---------------------------------------------------------------------------------------------------------------------

_TAIL = re.compile(rb',"crc":"([0-9a-f]{8})"\}\Z')
_TAIL_LENGTH = len(',"crc":"00000000"}')
_LONGEST_LINE = 64 * 1024


def _encode_record_line(record: Record) -> bytes:
    body = _json_text(record, ascii_only=True)[:-1].encode("ascii")
    return body + b',"crc":"%08x"}\n' % zlib.crc32(body)


def _decode_record_line(line: bytes) -> Any:
    """The record of one line without its newline; None where the line is torn, altered or no record."""
    tail = _TAIL.search(line[-_TAIL_LENGTH:])
    if not tail:
        return None
    body = line[:-_TAIL_LENGTH]
    if not body.isascii() or b"%08x" % zlib.crc32(body) != tail.group(1):
        return None
    try:
        return _parse_json(body.decode("ascii") + "}")
    except (ValueError, RecursionError):
        return None


def _version_problem(raw: Any) -> Optional[Tuple[str, str]]:
    """('newer' or 'damaged', why), or None where the version is one that is read here."""
    version = raw.get("version") if isinstance(raw, dict) else None
    if not _is_items(version) or int(version) < 1:  # type: ignore[arg-type]
        return ("damaged", "it carries no version number")
    if int(version) > _RECORD_VERSION:  # type: ignore[arg-type]
        return (
            "newer",
            f"it was written by a newer Milepost (records of version {int(version)}, "  # type: ignore[arg-type]
            f"this one reads up to {_RECORD_VERSION}): update Milepost here",
        )
    return None


_HASH = re.compile(r"[0-9a-f]{64}\Z")
_BAD_NAME = re.compile("[/\\\\\x00-\x1f\x7f]")


def _is_file_name(name: Any) -> bool:
    """A plain name of a file in the job's own folder."""
    if not isinstance(name, str) or not 1 <= len(name) <= 255:
        return False
    return not _BAD_NAME.search(name) and not name.startswith(".")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _entry_problem(raw: Record) -> Optional[str]:
    """Why a record is no line of a ledger; None: it is one. Whole numbers become ints."""
    for key in ("index", "first", "count", "bytes", "attempt"):
        if not _is_items(raw.get(key)):
            return f"{key}: not a whole number"
        raw[key] = int(raw[key])
    if raw["count"] < 1 or raw["attempt"] < 1:
        return "count, attempt: at least 1"
    if not _is_file_name(raw.get("file")):
        return "file: not a plain file name"
    if not isinstance(raw.get("sha256"), str) or not _HASH.match(raw["sha256"]):
        return "sha256: not a hash"
    if not _is_number(raw.get("seconds")) or raw["seconds"] < 0:
        return "seconds: not a number from 0 on"
    return None if isinstance(raw.get("at"), str) else "at: not a text"


def _run_problem(raw: Record) -> Optional[str]:
    """Why a record is no line of runs.jsonl; None: it is one."""
    if raw.get("kind") not in ("start", "end"):
        return "kind: neither start nor end"
    if not _is_items(raw.get("run")) or raw["run"] < 1 or not isinstance(raw.get("at"), str):
        return "run, at: not there"
    raw["run"] = int(raw["run"])
    if raw["kind"] == "end":
        known = raw.get("outcome") in ("complete", "failed", "interrupted", "stopped")
        reason = "reason" in raw and (raw["reason"] is None or isinstance(raw["reason"], str))
        return None if known and reason else "outcome, reason: not as they should be"
    process = raw.get("process")
    if not isinstance(raw.get("runId"), str) or not 8 <= len(raw["runId"]) <= 64:
        return "runId: not an ID"
    if not isinstance(raw.get("agent"), str) or not isinstance(process, dict):
        return "agent, process: not there"
    texts = all(
        key in process and (process[key] is None or isinstance(process[key], str))
        for key in ("bootId", "startTime", "pidNamespace")
    )
    if not texts or not isinstance(process.get("host"), str):
        return "process: not one"
    return None if _is_items(process.get("pid")) and process["pid"] > 0 else "process.pid: not a pid"


class _Content(NamedTuple):
    """What a file of record lines holds."""

    records: List[Record]
    #: (line number from 1, why it does not count)
    damaged: List[Tuple[int, str]]
    torn: bool
    newer: Optional[str]


def _read_records(path: str, problem_of: Callable[[Record], Optional[str]]) -> _Content:
    """Reads an append-only file of record lines. A file that isn't there is an empty one."""
    records: List[Record] = []
    damaged: List[Tuple[int, str]] = []
    newer: Optional[str] = None
    number = 0
    with _attempt("read", path):
        try:
            file = open(path, "rb")
        except FileNotFoundError:
            return _Content([], [], False, None)
        with file:
            torn = False
            while True:
                line = file.readline(_LONGEST_LINE + 2)
                if not line:
                    break
                too_long = not line.endswith(b"\n") and len(line) > _LONGEST_LINE
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LONGEST_LINE)
                if not line:
                    torn = True
                    break
                number += 1
                text = line[:-2] if line.endswith(b"\r\n") else line[:-1]
                raw = None if too_long or len(text) > _LONGEST_LINE else _decode_record_line(text)
                if raw is None:
                    damaged.append((number, "its checksum does not match"))
                    continue
                version = _version_problem(raw)
                problem = version[1] if version else problem_of(raw)
                if problem is None:
                    records.append(raw)
                elif version and version[0] == "newer":
                    newer = problem
                else:
                    damaged.append((number, problem))
    return _Content(records, damaged, torn, newer)


class _Appender:
    """Appends to a record file. Each line is on the disk when `append` returns.

    What a crash left behind the last newline is cut off first, and what stays is on the disk before anything is
    appended. Only the holder of the job's lock may make one.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._broken: Optional[_Fault] = None
        with _attempt("open", path):
            self.file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            with _attempt("mend", path):
                self._length = _whole_bytes(self.file)
                if self._length < os.fstat(self.file).st_size:
                    os.ftruncate(self.file, self._length)
                # Also what a killed run wrote and had no time to put on the disk counts from now on.
                _fsync(self.file)
            _sync_folder(os.path.dirname(path))
        except BaseException:
            self.close()
            raise

    def append(self, record: Record) -> None:
        """After a failed write or fsync nobody knows what is on the disk: the file is not appended to again."""
        if self._broken:
            raise self._broken
        self.check()
        line = _encode_record_line(record)
        try:
            _write_all(self.file, line)
            _fsync(self.file)
            self._length += len(line)
        except BaseException as error:
            self._broken = _Fault("append to", self.path, error)
            try:
                # Readers skip a torn line; taking it away keeps the file tidy where that still works.
                os.ftruncate(self.file, self._length)
            except OSError:
                pass
            if isinstance(error, OSError):
                raise self._broken from error
            raise

    def check(self) -> None:
        """Refuses where the file is not the one at its path any more: nobody would ever read what is appended to it."""
        if not _is_still_at(self.file, self.path):
            raise _Removed(self.path)

    def close(self) -> None:
        if self.file >= 0:
            os.close(self.file)
            self.file = -1


def _whole_bytes(file: int) -> int:
    """The length up to and with the last newline."""
    end = os.fstat(file).st_size
    while end > 0:
        start = max(0, end - 64 * 1024)
        at = os.pread(file, end - start, start).rfind(b"\n")
        if at >= 0:
            return start + at + 1
        end = start
    return 0


# ---------------------------------------------------------------------------------------------------------------------
# Writes that are on the disk when they return: data, rename, folder, in this order
# ---------------------------------------------------------------------------------------------------------------------


_FULL_FSYNC: Optional[int] = getattr(fcntl, "F_FULLFSYNC", None)
_CAN_NOT = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOTTY)


def _fsync(file: int) -> None:
    """On macOS fsync alone leaves what was written in the drive's own memory; Node does the same there."""
    if _FULL_FSYNC is not None:
        try:
            fcntl.fcntl(file, _FULL_FSYNC)
            return
        except OSError as error:
            if error.errno not in _CAN_NOT:
                raise
    os.fsync(file)


def _sync_folder(path: str) -> None:
    with _attempt("put on disk the folder", path):
        folder = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _fsync(folder)
        finally:
            os.close(folder)


def _make_folder(path: str, mode: int = 0o777) -> None:
    """With those above it. Not for what lies in a job's folder: a run never brings back one that was removed."""
    with _attempt("make the folder", path):
        os.makedirs(path, mode=mode, exist_ok=True)


def _make_inside(path: str) -> None:
    """Makes a folder in one that is there."""
    with _attempt("make the folder", path):
        try:
            os.mkdir(path)
        except FileExistsError:
            pass


def _write_all(file: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(file, view) :]


def _replace_file(path: str, content: Union[str, bytes], mode: int = 0o666) -> None:
    """Replaces the file whole: a reader sees the old content or the new one, also after a power cut."""
    raw = content.encode("utf-8", "replace") if isinstance(content, str) else content
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.getpid()}.tmp")
    with _attempt("write", path):
        try:
            file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
            try:
                _write_all(file, raw)
                _fsync(file)
            finally:
                os.close(file)
            os.rename(temporary, path)
        except BaseException:
            _remove_quietly(temporary)
            raise
    _sync_folder(folder)


def _remove_quietly(path: str) -> None:
    """Removes a file or a folder; what can't be removed now is no harm."""
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            shutil.rmtree(path, ignore_errors=True)
        else:
            os.unlink(path)
    except OSError:
        pass


def _lstat(path: str) -> Optional[os.stat_result]:
    """None: nothing is there."""
    with _attempt("look at", path):
        try:
            return os.lstat(path)
        except FileNotFoundError:
            return None


class _Sealed(NamedTuple):
    bytes: int
    #: Of a file; of a folder: of its files' paths, sizes and hashes, in the order of their paths.
    sha256: str
    is_folder: bool


_CHUNK_BYTES = 1024 * 1024
# From this size on the disk writes while the processor hashes.
_LARGE_BYTES = 4 * 1024 * 1024


def _seal_output(path: str, sync: bool = True) -> _Sealed:
    """Puts a finished output on the disk and measures it: a regular file, or a folder of such."""
    with _attempt("save" if sync else "read", path):
        mode = os.lstat(path).st_mode
        if stat.S_ISREG(mode):
            size, sha256 = _seal_file(path, sync)
            return _Sealed(size, sha256, False)
        if not stat.S_ISDIR(mode):
            raise _Fault("save" if sync else "read", path, ValueError("it is neither a file nor a folder"))
        manifest = hashlib.sha256()
        total = 0
        files, folders = _content_of(path)
        for name in files:
            size, sha256 = _seal_file(os.path.join(path, name), sync)
            total += size
            manifest.update(f"{_json_text([name, size, sha256])}\n".encode("utf-8"))
        if sync:
            # The inner ones first: nothing is named before it is there.
            for folder in reversed(folders):
                _sync_folder(os.path.join(path, folder))
        return _Sealed(total, manifest.hexdigest(), True)


def _seal_file(path: str, sync: bool) -> Tuple[int, str]:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    faults: List[OSError] = []

    def put_on_disk() -> None:
        try:
            _fsync(file)
        except OSError as error:
            faults.append(error)

    beside: Optional[threading.Thread] = None
    try:
        if sync and os.fstat(file).st_size >= _LARGE_BYTES:
            beside = threading.Thread(target=put_on_disk, name="milepost-fsync", daemon=True)
            beside.start()
        elif sync:
            put_on_disk()
        digest = hashlib.sha256()
        size = 0
        while not faults:
            chunk = os.read(file, _CHUNK_BYTES)
            if not chunk:
                break
            size += len(chunk)
            digest.update(chunk)
    finally:
        if beside:
            beside.join()
        os.close(file)
    if faults:
        raise faults[0]
    return size, digest.hexdigest()


def _code_units(text: str) -> bytes:
    """Sorts as JavaScript compares texts."""
    return text.encode("utf-16-be", "surrogatepass")


def _content_of(folder: str) -> Tuple[List[str], List[str]]:
    """All below a folder as relative paths: files in code-unit order, and folders, each before those in it."""
    files: List[str] = []
    folders: List[str] = []

    def walk(relative: str) -> None:
        folders.append(relative)
        with os.scandir(os.path.join(folder, relative)) as found:
            entries = list(found)
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if entry.is_dir(follow_symlinks=False):
                walk(path)
            elif entry.is_file(follow_symlinks=False) and not _LONE.search(path):
                files.append(path)
            else:
                what = "whose name is no text" if _LONE.search(path) else "which is neither a file nor a folder"
                raise _Fault("save", folder, ValueError(f"it holds {_clean_text(path)}, {what}"))

    walk("")
    return sorted(files, key=_code_units), folders


def _size_of_output(path: str) -> int:
    with _attempt("look at", path):
        there = os.lstat(path)
        if not stat.S_ISDIR(there.st_mode):
            return there.st_size
        return sum(os.lstat(os.path.join(path, name)).st_size for name in _content_of(path)[0])


# ---------------------------------------------------------------------------------------------------------------------
# What remains to do and what comes next
# ---------------------------------------------------------------------------------------------------------------------

Range = Tuple[int, int]  # first, count


def _gaps(total: int, covered: Sequence[Range]) -> List[Range]:
    """Items 0 to `total` that none of `covered` holds, in order."""
    found: List[Range] = []
    at = 0
    for first, count in sorted(covered):
        if first >= total:
            break
        if first > at:
            found.append((at, first - at))
        at = max(at, first + count)
    if at < total:
        found.append((at, total - at))
    return found


def _joined(ranges: Sequence[Range]) -> List[Range]:
    """The same items in as few ranges as there can be."""
    joined: List[Range] = []
    for first, count in sorted(ranges):
        if joined and first <= sum(joined[-1]):
            begin, size = joined[-1]
            joined[-1] = (begin, max(size, first + count - begin))
        else:
            joined.append((first, count))
    return joined


def _next_batch(
    total: int, every: Record, taken: Sequence[Range], redo: Sequence[Range], next_count: int
) -> Optional[Range]:
    """The next batch to start, or None where all is taken. Damaged ones come first, with their own first and count."""
    for first, count in redo:
        if not any(first < other + size and other < first + count for other, size in taken):
            return (first, count)
    gaps = _gaps(total, taken)
    if not gaps:
        return None
    first, count = gaps[0]
    wanted = every["items"] - first % every["items"] if "items" in every else max(1, next_count)
    return (first, min(wanted, count))


# With a time as cadence, never more than this many times the largest batch so far; so many of the last batches teach.
_GROWTH = 4
_SIZE_MEMORY = 8


def _size_for_time(total: int, target_seconds: float, timings: Sequence[Tuple[int, float]]) -> int:
    """How many items the next batch should hold to take so long: seconds = a + b x items over the last 8 batches."""
    recent = timings[-_SIZE_MEMORY:]
    if not recent:
        return max(1, total // 1000)
    largest = max(count for count, _ in recent)
    start, item = _fit_timings(recent)
    fitting = (target_seconds - start) / item if item > 0 else math.inf
    return max(1, math.floor(min(fitting, largest * _GROWTH, total)))


def _fit_timings(timings: Sequence[Tuple[int, float]]) -> Tuple[float, float]:
    """Least squares of seconds = start + item x count, neither below 0."""
    n = len(timings)
    mean_count = _sum(float(count) for count, _ in timings) / n
    mean_seconds = _sum(seconds for _, seconds in timings) / n
    spread = 0.0
    together = 0.0
    for count, seconds in timings:
        spread += (count - mean_count) * (count - mean_count)
        together += (count - mean_count) * (seconds - mean_seconds)
    slope = together / spread if spread > 0 else mean_seconds / mean_count
    start = mean_seconds - slope * mean_count
    # A line that says items cost nothing, or less than nothing to start, is noise: then all time is the items'.
    if slope <= 0 or start < 0:
        return 0.0, mean_seconds / mean_count
    return start, slope


def _sum(values: Any) -> float:
    """From left to right: newer Pythons' own `sum` rounds in another way."""
    total = 0.0
    for value in values:
        total += value
    return total


_AMOUNT = re.compile(
    r"([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?|\.[0-9]+) ?"
    r"(ms|millis(?:econds?)?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)"
    r"(?![a-z])\.?(?:,? (?:and )?|,|\Z|(?=[0-9]))"
)
_SECONDS_PER = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0}
_MOST_LOSS_SECONDS = 300


def _unit_seconds(plain: str) -> Optional[float]:
    """`2h 5m`, `90s`, `1h30`: each unit once, from the largest down."""
    at = 0
    total = 0.0
    last = math.inf
    while at < len(plain):
        found = _AMOUNT.match(plain, at)
        if not found:
            # "1h10" leaves the minutes' unit out.
            minutes = re.match(r"[0-5][0-9]\Z", plain[at:])
            return total + int(plain[at:]) * 60 if minutes and last == 3600 and plain[at - 1] == "h" else None
        unit = found.group(2)
        per = _SECONDS_PER["ms" if unit.startswith("mil") or unit == "ms" else unit[0]]
        if per >= last:
            return None
        total += float(found.group(1).replace(",", "")) * per
        last = per
        at = found.end()
    return None if math.isinf(last) else total


def _parse_every(every: Union[int, float, str], allow_loss: bool = False) -> Record:
    """A cadence: a whole number of items (`2000`), or a time (`"90s"`, `"2m"`). Raises JobError."""
    plain = _trim(str(every))
    shown = _json_text(f"{plain[:39]}…" if len(plain) > 40 else plain)
    if re.match(r"[0-9]+\Z", plain):
        items = int(plain)
        if not 1 <= items <= _MAX_ITEMS:
            bound = "at least 1 item" if items < 1 else f"at most {_MAX_ITEMS} items"
            raise JobError(f"every: A batch must have {bound}, and {shown} was given.")
        return {"items": items}
    seconds: Optional[float] = None
    if re.match(r"[0-9]+(?:\.[0-9]+)? ?[a-z][a-z0-9 .]*\Z", plain) and len(plain) <= 120:
        seconds = _unit_seconds(re.sub(r" (?:left|remaining)\Z", "", re.sub(r" +", " ", plain)))
    if seconds is None or seconds > _LONGEST_SECONDS:
        raise JobError(
            f"every: {shown} is neither a whole number of items, such as 2000, nor a time, such as 90s, 2m or 1h."
        )
    seconds = _round(seconds * 10) / 10
    if seconds == 0:
        raise JobError(f"every: A batch must take at least 0.1 s, and {shown} was given.")
    if seconds > _MOST_LOSS_SECONDS and not allow_loss:
        raise JobError(
            f"every={shown} would put more than five minutes of work at risk.",
            "Take a shorter time, or say that the loss is fine: allow_loss=True",
        )
    return {"seconds": int(seconds) if seconds.is_integer() else seconds}


# ---------------------------------------------------------------------------------------------------------------------
# How long the rest takes: the estimator of the agent, for one batch at a time
# ---------------------------------------------------------------------------------------------------------------------


class _Timing(NamedTuple):
    items: int
    seconds: float
    #: Which run it belongs to; where this changes the machine may be another.
    run: int


class _Point(NamedTuple):
    level: float
    position: float
    starts_run: bool
    seconds: float
    units: float


def _median(values: Sequence[float]) -> float:
    if not values:
        return 0.0
    ordered = sorted(values)
    middle = len(ordered) // 2
    upper = ordered[middle]
    return upper if len(ordered) % 2 else (ordered[middle - 1] + upper) / 2


def _spread_of(values: Sequence[float]) -> float:
    """The standard deviation around a level that may drift or jump: from the differences of neighbours."""
    differences = [abs(b - a) for a, b in zip(values, values[1:])]
    seen = _median(differences) / (0.6745 * math.sqrt(2))
    # Few values are blended with what batches usually have.
    return math.sqrt((len(differences) * seen**2 + 2 * 0.2**2) / (len(differences) + 2))


def _startup_items(batches: Sequence[_Timing]) -> float:
    """What starting a batch costs, in items: where neighbouring batches then differ least."""
    counts = [batch.items for batch in batches]
    largest, smallest = max(counts), min(counts)
    if len(batches) < 2 or largest < 1.4 * smallest:
        return 0.0
    best = 0.0
    least = _roughness(batches, 0.0) * 0.85
    candidate = smallest / 8
    while candidate <= largest * 32:
        rough = _roughness(batches, candidate)
        if rough < least:
            least, best = rough, candidate
        candidate *= 1.25
    return best


def _roughness(batches: Sequence[_Timing], startup: float) -> float:
    paces = [math.log(max(batch.seconds, 1e-6) / (startup + batch.items)) for batch in batches]
    # What is far off is off for another reason: it counts, but no more than so much.
    return _sum(min(abs(b - a), 2.0) for a, b in zip(paces, paces[1:]))


def _last_stretch(points: Sequence[_Point], spread: float) -> Tuple[int, bool]:
    """Where the present pace began, and whether it drifts: optimal cuts, least squares plus a price per cut."""
    n = len(points)
    if n == 0:
        return 0, False
    variance = spread**2
    start, base = points[0].position, points[0].level
    span = (points[-1].position - start) or 1.0
    x, y, xx, xy, yy = [0.0], [0.0], [0.0], [0.0], [0.0]
    for point in points:
        across, up = (point.position - start) / span, point.level - base
        x.append(x[-1] + across)
        y.append(y[-1] + up)
        xx.append(xx[-1] + across * across)
        xy.append(xy[-1] + across * up)
        yy.append(yy[-1] + up * up)
    least = [0.0] * (n + 1)
    last = (0, False)
    for to in range(1, n + 1):
        best = math.inf
        for at in range(to):
            before = least[at] + (0 if at == 0 else 8 if points[at].starts_run else 16)
            if before >= best:
                continue
            count = to - at
            up = y[to] - y[at]
            even = max(0.0, yy[to] - yy[at] - up * up / count)
            as_even = before + even / variance
            if as_even < best:
                best = as_even
                if to == n:
                    last = (at, False)
            if count < 5 or before + 9 >= best:
                continue
            along = x[to] - x[at]
            width = xx[to] - xx[at] - along * along / count
            together = xy[to] - xy[at] - along * up / count
            explained = together * together / width if width > 0 else 0.0
            as_drift = before + (even - explained) / variance + 9
            if as_drift < best:
                best = as_drift
                if to == n:
                    last = (at, True)
        least[to] = best
    return last


def _without_cold(points: List[_Point], spread: float) -> List[_Point]:
    """Leaves out first batches of a run that were slower than what followed."""
    starts = [at for at, point in enumerate(points) if at == 0 or point.starts_run]
    cold: Set[int] = set()
    for number, start in enumerate(starts):
        end = starts[number + 1] if number + 1 < len(starts) else len(points)
        after = points[start + 1 : min(end, start + 4)]
        if after and points[start].level > _median([point.level for point in after]) + 1.5 * spread:
            cold.add(start)
    warm: List[_Point] = []
    starts_run = False
    for at, point in enumerate(points):
        starts_run = starts_run or point.starts_run
        if at not in cold:
            warm.append(point._replace(starts_run=starts_run))
            starts_run = False
    return warm


def _without_wild(points: List[_Point], spread: float) -> List[_Point]:
    """Leaves out batches that took far longer than those around them: the machine slept, or hung for a while."""
    limit = max(math.log(3), 5 * spread)
    lowest = min(point.level for point in points)
    run_start = 0
    kept: List[_Point] = []
    for at, point in enumerate(points):
        if point.starts_run:
            run_start = at
        if point.level - lowest > limit:
            before = [other.level for other in points[max(0, at - 3) : at]]
            after = [other.level for other in points[at + 1 : at + 4]]
            unconfirmed = not after
            above_before = point.level - _median(before) > limit if before else not unconfirmed
            above_after = bool(before) if unconfirmed else point.level - _median(after) > limit
            if above_before and above_after and not (unconfirmed and run_start > 0 and at - run_start < 1):
                continue
        kept.append(point)
    return kept


class _Pace:
    """How fast the work goes now, and how that changes."""

    def __init__(self, startup: float, spread: float, even: float, drift: Optional[Tuple[float, float, float]]) -> None:
        self.startup = startup
        self.spread = spread
        self._even = even
        self._drift = drift  # slope, how far the position is beyond the middle, span

    def seconds_per_item(self, ahead: float) -> float:
        if self._drift is None:
            return self._even
        slope, beyond, span = self._drift
        now = self._even + slope * beyond
        # A drift is believed for so many times the length in which it was seen, fading.
        reach = 3 * span
        further = reach * (1 - math.exp(-ahead / reach))
        return max(self._even * 0.4, now * 0.4, now + slope * further)


def _pace_of(committed: Sequence[_Timing]) -> Optional[_Pace]:
    recent = [batch for batch in committed[-256:] if batch.items > 0 and batch.seconds >= 0]
    if not recent:
        return None
    startup = _startup_items(recent)
    points: List[_Point] = []
    position = 0
    run = recent[0].run
    for batch in recent:
        units = startup + batch.items
        level = math.log(max(batch.seconds, 1e-6) / units)
        points.append(_Point(level, position + batch.items / 2, batch.run != run, batch.seconds, units))
        position += batch.items
        run = batch.run
    spread = _spread_of([point.level for point in points])
    kept = _without_wild(_without_cold(points, spread), spread)
    since, drifts = _last_stretch(kept, spread)
    own = kept[since:]
    even = _sum(point.seconds for point in own) / _sum(point.units for point in own)
    drift = None
    if drifts:
        slope, middle, span = _drift_of(own, even, spread)
        drift = (slope, position - middle, span)
    return _Pace(startup, spread, even, drift)


def _drift_of(points: Sequence[_Point], even: float, spread: float) -> Tuple[float, float, float]:
    """The even change of the pace along a stretch, drawn in as far as chance may have made it."""
    n = len(points)
    weight = _sum(point.units for point in points)
    middle = _sum(point.units * point.position for point in points) / weight
    xx = 0.0
    xy = 0.0
    for point in points:
        x = point.position - middle
        xx += point.units / weight * n * x * x
        xy += point.units / weight * n * x * (point.seconds / point.units - even)
    span = points[-1].position - points[0].position
    if xx == 0 or span == 0:
        return 0.0, middle, 1.0
    slope = xy / xx
    chance = (even * spread) ** 2 / xx
    believed = max(0.0, 1 - 4 * chance / slope**2) if slope else 0.0
    return slope * believed, middle, span


def _rest_of(expected: float, elapsed: float, spread: float) -> float:
    """What a batch still takes that has run for `elapsed` of its expected seconds, given that it has not ended."""
    deviation = max(0.02, spread) * expected
    if deviation <= 0:
        return 0.0
    z = (elapsed - expected) / deviation
    if z < -5:
        return expected - elapsed
    if z > 5:
        return min(expected, deviation / z + 0.05 * (elapsed - expected))
    density = math.exp(-(z * z) / 2) / math.sqrt(2 * math.pi)
    return max(0.0, deviation * (density / _upper_tail(z) - z))


def _upper_tail(z: float) -> float:
    """The share of a normal distribution above z (Abramowitz and Stegun 26.2.17; good to 1e-7)."""
    if z < 0:
        return 1 - _upper_tail(-z)
    t = 1 / (1 + 0.2316419 * z)
    poly = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    return (math.exp(-(z * z) / 2) / math.sqrt(2 * math.pi)) * poly


def _is_basis(committed: Sequence[_Timing], pace: _Pace, remaining: int) -> bool:
    if len(committed) < 2:
        done = sum(batch.items for batch in committed)
        return done >= (done + remaining) / 8
    if pace.startup > 3 * max(batch.items for batch in committed[-24:]):
        return False
    levels = [math.log(max(b.seconds, 1e-6) / (pace.startup + b.items)) for b in committed[:24]]
    # Known once, it stays known.
    return any(not _is_falling(levels[:n]) for n in range(2, len(levels) + 1)) or len(levels) >= 24


def _is_falling(levels: Sequence[float]) -> bool:
    """Whether the last batches are faster than those before them."""
    width = min(3, len(levels) // 2)
    earlier, later = levels[-2 * width : -width], levels[-width:]
    return _sum(earlier) / len(earlier) - _sum(later) / len(later) > 0.1


class _Running(NamedTuple):
    """A batch that runs now."""

    items: int
    seconds: float
    #: Items that it reports as done; None: it reports nothing.
    done: Optional[int]


def _estimate(
    committed: Sequence[_Timing],
    running: Optional[_Running],
    remaining: int,
    every: Record,
    pace_of: Callable[[Sequence[_Timing]], Optional[_Pace]] = _pace_of,
) -> Tuple[Optional[float], Optional[float]]:
    """The seconds that the rest takes and the items per second; None while there is nothing to base it on."""
    if remaining <= 0:
        return 0.0, None
    pace = pace_of(committed)
    if pace is None or not _is_basis(committed, pace, remaining):
        # Before there is a basis in what is committed, a batch that reports its items is one.
        if committed or not running or not running.done or running.done < 0.05 * running.items:
            return None, None
        pace = _Pace(0.0, 0.2, running.seconds / running.done, None)

    def seconds_of(count: float, ahead: float) -> float:
        assert pace is not None
        return pace.seconds_per_item(ahead) * (pace.startup + count)

    rest = 0.0
    waiting: float = remaining
    if running:
        waiting = max(0, remaining - running.items)
        expected = seconds_of(running.items, 0)
        if running.done is None:
            rest = _rest_of(expected, running.seconds, pace.spread)
        else:
            rest = expected * (1 - min(1.0, running.done / running.items))
    if "items" in every:
        wanted: float = every["items"]
    else:
        per_item = pace.seconds_per_item(0)
        last = committed[-1].items if committed else 1
        wanted = max(1.0, every["seconds"] / per_item - pace.startup) if per_item > 0 else last
    size = min(wanted, max(1, waiting))
    ahead = remaining - waiting
    batches = math.ceil(waiting / size)
    # Of very many only the last are laid out one by one.
    even = max(0, batches - 2000)
    step = max(1, even // 2000)
    for n in range(0, even, step):
        rest += seconds_of(min(size, waiting - n * size), ahead + n * size) * min(step, even - n)
    for n in range(even, batches):
        rest += seconds_of(min(size, waiting - n * size), ahead + n * size)
    now = seconds_of(size, 0)
    return rest, size / now if now > 0 else None


# ---------------------------------------------------------------------------------------------------------------------
# This process and its surroundings
# ---------------------------------------------------------------------------------------------------------------------


def _read_line(path: str) -> Optional[str]:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read(64 * 1024).strip() or None
    except OSError:
        return None


def _command_line(command: Sequence[str]) -> Optional[str]:
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=5,
            env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace").strip() or None if done.returncode == 0 else None


class _Process(NamedTuple):
    """What the system says of a process."""

    zombie: bool
    start_time: Optional[str]


def _parse_stat(text: str) -> Optional[_Process]:
    """A line of /proc/PID/stat: the second field is the command in parentheses, and may hold anything."""
    fields = text[text.rfind(")") + 1 :].split()
    if len(fields) < 20 or not fields[19].isdigit():
        return None
    return _Process(fields[0] in "ZX", fields[19])


def _read_process(pid: int) -> Optional[_Process]:
    """The process with this pid: from /proc, or from ps where there is none. None: no such process."""
    text = _read_line(f"/proc/{pid}/stat")
    if text is not None:
        return _parse_stat(text)
    if sys.platform.startswith("linux"):
        # Where /proc is not mounted or hides others' processes: all that signal 0 can tell.
        return _Process(False, None) if _exists(pid) else None
    line = _command_line(["ps", "-o", "stat=,lstart=", "-p", str(pid)])
    found = re.match(r"(\S+)\s+(.+)", line or "")
    return _Process(found.group(1).startswith("Z"), found.group(2)) if found else None


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return True
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False


def _host() -> str:
    return socket.gethostname()


def _identity() -> Record:
    """This process, so that others can tell whether it still lives."""
    if sys.platform == "darwin":
        boot_id = _command_line(["/usr/sbin/sysctl", "-n", "kern.bootsessionuuid"])
    else:
        boot_id = _read_line("/proc/sys/kernel/random/boot_id")
    try:
        namespace: Optional[str] = os.readlink("/proc/self/ns/pid")
    except OSError:
        namespace = None
    process = _read_process(os.getpid())
    return {
        "host": _host(),
        "bootId": boot_id,
        "pid": os.getpid(),
        "startTime": process.start_time if process else None,
        "pidNamespace": namespace,
    }


_KEPT_NAMES = {"PATH", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "LANG", "TZ"}
_KEPT_PREFIXES = ("CONDA_", "PYTHON", "CUDA_", "OMP_", "LC_")
_SECRET = re.compile("TOKEN|SECRET|PASSWORD|KEY", re.IGNORECASE)


def _kept_variables(env: Dict[str, str], named: Sequence[str]) -> Dict[str, str]:
    """What a resume needs to find the same program and libraries; nothing that looks like a secret unless named."""
    kept: Dict[str, str] = {}
    for name, value in env.items():
        usual = (name in _KEPT_NAMES or name.startswith(_KEPT_PREFIXES)) and not _SECRET.search(name)
        if usual or name in named:
            kept[name] = value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return kept


def _umask() -> str:
    for line in (_read_line("/proc/self/status") or "").splitlines():
        if line.startswith("Umask:"):
            return line.split()[1].rjust(4, "0")
    mask = os.umask(0o022)
    os.umask(mask)
    return f"{mask:04o}"


# What a job's record holds as its command where no command can start the program again: it says so.
_NO_COMMAND = [
    "/bin/sh",
    "-c",
    'echo "$0" >&2; exit 4',
    "This job was started by hand in an interactive Python, so only that can go on with it: run its lines again there.",
]


class _Program(NamedTuple):
    """How this program can be started again; `tail` is what makes it this program: its script and arguments."""

    command: List[str]
    tail: List[str]
    #: What its jobs are called where they get no name.
    name: str = "python"


# Scripts that were there: that a file is exchanged while its program runs makes no other program of it.
_scripts: Set[str] = set()


def _this_program() -> Optional[_Program]:
    """None: this is an interactive Python, a notebook, or a program that was piped in."""
    main = sys.modules.get("__main__")
    arguments = [str(argument) for argument in _START_ARGV[1:]]
    if getattr(sys, "frozen", False):
        return _Program([sys.executable, *arguments], [sys.executable, *arguments], _bare_name(sys.executable))
    shell = getattr(sys.modules.get("IPython"), "get_ipython", None)
    if not sys.executable or hasattr(sys, "ps1") or (shell is not None and shell() is not None):
        return None
    original = list(getattr(sys, "orig_argv", [])) or _proc_arguments()
    spec = getattr(main, "__spec__", None)
    script = getattr(main, "__file__", None)
    flags = _flags(original, arguments)
    name = getattr(spec, "name", None)
    if name == "__main__":
        # A folder or a zip file with a __main__.py in it: what was named is that.
        script = _START_ARGV[0]
    elif name:
        module = name[: -len(".__main__")] if name.endswith(".__main__") else name
        tail = [module, *arguments]
        return _Program([sys.executable, *flags, "-m", *tail], tail, module.split(".")[-1])
    if script is None:
        text = len(original) - len(arguments) - 1
        if _START_ARGV[:1] != ["-c"] or text < 1:
            return None
        return _Program([sys.executable, *original[1:]], [original[text], *arguments])
    absolute = os.path.normpath(os.path.join(_START_CWD, script))
    if absolute not in _scripts:
        if not os.path.exists(absolute):
            return None
        _scripts.add(absolute)
    tail = [absolute, *arguments]
    return _Program([sys.executable, *flags, *tail], tail, _bare_name(absolute))


def _bare_name(path: str) -> str:
    return os.path.splitext(os.path.basename(path))[0]


def _proc_arguments() -> List[str]:
    """The whole command line on Pythons that don't keep it (before 3.10), where the system shows it."""
    try:
        with open("/proc/self/cmdline", "rb") as file:
            return [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    except OSError:
        return []


# `-m` and `-c` may stand behind other options in one word, as in `-um`.
_MODULE_OPTION = re.compile("-([bBdEiIOPqRsSuvVx]*)m")
_TEXT_OPTION = re.compile("-[bBdEiIOPqRsSuvVx]*c")


def _flags(original: Sequence[str], arguments: Sequence[str]) -> List[str]:
    """The options for Python itself: what stands before the script or -m."""
    head = list(original[1 : len(original) - len(arguments)])
    if original and list(original[len(original) - len(arguments) :]) == list(arguments):
        for at, option in enumerate(head):
            found = _MODULE_OPTION.fullmatch(option)
            if found:
                return head[:at] + ([f"-{found.group(1)}"] if found.group(1) else [])
        return head[:-1] if head else []
    rebuild = getattr(subprocess, "_args_from_interpreter_flags", None)
    return list(rebuild()) if rebuild else []


def _same_program(saved: Sequence[str], tail: Sequence[str]) -> bool:
    """Whether a saved command is this program with these arguments, wherever its file and its Python now lie."""
    size = len(tail)
    if len(saved) < size:
        return False
    there = list(saved[-size:])
    return there[1:] == list(tail[1:]) and os.path.basename(there[0]) == os.path.basename(tail[0])


def _surroundings(command: Sequence[str], named: Sequence[str]) -> Record:
    return {
        "cwd": _START_CWD,
        "umask": _umask(),
        "program": command[0],
        "env": _kept_variables(dict(os.environ), named),
    }


# ---------------------------------------------------------------------------------------------------------------------
# The lock: an flock on an open file, which the kernel drops when its owner is gone, however it went
# ---------------------------------------------------------------------------------------------------------------------

_OWNER_WITHIN_SECONDS = 3.0


class _Held(JobError):
    """Somebody else holds the job."""


class _Lock:
    """A job's lock, held by this process until it is released. No other process ever has it: neither one that this
    one starts (the descriptor is close-on-exec) nor one that it forks (the child closes it)."""

    def __init__(self, file: int) -> None:
        self._file = file
        _open_locks.add(self)

    def release(self) -> None:
        _open_locks.discard(self)
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


_open_locks: Set[_Lock] = set()


def _take_lock(path: str, dir: str) -> _Lock:
    """Takes the lock without waiting and writes its owner into it, for messages. Raises JobError where it can't."""
    me = _identity()
    owner = {"version": 1, "host": me["host"], "bootId": me["bootId"], "pid": me["pid"]}
    with _attempt("open", path):
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    keep = False
    try:
        _flock_or_refuse(file, path, dir, owner)
        if not _is_still_at(file, path):
            raise _held_by(dir, None)
        with _attempt("write", path):
            # At once: who is refused now wants to know by whom.
            os.ftruncate(file, 0)
            _write_all(file, f"{_json_text(owner)}\n".encode("utf-8", "replace"))
        with _attempt("open", path):
            proof = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            if _try_flock(proof, path, dir):
                raise _no_locks(dir, "its file system grants the same lock twice")
        finally:
            os.close(proof)
        keep = True
        return _Lock(file)
    finally:
        if not keep:
            os.close(file)


def _try_flock(file: int, path: str, dir: str) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        if error.errno in (errno.ENOLCK, errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP):
            raise _no_locks(dir, f"its file system has no locks ({error.strerror})") from error
        raise _Fault("lock", path, error) from error


def _flock_or_refuse(file: int, path: str, dir: str, mine: Record) -> None:
    """Where the file names nobody that lives, somebody took it just now, or was killed and a helper is about to end:
    so it is tried again for a while."""
    deadline = time.monotonic() + _OWNER_WITHIN_SECONDS
    while not _try_flock(file, path, dir):
        owner = _read_owner(path)
        if _is_present(owner, mine) or time.monotonic() > deadline:
            raise _held_by(dir, owner)
        time.sleep(0.05)


def _is_still_at(file: int, path: str) -> bool:
    there = _lstat(path)
    mine = os.fstat(file)
    return there is not None and (there.st_ino, there.st_dev) == (mine.st_ino, mine.st_dev)


def _is_present(owner: Optional[Record], mine: Record) -> bool:
    """Whether an owner may well live: of another host or boot nobody here can tell."""
    if owner is None:
        return False
    here = owner["host"] == mine["host"] and owner["bootId"] == mine["bootId"]
    return not here or _exists(owner["pid"])


def _read_owner(path: str) -> Optional[Record]:
    """Who the lock file says holds it; None where it doesn't say."""
    try:
        with open(path, "rb") as file:
            raw = _parse_json(file.read(4096).decode("utf-8", "replace"))
    except (OSError, ValueError, RecursionError):
        return None
    if not isinstance(raw, dict) or raw.get("version") != 1 or not isinstance(raw.get("host"), str):
        return None
    if not _is_items(raw.get("pid")) or raw["pid"] < 1:
        return None
    return raw if isinstance(raw.get("bootId"), (str, type(None))) else None


def _held_by(dir: str, owner: Optional[Record]) -> _Held:
    if owner is not None and owner["pid"] == os.getpid() and owner["host"] == _host():
        return _Held(
            f"The job in {dir} is already open in this program.", "One Job object is enough: go on with that one."
        )
    who = "another program" if owner is None else f"a process on {_clean_text(owner['host'])}, pid {owner['pid']}"
    return _Held(f"The job in {dir} is held by {who}.", f"milepost status {dir} shows how far it is.")


def _no_locks(dir: str, reason: str) -> JobError:
    return JobError(
        f"{dir} can't be used: {reason}, so two programs could not be kept apart.",
        "Take a folder on a local disk, or on a network file system that is mounted with locks.",
    )


# ---------------------------------------------------------------------------------------------------------------------
# The job's folder
# ---------------------------------------------------------------------------------------------------------------------


class _Paths:
    """Where everything of a job lies; nothing is looked at."""

    def __init__(self, dir: str, meta: Optional[str] = None) -> None:
        self.dir = dir
        self.progress = os.path.join(dir, "PROGRESS.txt")
        self.meta = meta or os.path.join(dir, _META)
        self.job = os.path.join(self.meta, "job.json")
        self.ledger = os.path.join(self.meta, "ledger.jsonl")
        self.runs = os.path.join(self.meta, "runs.jsonl")
        self.merged = os.path.join(self.meta, "merged.json")
        self.merging = os.path.join(self.meta, "merging.json")
        self.cleaned = os.path.join(self.meta, "cleaned.json")
        self.stop = os.path.join(self.meta, "stop.json")
        self.lock = os.path.join(self.meta, "lock")
        self.reserve = os.path.join(self.meta, "reserve")
        self.log = os.path.join(self.meta, "output.log")
        self.scratch = os.path.join(self.meta, "scratch")
        self.orphans = os.path.join(self.meta, "orphans")


def _checkpoint_name(first: int, width: int, extension: str) -> str:
    return f"checkpoint_{first:0{width}d}{extension}"


_CHECKPOINT = re.compile(r"checkpoint_[0-9]")


def _checkpoint_files(dir: str) -> List[str]:
    """Names in a folder that only checkpoints have; a folder that isn't there has none."""
    with _attempt("list", dir):
        try:
            return sorted(name for name in os.listdir(dir) if _CHECKPOINT.match(name))
        except FileNotFoundError:
            return []


def _read_json(path: str) -> Tuple[str, Any]:
    """('ok', value), ('none', None), or ('newer' | 'damaged', why)."""
    with _attempt("read", path):
        try:
            with open(path, "rb") as file:
                raw = file.read(4 * 1024 * 1024 + 1)
        except FileNotFoundError:
            return "none", None
    try:
        value = _parse_json(raw.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return "damaged", "it is not JSON"
    return _version_problem(value) or ("ok", value)


_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}\Z")
_EXTENSION = re.compile(r"(\.[A-Za-z0-9][A-Za-z0-9._-]*)?\Z")


def _cadence_problem(every: Any) -> bool:
    if not isinstance(every, dict):
        return True
    if _is_items(every.get("items")) and every["items"] >= 1:
        every["items"] = int(every["items"])
        return False
    return not _is_number(every.get("seconds")) or every["seconds"] <= 0


def _job_problem(raw: Record) -> Optional[str]:
    """Why a record is no job.json that this file can go on with; None: it is one."""
    if not isinstance(raw.get("id"), str) or not _ID.match(raw["id"]):
        return "id: not a job ID"
    for key in ("uid", "name", "createdAt", "unit"):
        if not isinstance(raw.get(key), str) or raw[key] == "":
            return f"{key}: not there"
    if raw.get("kind") not in ("batched", "process"):
        return "kind: neither batched nor process"
    command = raw.get("command")
    if not isinstance(command, list) or not command or not all(isinstance(part, str) for part in command):
        return "command: not a list of texts"
    surroundings = raw.get("surroundings")
    if not isinstance(surroundings, dict) or not isinstance(surroundings.get("env"), dict):
        return "surroundings: not there"
    if raw["kind"] == "process":
        return None if raw.get("total") is None or _is_items(raw["total"]) else "total: not a number of items"
    if not _is_items(raw.get("total")) or raw["total"] < 1:
        return "total: not a number of items"
    raw["total"] = int(raw["total"])
    if _cadence_problem(raw.get("every")):
        return "every: neither items nor seconds"
    if not isinstance(raw.get("extension"), str) or not _EXTENSION.match(raw["extension"]):
        return "extension: not a file extension"
    if not _is_items(raw.get("width")) or not 5 <= raw["width"] <= 16:
        return "width: not from 5 to 16"
    raw["width"] = int(raw["width"])
    return None if raw.get("final") is None or _is_file_name(raw["final"]) else "final: not a plain file name"


def _find_job(dir: str) -> Tuple[str, Any]:
    """('none', None), ('ok', record), or ('newer' | 'damaged', why)."""
    paths = _Paths(dir)
    if _lstat(paths.meta) is None:
        return "none", None
    kind, value = _read_json(paths.job)
    if kind == "none":
        return "damaged", "it is gone"
    problem = _job_problem(value) if kind == "ok" else None
    return ("damaged", problem) if problem else (kind, value)


def _load_job(dir: str) -> Record:
    kind, value = _find_job(dir)
    if kind == "ok":
        return dict(value)
    path = _Paths(dir).job
    if kind == "none":
        raise JobError(f"The folder {dir} holds no job any more.", "Was it moved? Give its new path.")
    if kind == "newer":
        raise JobError(f"{path} can't be used: {value}.")
    raise JobError(
        f"{path} can't be used: {value}. Nothing was changed.",
        "The checkpoints are untouched. Take a new folder, or bring job.json back from a backup.",
    )


def _check_trust(dir: str, optional: bool) -> None:
    """Refuses a job whose folder or records another user owns or may write; ``optional``: there is an option for it."""
    me, group = os.getuid(), os.getgid()
    paths = _Paths(dir)
    for path in (dir, paths.meta, paths.job):
        there = _lstat(path)
        if there is None:
            continue
        if there.st_uid != me:
            reason = f"{path} belongs to another user (uid {there.st_uid})"
            otherwise = "Take another folder: dir="
        elif there.st_mode & 0o002:
            reason = f"everybody may write {path}"
            otherwise = f"If that is not meant: chmod o-w {shlex.quote(path)}"
        elif there.st_mode & 0o020 and there.st_gid != group:
            reason = f"the group {there.st_gid} may write {path}"
            otherwise = f"If that is not meant: chmod g-w {shlex.quote(path)}"
        else:
            continue
        raise JobError(
            f"{reason}, and what is in its records would be believed. Nothing was changed.",
            "If you know who wrote it: trust=True" if optional else otherwise,
        )


def _write_job(paths: _Paths, record: Record) -> None:
    _replace_file(paths.job, f"{_json_text(record, 2)}\n", 0o600)


def _write_reserve(paths: _Paths) -> None:
    there = _lstat(paths.reserve)
    if there is None or there.st_size != _RESERVE_BYTES:
        _replace_file(paths.reserve, bytes(_RESERVE_BYTES), 0o600)


def _free_reserve(paths: _Paths) -> bool:
    """Gives the reserve's space back to the disk; False where it was already given, or can't be."""
    try:
        os.unlink(paths.reserve)
        return True
    except OSError:
        return False


def _clear_scratch(paths: _Paths) -> None:
    with _attempt("clear", paths.scratch):
        try:
            shutil.rmtree(paths.scratch)
        except FileNotFoundError:
            pass
    _make_inside(paths.scratch)


_BESIDE = re.compile(r"\.milepost\.new-|\.PROGRESS\.txt\.[0-9]+\.tmp\Z")
_HOLDERS = re.compile(
    r"\.(?:job|process|merged|merging|cleaned)\.json\.[0-9]+\.tmp\Z|\.(?:reserve|runs\.jsonl)\.[0-9]+\.tmp\Z"
)
_OTHERS = re.compile(r"\.stop\.json\.[0-9]+\.tmp\Z|partial-")


def _remove_left_behind(paths: _Paths) -> None:
    """Removes what killed programs left half written. The caller holds the job's lock."""
    with _attempt("list", paths.dir):
        beside, inside = os.listdir(paths.dir), os.listdir(paths.meta)
    for name in beside:
        if name != _META and _BESIDE.match(name):
            _remove_quietly(os.path.join(paths.dir, name))
    for name in inside:
        path = os.path.join(paths.meta, name)
        if _HOLDERS.match(name):
            _remove_quietly(path)
        elif _OTHERS.match(name):
            there = _lstat(path)
            if there is not None and time.time() - there.st_mtime > 24 * 3600:
                _remove_quietly(path)


def _set_aside(paths: _Paths, path: str) -> Optional[str]:
    """Moves whatever stands there into orphans/, under a name that is free. Nothing is deleted."""
    if _lstat(path) is None:
        return None
    _make_inside(paths.orphans)
    name = os.path.basename(path)
    number = 1
    while True:
        target = os.path.join(paths.orphans, name if number == 1 else f"{name}.{number}")
        number += 1
        if _lstat(target) is not None:
            continue
        with _attempt("set aside", path):
            os.rename(path, target)
        _sync_folder(paths.orphans)
        return target


def _create_job(dir: str, record: Record) -> Optional[Tuple[_Paths, _Lock]]:
    """Makes the records of a new job, already locked: there whole or not at all. None: somebody was faster."""
    _make_folder(dir)
    paths = _Paths(dir)
    with _attempt("make a folder in", dir):
        building = tempfile.mkdtemp(prefix=f"{_META}.new-", dir=dir)
    temporary = _Paths(dir, building)
    lock: Optional[_Lock] = None
    try:
        for folder in (temporary.scratch, temporary.orphans):
            with _attempt("make", folder):
                os.mkdir(folder)
        _replace_file(temporary.job, f"{_json_text(record, 2)}\n", 0o600)
        _replace_file(temporary.ledger, b"", 0o600)
        _replace_file(temporary.runs, b"", 0o600)
        _write_reserve(temporary)
        lock = _take_lock(temporary.lock, dir)
        _sync_folder(building)
        with _attempt("make", paths.meta):
            try:
                os.rename(building, paths.meta)
            except OSError as error:
                if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
                    return None
                raise
        _sync_folder(dir)
        made, lock = lock, None
        return paths, made
    except (_Fault, _Held):
        # Whoever was first clears away what others have half built: then this one came too late, and nothing is wrong.
        if _find_job(dir)[0] != "none":
            return None
        raise
    finally:
        if lock:
            lock.release()
        # Already renamed away where all went well.
        _remove_quietly(building)


# ---------------------------------------------------------------------------------------------------------------------
# The list of this host's jobs: $XDG_STATE_HOME/milepost/jobs/ID.json
# ---------------------------------------------------------------------------------------------------------------------


def _registry_folder() -> str:
    state = os.environ.get("XDG_STATE_HOME", "")
    if not state.startswith("/"):
        state = os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(state, "milepost", "jobs")


def _id_from_name(name: str) -> str:
    plain = re.sub("[^a-z0-9._-]+", "-", unicodedata.normalize("NFKD", name).lower())
    return re.sub(r"\A[^a-z0-9]+|[-._]+\Z", "", plain)[:56] or "job"


def _read_entry(id: str) -> Tuple[str, Any]:
    kind, value = _read_json(os.path.join(_registry_folder(), f"{id}.json"))
    if kind == "ok":
        texts = all(isinstance(value.get(key), str) for key in ("id", "uid", "name", "dir", "createdAt"))
        if not texts or not value["dir"].startswith("/"):
            return "damaged", "not an entry"
    return kind, value


def _free_id(name: str, dir: str) -> str:
    """An ID for a job of this name in this folder that no other folder's job has."""
    wanted = _id_from_name(name)
    number = 1
    while True:
        id = wanted if number == 1 else f"{wanted}-{number}"
        kind, entry = _read_entry(id)
        if kind == "none" or (kind == "ok" and entry["dir"] == dir):
            return id
        number += 1


def _enter_job(record: Record, dir: str) -> bool:
    """Enters a job of this host. False where the ID has become another folder's job's in the meantime."""
    folder = _registry_folder()
    path = os.path.join(folder, f"{record['id']}.json")
    entry = {
        "version": 1,
        **{key: record[key] for key in ("id", "uid", "name")},
        "dir": dir,
        "createdAt": record["createdAt"],
        "kind": record["kind"],
    }
    _make_folder(folder, 0o700)
    host = re.sub("[^A-Za-z0-9-]+", "-", _host())
    _sweep(folder, host)
    while True:
        kind, there = _read_entry(record["id"])
        if kind == "ok" and there["dir"] == dir and there["uid"] == record["uid"]:
            return True
        if kind == "ok" and there["uid"] != record["uid"] and there["dir"] != dir:
            return False
        temporary = f"{path}.{host}.{os.getpid()}.new"
        _replace_file(temporary, f"{_json_text(entry)}\n", 0o600)
        try:
            if kind != "none":
                with _attempt("write", path):
                    os.rename(temporary, path)
                return True
            with _attempt("make", path):
                try:
                    # Whole, and only if nobody else did: of two programs only one gets the ID.
                    os.link(temporary, path)
                    return True
                except FileExistsError:
                    continue
        finally:
            _remove_quietly(temporary)


_HALF_WRITTEN = re.compile(r".*\.json\.([A-Za-z0-9-]+)\.([0-9]+)\.new(?:\.[0-9]+\.tmp)?\Z")


def _sweep(folder: str, host: str) -> None:
    """Removes what programs of this host that were killed have left half written."""
    with _attempt("list", folder):
        names = os.listdir(folder)
    for name in names:
        found = _HALF_WRITTEN.match(name)
        if found and found.group(1) == host and _read_process(int(found.group(2))) is None:
            _remove_quietly(os.path.join(folder, name))


def _entered(paths: _Paths, record: Record) -> Record:
    """The job in the list: under its ID, or under a free one where that has become another folder's job's."""
    while not _enter_job(record, paths.dir):
        record = {**record, "id": _free_id(record["name"], paths.dir)}
        _write_job(paths, record)
    return record


def _original_of(record: Record, dir: str) -> Optional[str]:
    """The folder that this one is a copy of: another one of the list that still holds the very same job."""
    folder = _registry_folder()
    with _attempt("list", folder):
        try:
            names = sorted(os.listdir(folder))
        except FileNotFoundError:
            return None
    for name in names:
        if not name.endswith(".json") or not _ID.match(name[:-5]):
            continue
        kind, entry = _read_entry(name[:-5])
        if kind != "ok" or entry["uid"] != record["uid"] or entry["dir"] == dir:
            continue
        try:
            there = _find_job(entry["dir"])
            if there[0] != "ok" or there[1]["uid"] != record["uid"]:
                continue
            if not os.path.samefile(_Paths(entry["dir"]).meta, _Paths(dir).meta):
                return str(entry["dir"])
        except (JobError, OSError):
            continue
    return None


class _HeldJob(NamedTuple):
    """A job that this process owns until it releases the lock."""

    paths: _Paths
    record: Record
    #: The record is not what job.json says yet; the run writes it.
    changed: bool
    lock: _Lock
    #: What a person should know of how it came to be held.
    note: Optional[str]


def _hold(
    dir: str,
    make: Callable[[], Record],
    same: Callable[[Record], Record],
    trust: Optional[bool] = None,
    listed: bool = True,
) -> _HeldJob:
    """Owns the job in a folder, made where there is none.

    ``make`` gives a new job's record, which gets its ID here; ``same`` refuses a different job by a JobError, or returns the record
    as this start wants it from now on. ``trust`` None: nothing was said of it, and nothing can be. ``listed``: it is
    entered into this host's list.
    """
    if fcntl is None:
        raise JobError("Milepost's jobs need a system with file locks as Linux and macOS have them.")
    while True:
        if _find_job(dir)[0] != "none":
            break
        strangers = _checkpoint_files(dir)
        if strangers:
            raise JobError(
                f"{dir} holds {len(strangers)} files with a checkpoint's name and no records of a job, such as "
                f"{_clean_text(strangers[0])}. Nothing was changed.",
                "Take another folder, or move them away.",
            )
        record = make()
        record["id"] = _free_id(record["name"], dir)
        created = _create_job(dir, record)
        if created is None:
            continue
        paths, lock = created
        try:
            return _HeldJob(paths, _entered(paths, record) if listed else record, False, lock, None)
        except BaseException:
            lock.release()
            raise
    if not trust:
        _check_trust(dir, optional=trust is not None)
    same(_load_job(dir))
    paths = _Paths(dir)
    lock = _take_lock(paths.lock, dir)
    try:
        # Read again: what counts is what it says now that nobody else writes.
        found = _load_job(dir)
        wanted = same(found)
        original = _original_of(found, dir)
        note = None
        if original is None:
            entered = _entered(paths, found) if listed else found
        else:
            # It may not keep the original's mark: by that its leftovers would be taken for this one's.
            _clear_scratch(paths)
            separate = {"uid": str(uuid.uuid4()), "id": _free_id(found["name"], dir)}
            _write_job(paths, {**found, **separate})
            entered = _entered(paths, {**found, **separate})
            note = (
                f"This folder is a copy of {original}, whose job stays {found['id']}. "
                f"It is a job of its own from here on: {entered['id']}."
            )
        now = {**wanted, "id": entered["id"], "uid": entered["uid"]}
        return _HeldJob(paths, now, now != entered, lock, note)
    except BaseException:
        lock.release()
        raise


# ---------------------------------------------------------------------------------------------------------------------
# What is done: the ledger is the truth, held against the files that are there
# ---------------------------------------------------------------------------------------------------------------------


def _current_entries(entries: Sequence[Record]) -> List[Record]:
    """For the same first item the last line counts; of two that overlap, the later line. By first item."""
    last_line: Dict[int, Tuple[Record, int]] = {}
    for line, entry in enumerate(entries):
        last_line[entry["first"]] = (entry, line)
    kept: List[Tuple[Record, int]] = []
    for entry, line in sorted(last_line.values(), key=lambda one: one[0]["first"]):
        if kept:
            before, before_line = kept[-1]
            if before["first"] + before["count"] > entry["first"]:
                if before_line > line:
                    continue
                kept.pop()
        kept.append((entry, line))
    return [entry for entry, _ in kept]


class _Inspection(NamedTuple):
    done: List[Record]
    #: (entry, why it is to be done again)
    damaged: List[Tuple[Record, str]]
    #: Files with a checkpoint's name that no counting line names.
    foreign: List[str]
    #: (line of the ledger, why it does not count)
    lines: List[Tuple[int, str]]
    torn: bool
    next_index: int
    newer: Optional[str]


def _inspect_job(paths: _Paths, verify: bool = False) -> _Inspection:
    """What is done in a job's folder. Changes nothing. ``verify`` also compares every checkpoint's hash."""
    ledger = _read_records(paths.ledger, _entry_problem)
    names = set(_checkpoint_files(paths.dir))
    cleaned = _read_json(paths.cleaned)[0] == "ok"
    done: List[Record] = []
    damaged: List[Tuple[Record, str]] = []
    for entry in _current_entries(ledger.records):
        there = entry["file"] in names
        names.discard(entry["file"])
        reason = None if cleaned and not there else _damage_of(paths, entry, verify)
        if reason is None:
            done.append(entry)
        else:
            damaged.append((entry, reason))
    next_index = max((entry["index"] + 1 for entry in ledger.records), default=0)
    return _Inspection(done, damaged, sorted(names), ledger.damaged, ledger.torn, next_index, ledger.newer)


def _damage_of(paths: _Paths, entry: Record, verify: bool) -> Optional[str]:
    name = entry["file"]
    path = os.path.join(paths.dir, name)
    there = _lstat(path)
    if there is None:
        return f"{name} is gone"
    if not stat.S_ISREG(there.st_mode) and not stat.S_ISDIR(there.st_mode):
        return f"{name} is neither a file nor a folder any more"
    size = _size_of_output(path) if stat.S_ISDIR(there.st_mode) else there.st_size
    if size < entry["bytes"]:
        return f"{name} is {entry['bytes'] - size} bytes short"
    if size > entry["bytes"]:
        return f"{name} is {size - entry['bytes']} bytes too long"
    if not verify or _seal_output(path, sync=False).sha256 == entry["sha256"]:
        return None
    return f"{name} was changed: its hash is not the one it was saved with"


class _History(NamedTuple):
    starts: int
    last_start: Optional[Record]
    last_end: Optional[Record]
    newer: Optional[str]
    damage: Optional[str]


def _read_runs(paths: _Paths) -> _History:
    """The runs of a job: how many, and how the last one stands by its records."""
    content = _read_records(paths.runs, _run_problem)
    starts = 0
    start: Optional[Record] = None
    end: Optional[Record] = None
    for record in content.records:
        if record["kind"] == "start":
            starts = max(starts + 1, record["run"])
            start, end = record, None
        elif start is not None and record["run"] == start["run"]:
            end = record
    damage = None
    if _lstat(paths.runs) is None:
        damage = "it is gone"
    elif content.damaged:
        damage = f"{len(content.damaged)} of its lines do not count"
    return _History(starts, start, end, content.newer, damage)


# ---------------------------------------------------------------------------------------------------------------------
# The merged result
# ---------------------------------------------------------------------------------------------------------------------


def _merge_basis(entries: Sequence[Record]) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        digest.update(f"{entry['first']} {entry['count']} {entry['sha256']}\n".encode("ascii"))
    return digest.hexdigest()


def _read_merged(path: str) -> Optional[Record]:
    kind, value = _read_json(path)
    if kind != "ok" or not _is_file_name(value.get("file")) or not _is_items(value.get("bytes")):
        return None
    hashes = all(isinstance(value.get(key), str) and _HASH.match(value[key]) for key in ("sha256", "basis"))
    return value if hashes and isinstance(value.get("at"), str) else None


def _is_merged(paths: _Paths, entries: Sequence[Record], final: str) -> bool:
    """Whether the result of exactly these checkpoints stands under this name, with its size."""
    merged = _read_merged(paths.merged)
    if merged is None or merged["file"] != final or merged["basis"] != _merge_basis(entries):
        return False
    target = os.path.join(paths.dir, final)
    return _lstat(target) is not None and _size_of_output(target) == merged["bytes"]


def concat(inputs: Sequence[str], output: str) -> None:
    """Joins files one after the other: what ``job.merge(milepost.concat)`` makes the result with."""
    with _attempt("write", output), open(output, "wb") as target:
        for path in inputs:
            with _attempt("read", path):
                source = open(path, "rb")
            with source:
                shutil.copyfileobj(source, target, _CHUNK_BYTES)


# ---------------------------------------------------------------------------------------------------------------------
# A run: from its start in the records to its end, in whatever way it ends
# ---------------------------------------------------------------------------------------------------------------------

# PROGRESS.txt: at most one write in the first time, at least one in the second while the job runs.
_SHORTEST_SECONDS = 1.0
_LONGEST_SECONDS_BETWEEN = 30.0
_LOOK_EVERY_SECONDS = 0.5
# How long `stop --now` waits for the program to come to its end by itself.
_GRACE_SECONDS = 10.0
_MARK = "MILEPOST_ATTEMPT"


class _Asked(NamedTuple):
    """Why a run is to end before its work is done."""

    outcome: str
    reason: str
    #: Raised in the program.
    error: BaseException


def _given_run_id(job: str) -> Optional[str]:
    """The ID that the agent gave to this run: by it, whoever asked for a resume knows that this is the one."""
    if os.environ.get("MILEPOST_JOB") != job:
        return None
    given = os.environ.pop("MILEPOST_RUN_ID", "")
    return given if re.fullmatch(r"[0-9a-f-]{36}", given) else None


class _Run:
    """One run of a job that this process holds: its records, its PROGRESS.txt, and what can end it early."""

    def __init__(
        self,
        held: _HeldJob,
        describe: Callable[[float], Record],
        explain: Callable[[BaseException], Tuple[str, str]],
        settle: Callable[[str], Tuple[str, Optional[str]]],
    ) -> None:
        #: The outcome and the reason where an error ends the run ...
        self.explain = explain
        #: ... and where the program came to its end without one, before all was done for the reason that is given.
        self.settle = settle
        self.paths = held.paths
        self.record = held.record
        self.pid = os.getpid()
        self.number = 0
        self.run_id = _given_run_id(self.record["id"]) or str(uuid.uuid4())
        self.host = _host()
        self.status = "running"
        self.stage: Optional[str] = None
        self.message: Optional[str] = None
        self.warning: Optional[str] = None
        self.earlier_seconds = 0.0
        self.started = time.monotonic()
        #: Set where the run is to end now.
        self.asked: Optional[_Asked] = None
        #: `milepost stop`: what runs is finished first.
        self.finish_asked = False
        #: A signal to end is obeyed only when the next checkpoint is saved; which one has come.
        self.defers = False
        self.deferred: Optional[_Asked] = None
        #: Called by the keeper, twice a second.
        self.tick: Callable[[float], None] = lambda now: None
        #: Called once, when it calls no more.
        self.last_tick: Callable[[], None] = lambda: None
        self.ended = False
        #: When the loop over the batches was left without an end; None: it goes on.
        self.left: Optional[float] = None
        #: That of its loop.
        self.thread = threading.current_thread()
        self._describe = describe
        self._lock = held.lock
        #: Held while something is committed or ended: neither is cut in two.
        self._critical = threading.RLock()
        self._depth = 0
        self._writing = threading.RLock()
        self._closing = threading.Event()
        self._due = math.inf
        self._last_write = -math.inf
        self._keeper: Optional[threading.Thread] = None
        self._told: Set[str] = set()
        self._mark_before: Optional[str] = None
        self._marker = -1
        self._last_value = getattr(sys, "last_value", None)
        self._recorded = False
        #: Whose the records were when the run closed its own.
        self._closed_as: Optional[str] = None
        self.before = _read_progress(self.paths.progress)
        self.history = _read_runs(self.paths)
        self.ledger: Optional[_Appender] = None
        self.runs: Optional[_Appender] = None

    # -- its beginning

    def start(self, changed: bool) -> None:
        """Enters the run into the records. The caller has seen that nothing speaks against it."""
        _end_leftovers(self.paths, self.record["uid"], self.history, self.note)
        if changed:
            _write_job(self.paths, self.record)
        _clear_scratch(self.paths)
        _remove_left_behind(self.paths)
        try:
            _write_reserve(self.paths)
        except _Fault:
            self.note(f"No room for {self.paths.reserve}.")
        # What it holds is on the disk before PROGRESS.txt counts it.
        self.ledger = _Appender(self.paths.ledger)
        self.runs = _Appender(self.paths.runs)
        earlier = self.history.starts
        if self.history.damage is not None:
            self.note(f"{self.paths.runs}: {self.history.damage}. The runs are counted on from PROGRESS.txt.")
            earlier = max(earlier, (self.before.runs if self.before else None) or 0)
        self.number = earlier + 1
        self.earlier_seconds = (self.before.elapsed_seconds or 0.0) if self.before and earlier else 0.0
        self.started = time.monotonic()
        self.runs.append(
            {
                "version": 1,
                "kind": "start",
                "run": self.number,
                "runId": self.run_id,
                "at": _utc_now(),
                "process": _identity(),
                "agent": f"{__version__} (python)",
            }
        )
        self._recorded = True
        self._mark_children()
        _watch_over(self)

    def begin(self) -> None:
        """Writes the first PROGRESS.txt and keeps it fresh from here on."""
        self._flush_or_free()
        self._keeper = threading.Thread(target=self._keep, name="milepost", daemon=True)
        self._keeper.start()

    def _mark_children(self) -> None:
        """What this program starts and forks is known by a mark, so that a resume can end what a killed one left."""
        self._mark_before = os.environ.get(_MARK)
        with _attempt("make a file in", self.paths.scratch):
            marker = os.path.join(self.paths.scratch, "program")
            self._marker = os.open(marker, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            # Its name is still seen at the descriptor.
            os.unlink(marker)
        os.environ[_MARK] = f"{self.record['uid']}.{self.number}.1"

    # -- on its way

    def elapsed(self, now: float) -> float:
        return self.earlier_seconds + (now - self.started)

    def changed(self) -> None:
        """PROGRESS.txt is to be written: within a second, at most once a second."""
        self._due = min(self._due, max(time.monotonic(), self._last_write + _SHORTEST_SECONDS))

    def note(self, text: str) -> None:
        """Something that a person should know and that does not end the run; once for each text."""
        text = _clean_text(text, 1000)
        if text in self._told:
            return
        self._told.add(text)
        if self._whose() != "ours" or not self._log(f"[milepost {_utc_now()}] {text}\n"):
            _say(text)

    def _log(self, line: str) -> bool:
        """Writes into output.log; whether what is said on standard error goes there, too."""
        try:
            file = os.open(self.paths.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                os.write(file, line.encode("utf-8", "replace"))
                return sys.stderr is None or os.path.samestat(os.fstat(file), os.fstat(sys.stderr.fileno()))
            finally:
                os.close(file)
        except (OSError, ValueError, AttributeError):
            return False

    def seen(self, error: BaseException) -> None:
        """An error in what writes is on its way. Whether the disk is full is asked now, while all that was written is
        still there, and kept at the error; where it does not say so by itself it is told. So is what was removed."""
        gone = self.gone()
        if gone and isinstance(error, Exception) and not isinstance(error, _Removed):
            self.note(gone.message)
        full = _full_disk(error, self.paths.dir) if isinstance(error, Exception) else None
        if full is None:
            return
        try:
            setattr(error, _CAME_OF_FULL, full)
        except (AttributeError, TypeError):
            pass
        if not isinstance(error, JobError):
            self.note(f"{self.paths.dir}: {full}. {_MAKE_ROOM}")

    def check(self) -> None:
        """Refuses where the records of this run were removed or replaced: before anything is made or put in place."""
        for appender in (self.ledger, self.runs):
            if appender and appender.file >= 0:
                appender.check()

    def gone(self) -> Optional[_Removed]:
        """That the records of this run were removed or replaced; None: nothing is known of that."""
        try:
            self.check()
        except _Removed as fault:
            return fault
        except (JobError, OSError):
            pass  # The disk doesn't answer as it should: whatever is written next says so.
        return None

    def _whose(self) -> str:
        """Whose the records are that stand in the folder: "ours", "theirs", or those of "nobody"."""
        if self._closed_as is not None:
            return self._closed_as
        mine = [appender for appender in (self.ledger, self.runs) if appender and appender.file >= 0]
        try:
            if not mine or any(_is_still_at(appender.file, appender.path) for appender in mine):
                return "ours"
            return "nobody" if all(_lstat(appender.path) is None for appender in mine) else "theirs"
        except (JobError, OSError):
            return "theirs"

    def critical(self) -> "_Run":
        """`with run.critical():` a signal or `stop --now` waits until the block is done."""
        return self

    def __enter__(self) -> None:
        self._critical.acquire()
        self._depth += 1

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._depth -= 1
        self._critical.release()

    @property
    def is_critical(self) -> bool:
        return self._depth > 0

    def obey(self) -> None:
        """Raises what ends the program, where it was asked to end."""
        if self.asked:
            raise self.asked.error

    def ask(self, outcome: str, reason: str, error: BaseException) -> None:
        self.asked = self.asked or _Asked(outcome, reason, error)

    # -- its keeper: a thread that writes PROGRESS.txt and looks for `milepost stop`

    def _keep(self) -> None:
        while True:
            now = time.monotonic()
            due = min(self._due, self._last_write + _LONGEST_SECONDS_BETWEEN)
            if self._closing.wait(min(_LOOK_EVERY_SECONDS, max(0.01, due - now))):
                return
            try:
                self._keep_once(time.monotonic())
            except Exception as error:  # Telling how far it is must never end the telling, nor the work.
                self.note(f"{self.paths.progress} could not be kept fresh: {_error_line(error)}.")
                self._due = math.inf
                self._last_write = time.monotonic()

    def _keep_once(self, now: float) -> None:
        self._look_for_stop()
        self.tick(now)
        if now >= min(self._due, self._last_write + _LONGEST_SECONDS_BETWEEN):
            self.write_quietly()
        # Whoever holds it now ends the run, or goes on with it.
        if self.left is not None and now - self.left > _LEFT_SECONDS and self._critical.acquire(blocking=False):
            try:
                if self.left is not None:
                    _end_by_itself(self, "the loop over its batches was left before all was done")
            finally:
                self._critical.release()

    def write_quietly(self) -> None:
        try:
            self._write()
        except JobError as error:
            self.note(error.message)

    def _write(self) -> None:
        with self._writing:
            self._due = math.inf
            self._last_write = time.monotonic()
            # That it failed is still told beside records that are gone, but never in another run's place.
            if not self.ended or self._whose() == "theirs":
                self.check()
            _replace_file(self.paths.progress, _format_progress(self._describe(self._last_write)))

    def _flush_or_free(self) -> None:
        """Writes PROGRESS.txt now; a full disk gives the reserve for it."""
        with self._writing:
            try:
                self._write()
            except _Fault:
                if self._whose() != "ours" or not _free_reserve(self.paths):
                    raise
                self._write()

    def _look_for_stop(self) -> None:
        try:
            kind, asked = _read_json(self.paths.stop)
        except JobError:
            return
        if kind != "ok" or asked.get("runId") != self.run_id or not isinstance(asked.get("now"), bool):
            return
        if not asked["now"]:
            if not self.finish_asked:
                self.finish_asked = True
                self.message = "asked to stop: what runs is finished first"
                self.changed()
            return
        self.stop_now()

    def stop_now(self) -> None:
        """Ends the program as stopped, in order if it lets itself be ended so."""
        if self.asked is None:
            self.ask("stopped", "stopped by a person", Stopped())
            self._interrupt()
            threading.Thread(target=self._end_hard, name="milepost-stop", daemon=True).start()

    def _interrupt(self) -> None:
        """Raises in the thread of the loop what was asked for, also out of a wait for the system."""
        if self.is_critical:
            return
        if _signals.wake(self.thread):
            return
        try:
            import ctypes

            thread = ctypes.c_ulong(self.thread.ident or 0)
            ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, ctypes.py_object(Stopped))
        except (ImportError, AttributeError):
            pass

    def _end_hard(self) -> None:
        """A program that does not come to its end by itself is ended: its records first."""
        if self._closing.wait(_GRACE_SECONDS):
            return
        try:
            self.end("stopped", "stopped by a person")
        except JobError as fault:
            self.note(fault.message)
        for child in _children():
            child.terminate()
        os._exit(Stopped().code)  # type: ignore[arg-type]

    # -- its end

    def end(self, outcome: str, reason: Optional[str]) -> None:
        """The records of the end: first runs.jsonl, then PROGRESS.txt. A full disk gives its reserve for them."""
        if self.pid != os.getpid():
            return
        with self.critical():
            if self.ended:
                return
            self.ended = True
            self._closing.set()
            keeper = self._keeper
            if keeper and keeper is not threading.current_thread():
                keeper.join(30)
            self.last_tick()
            try:
                if self._recorded:
                    self._record_end(outcome, reason)
            finally:
                self._close()

    def fail(self, error: BaseException) -> None:
        """Ends the run by an error that is on its way. A fault of the records is told, and never takes its place."""
        try:
            self.end(*((self.asked.outcome, self.asked.reason) if self.asked else self.explain(error)))
        except JobError as fault:
            if not isinstance(error, JobError) or error.message != fault.message:
                self.note(fault.message)

    def give_up(self, error: BaseException) -> None:
        """The run could not begin: it failed where its start is in the records, else it has never been."""
        if self._recorded:
            self.fail(error)
        elif not self.ended:
            self.abandon()

    def _record_end(self, outcome: str, reason: Optional[str]) -> None:
        gone = self.gone()
        if gone and outcome == "complete":
            outcome, reason = "failed", _error_line(gone)
        if self._whose() == "ours":
            try:
                _clear_scratch(self.paths)
            except JobError:
                pass
        self.status = outcome
        self.stage = None
        self.message = reason if reason is not None or outcome == "complete" else self.message
        line = {
            "version": 1,
            "kind": "end",
            "run": self.number,
            "at": _utc_now(),
            "outcome": outcome,
            "reason": reason,
        }
        unwritten: Optional[JobError] = None
        try:
            self._append_or_rewrite(line)
        except JobError as error:
            # PROGRESS.txt is tried all the same: it is what people look at.
            unwritten = error
            if isinstance(error, _Removed) and outcome == "complete":
                self.status, self.message = "failed", _error_line(error)
        try:
            self._flush_or_free()
        except JobError:
            if not gone:
                raise
        problem = gone or unwritten
        if problem:
            raise problem

    def _append_or_rewrite(self, line: Record) -> None:
        """After a failed append nobody knows what of the file is on the disk: then the whole file is made anew."""
        assert self.runs is not None
        try:
            self.runs.append(line)
        except _Removed:
            raise
        except _Fault as error:
            self.note(error.message)
            _free_reserve(self.paths)
            with _attempt("read", self.paths.runs):
                with open(self.paths.runs, "rb") as file:
                    text = file.read()
            _replace_file(self.paths.runs, text[: text.rfind(b"\n") + 1] + _encode_record_line(line), 0o600)

    def _close(self) -> None:
        _watch_no_more(self)
        if self._marker >= 0:
            os.close(self._marker)
            self._marker = -1
            if self._mark_before is None:
                os.environ.pop(_MARK, None)
            else:
                os.environ[_MARK] = self._mark_before
        self._closed_as = self._whose()
        if self._closed_as == "ours":
            _remove_quietly(self.paths.stop)
        for appender in (self.ledger, self.runs):
            if appender:
                appender.close()
        self._lock.release()

    def abandon(self) -> None:
        """Gives everything back without a word in the records: the run never began."""
        self.ended = True
        self._close()

    def forget(self) -> None:
        """In a forked child: none of this is its own. The marker stays open: by that the child is known."""
        self.ended = True
        self._closing.set()
        for appender in (self.ledger, self.runs):
            if appender:
                appender.close()

    def last_words(self) -> Optional[BaseException]:
        """The error that the program died of, where Python has shown one since this run began."""
        error = getattr(sys, "last_value", None)
        return error if error is not None and error is not self._last_value else None


# A loop that was left goes on with the next call of batches(); after this time it is over.
_LEFT_SECONDS = 5.0

_open_runs: List[_Run] = []
_at_fork_registered = False


def _watch_over(run: _Run) -> None:
    global _at_fork_registered
    _open_runs.append(run)
    _signals.install()
    if not _at_fork_registered:
        _at_fork_registered = True
        atexit.register(_at_exit)
        os.register_at_fork(
            before=_signals.hold_back, after_in_parent=_signals.let_through, after_in_child=_after_fork
        )


def _watch_no_more(run: _Run) -> None:
    if run in _open_runs:
        _open_runs.remove(run)
    if not _open_runs:
        _signals.restore()


def _after_fork() -> None:
    """A forked child holds nothing of its parent's jobs: neither their locks nor their files, signals or end."""
    _signals.restore()
    _signals.let_through()
    for run in _open_runs:
        run.forget()
    _open_runs.clear()
    for lock in list(_open_locks):
        lock.release()


def _at_exit() -> None:
    for run in list(_open_runs):
        if run.pid == os.getpid():
            _end_by_itself(run, "the program ended before its work was done")


def _end_by_itself(run: _Run, otherwise: str) -> None:
    """Ends a run whose program is over, or has left it: in order if it was asked to, failed if an error is known."""
    error = run.last_words()
    try:
        if run.asked:
            run.end(run.asked.outcome, run.asked.reason)
        elif error is not None:
            run.end(*run.explain(error))
        else:
            run.end(*run.settle(otherwise))
    except JobError as fault:
        if not run.ended:
            # Whether all was done could not be seen.
            run.fail(fault)
        if not isinstance(error, JobError) or error.message != fault.message:
            run.note(fault.message)


def _outcome_of(error: BaseException, dir: str) -> Tuple[str, str]:
    """How an error ends the run of the job in ``dir``: the outcome, and the reason."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted", "ended by SIGINT"
    if isinstance(error, SystemExit):
        return "interrupted", "the program ended before its work was done"
    line = _error_line(error)
    full = _full_disk(error, dir)
    return "failed", line if full is None or any(code in line for code in _FULL) else f"{full}: {line}"


def _error_line(error: BaseException) -> str:
    """The last line that Python prints of an error."""
    if isinstance(error, JobError):
        return _clean_text(error.message)
    lines = [_clean_text(line) for line in traceback.format_exception_only(type(error), error)]
    return next((line for line in reversed(lines) if line), type(error).__name__)


def _children() -> Sequence[Any]:
    multiprocessing = sys.modules.get("multiprocessing")
    return multiprocessing.active_children() if multiprocessing else []


# What nobody sends and nothing comes of: by it the keeper wakes the main thread.
_WAKE = getattr(signal, "SIGURG", signal.SIGTERM)


class _Signals:
    """SIGTERM, SIGINT and SIGHUP end the runs of this program in order: only where it has no handlers of its own."""

    def __init__(self) -> None:
        self._before: Dict[int, Any] = {}
        self._masks: List[Any] = []

    def hold_back(self) -> None:
        """Before a fork: what is sent to the child at once waits until it has its own handlers. Python would lose it."""
        if self._before:
            self._masks.append(signal.pthread_sigmask(signal.SIG_BLOCK, list(self._before)))

    def let_through(self) -> None:
        if self._masks:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._masks.pop())

    def install(self) -> None:
        if self._before or threading.current_thread() is not threading.main_thread():
            return
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, _WAKE):
            before = signal.getsignal(number)
            if before in (signal.SIG_DFL, signal.default_int_handler):
                signal.signal(number, self._handle)
                self._before[number] = before

    def restore(self) -> None:
        try:
            for number, before in list(self._before.items()):
                if signal.getsignal(number) == self._handle:
                    signal.signal(number, before)
                del self._before[number]
        except ValueError:
            pass  # Not in the main thread: the handler does what was before as long as no run is open.

    def wake(self, thread: threading.Thread) -> bool:
        """Makes the main thread run a handler of ours, if it is the one meant and there is one."""
        if thread is not threading.main_thread() or thread.ident is None or _WAKE not in self._before:
            return False
        signal.pthread_kill(thread.ident, _WAKE)
        return True

    def _handle(self, number: int, frame: Optional[FrameType]) -> None:
        runs = [run for run in _open_runs if run.pid == os.getpid()]
        if not runs:
            before = self._before.get(number, signal.SIG_DFL)
            if callable(before):
                before(number, frame)
                return
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        if number != _WAKE:
            error: BaseException = KeyboardInterrupt() if number == signal.SIGINT else SystemExit(128 + number)
            reason = f"ended by {signal.Signals(number).name}"
            later = number != signal.SIGINT and all(run.defers and run.deferred is None for run in runs)
            for run in runs:
                if later:
                    run.deferred = _Asked("interrupted", reason, error)
                else:
                    run.ask("interrupted", reason, error)
        if not any(run.is_critical for run in runs):
            for run in runs:
                run.obey()


_signals = _Signals()


# -- what a killed run left


def _end_leftovers(paths: _Paths, uid: str, history: _History, note: Callable[[str], None]) -> None:
    """Ends what a killed run of this job left running: two of them must never work on the same batch. They are known
    by their mark, which a forked worker holds as an open file, or by the pid that an agent's batch wrote."""
    if history.last_start is None or history.last_end is not None:
        return
    ended: List[int] = []
    while True:
        found = [pid for pid in _leftovers(paths, uid) if pid not in ended]
        if not found:
            break
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
        for pid in found:
            _until_gone(pid)
        ended += found
    if ended:
        note(f"Ended what a killed run left behind: pid {', '.join(map(str, ended))}.")


def _leftovers(paths: _Paths, uid: str) -> List[int]:
    written = _written_pids(paths)
    mark = f"{_MARK}={uid}."
    mine = _own_line()
    if not sys.platform.startswith("linux"):
        shown = ((pid, _command_line(["ps", "-E", "-ww", "-o", "command=", "-p", str(pid)])) for pid, _ in written)
        return [pid for pid, line in shown if line and mark in line and pid not in mine]
    if _read_process(os.getpid()) is None or not os.path.exists("/proc/self/stat"):
        for pid, _ in written:
            if _exists(pid):
                raise JobError(
                    f"A killed run of this job left process {pid}, and a process of that number still runs. Without "
                    "/proc nobody can tell whether it is the same, and two must never work on one batch. Nothing was "
                    "changed.",
                    "Mount /proc (mount -t proc proc /proc), or end it by hand.",
                )
        return []
    leaders = set()
    for pid, start_time in written:
        process = _read_process(pid)
        if process and not process.zombie and start_time is not None and process.start_time == start_time:
            leaders.add(pid)
    folder = f"{os.path.realpath(paths.scratch)}/"
    return [
        int(name)
        for name in os.listdir("/proc")
        if name.isdigit() and int(name) not in mine and _is_leftover(name, leaders, mark, folder)
    ]


def _own_line() -> Set[int]:
    """This process and those that it comes from: never to be ended."""
    line: Set[int] = set()
    pid = os.getpid()
    while pid > 0 and pid not in line:
        line.add(pid)
        text = _read_line(f"/proc/{pid}/stat") or ""
        fields = text[text.rfind(")") + 1 :].split()
        pid = int(fields[1]) if len(fields) > 1 and fields[1].isdigit() else 0
    return line | {1}


def _written_pids(paths: _Paths) -> List[Tuple[int, Optional[str]]]:
    try:
        attempts = os.listdir(paths.scratch)
    except OSError:
        return []
    written: List[Tuple[int, Optional[str]]] = []
    for name in attempts:
        text = _read_line(os.path.join(paths.scratch, name, "pid")) or ""
        found = re.match("[0-9]+", text)
        if found and int(found.group()) > 1:
            process = _parse_stat(text)
            written.append((int(found.group()), process.start_time if process else None))
    return written


def _is_leftover(name: str, leaders: Set[int], mark: str, folder: str) -> bool:
    try:
        with open(f"/proc/{name}/environ", "rb") as file:
            if any(part.startswith(mark.encode()) for part in file.read().split(b"\0")):
                return True
        fd = f"/proc/{name}/fd"
        if any(_link(f"{fd}/{number}").startswith(folder) for number in os.listdir(fd)):
            return True
    except OSError:
        pass  # Others' processes can't be read, and are none of ours.
    if not leaders:
        return False
    text = _read_line(f"/proc/{name}/stat") or ""
    fields = text[text.rfind(")") + 1 :].split()
    return len(fields) > 2 and fields[0] != "Z" and fields[2].isdigit() and int(fields[2]) in leaders


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


def _until_gone(pid: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        process = _read_process(pid)
        # In a container nobody may reap it: a zombie runs nothing any more.
        if process is None or process.zombie:
            return
        if time.monotonic() > deadline:
            raise JobError(
                f"Process {pid}, left by an earlier run of this job, does not end (SIGKILL was sent): it may hang in "
                "the disk or the network.",
                "Start again when it is gone, or after a restart of the host.",
            )
        time.sleep(0.02)


# -- what an agent that started this program reads


class _Reporter:
    """Writes `done/total` to the file that MILEPOST_PROGRESS names, where this program runs under an agent."""

    def __init__(self) -> None:
        self.path = os.environ.get("MILEPOST_PROGRESS") or None
        self._due = 0.0

    def report(self, done: int, total: Optional[int], last: bool = False) -> None:
        now = time.monotonic()
        if self.path is None or (now < self._due and not last):
            return
        self._due = now + 0.5
        temporary = f"{self.path}.{os.getpid()}.tmp"
        try:
            with open(temporary, "w", encoding="ascii") as file:
                file.write(str(done) if total is None else f"{done}/{total}")
            os.replace(temporary, self.path)
        except OSError:
            self.path = None


# ---------------------------------------------------------------------------------------------------------------------
# Job: a loop over batches, each saved as a checkpoint
# ---------------------------------------------------------------------------------------------------------------------


class Batch:
    """Some items of a job, from `start` to before `end`. `for item in batch` gives their numbers."""

    __slots__ = ("start", "end", "count", "index", "_attempts", "_since", "_reported", "_saved")

    def __init__(self, start: int, count: int, index: int) -> None:
        #: The first item, counting from 0.
        self.start = start
        #: The item after the last.
        self.end = start + count
        #: How many items it holds.
        self.count = count
        #: A running number, never used for two checkpoints.
        self.index = index
        self._attempts = 0
        self._since = time.monotonic()
        self._reported: Optional[int] = None
        self._saved = False

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.start, self.end))

    def __len__(self) -> int:
        return self.count

    def __repr__(self) -> str:
        return f"Batch(start={self.start}, end={self.end}, index={self.index})"


#: Writes a batch's checkpoint to the path that it gets, a file or a folder; or the checkpoint itself, as bytes.
Write = Union[Callable[[str], object], bytes, bytearray, memoryview]


_ONLY_MISSING = "Start again: only what is missing is done again."


class Job:
    """A job of `total` items in a folder, done in batches that are saved as they come.

    Started again, in the same way or by `milepost resume` and the app, it goes on behind the last checkpoint.

    Args:
        dir: The job's folder: PROGRESS.txt, the checkpoints and the result. Made if it isn't there.
        total: How many items there are. It may grow later, never shrink.
        every: How much a batch holds: a number of items (2000), or as many as take so long ("2m", "90s").
        unit: What an item is called.
        ext: The checkpoints' extension, such as ".npz".
        final: The name of the merged result in the folder; None: the checkpoints are the result.
        name: The job's name in lists; the folder's where not given.
        env: Names of environment variables that a resume from elsewhere needs too.
        allow_loss: Batches may take more than five minutes.
        trust: Take a folder that others may write.
        force: Go on although the program's arguments are others than those that the job was begun with.

    Nothing is touched before the first `batches()`, `with` or `merge()`. Raises JobError where the job can't go on.
    """

    def __init__(
        self,
        dir: PathLike,
        total: int,
        *,
        every: Union[int, float, str] = "2m",
        unit: str = "items",
        ext: str = "",
        final: Optional[str] = None,
        name: Optional[str] = None,
        env: Sequence[str] = (),
        allow_loss: bool = False,
        trust: bool = False,
        force: bool = False,
    ) -> None:
        _show_job_errors()
        #: The job's folder, absolute.
        self.dir = os.path.abspath(os.fspath(dir))
        self.total = _whole_number("total", total, 1)
        self.unit = _text("unit", unit or "items")
        self.extension = _extension(ext)
        self.final = _final(final)
        #: Its name in lists.
        self.name = _text("name", name or os.path.basename(self.dir) or "job")
        self.every = _parse_every(every, allow_loss)
        if isinstance(env, str):
            raise JobError(f"env takes a list of names, such as [{_json_text(env)}].")
        self._env = tuple(env)
        self._trust = trust
        self._force = force
        self._run: Optional[_Run] = None
        self._entered = False
        self._complete = False
        self._batch: Optional[Batch] = None
        #: The loop over the batches that counts: another that nobody holds any more says nothing.
        self._loop: Optional[object] = None
        self._completed = 0
        self._checkpoints = 0
        self._saved_bytes = 0
        self._last_checkpoint: Optional[Record] = None
        self._timings: List[_Timing] = []
        self._taken: List[Range] = []
        self._redo: List[Range] = []
        #: What this run has done and does again, since it went away meanwhile.
        self._again: List[Range] = []
        self._next_index = 0
        self._width = 5
        self._pace: Optional[Tuple[int, float, Optional[_Pace]]] = None
        self._disk_looked = -math.inf
        self._reporter = _Reporter()

    # -- what a program asks of it

    @property
    def completed(self) -> int:
        """How many items are saved."""
        return self._completed

    @property
    def id(self) -> Optional[str]:
        """The name by which `milepost` knows the job on this host; None before it was opened."""
        return self._id

    _id: Optional[str] = None

    @property
    def result(self) -> Optional[str]:
        """The path of the merged result, whether it is there yet or not; None where none was asked for."""
        return None if self.final is None else os.path.join(self.dir, self.final)

    def __enter__(self) -> "Job":
        self._entered = True
        self._open()
        return self

    def __exit__(
        self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[TracebackType]
    ) -> None:
        self._entered = False
        run = self._run
        if run is None or run.ended:
            return
        if error is not None:
            run.fail(error)
        else:
            self._end_in_order(run)

    def batches(self) -> Iterator[Batch]:
        """The batches that are still to do, each to be saved by :meth:`save` before the next is asked for.

        Yields nothing where all is saved. A checkpoint that went away meanwhile is given again, at the end. Ends the
        program in order where it is asked to stop.
        """
        self._open()
        run = self._run
        if run is None:
            return
        loop = self._loop = object()
        run.thread = threading.current_thread()
        try:
            while True:
                run.obey()
                if run.finish_asked:
                    run.ask("stopped", "stopped by a person", Stopped())
                    run.end("stopped", "stopped by a person")
                    run.obey()
                run.check()
                batch = self._next()
                if batch is None:
                    inspection = _inspect_job(run.paths)
                    batch = self._next_again(run, inspection)
                if batch is None:
                    break
                self._batch = batch
                run.changed()
                yield batch
                if not batch._saved:
                    raise JobError(
                        f"The batch of items {batch.start} to {batch.end - 1} was not saved before the next was asked "
                        f"for, so {self.dir} does not have it.",
                        "Call job.save(batch, write) for each batch, before the loop goes on.",
                    )
            self._batch = None
        except GeneratorExit:
            # Left by `break` or by an error that is on its way: which of them is known later.
            if self._loop is loop:
                run.left = None if run.ended or self._entered else time.monotonic()
            raise
        except BaseException as error:
            run.fail(error)
            raise
        if self.final is None and not self._entered:
            self._end_in_order(run, inspection)

    def save(self, batch: Batch, write: Write) -> str:
        """Saves a batch: what `write` makes is on the disk and in the ledger when this returns.

        Args:
            batch: The one that :meth:`batches` gave last.
            write: Called with the path to write to, a file or a folder, with the job's extension; or bytes.

        Returns the checkpoint's path.
        """
        run = self._working()
        if batch is not self._batch or batch._saved:
            what = "is saved already" if batch._saved else "is not the one that batches() gave last"
            raise JobError(
                f"The batch of items {batch.start} to {batch.end - 1} {what}.", "Save each batch once, in its turn."
            )
        run.obey()
        batch._attempts += 1
        name = _checkpoint_name(batch.start, self._width, self.extension)
        run.check()
        _make_inside(run.paths.scratch)
        with _attempt("make a folder in", run.paths.scratch):
            scratch = tempfile.mkdtemp(prefix=f"{batch.start}-{batch._attempts}-", dir=run.paths.scratch)
        try:
            folder = os.path.join(scratch, "output")
            with _attempt("make", folder):
                os.mkdir(folder)
            output = os.path.join(folder, name)
            _write_output(output, write)
            if _lstat(output) is None:
                raise JobError(
                    f"write made no output at {output}, so items {batch.start} to {batch.end - 1} were not saved.",
                    "It is to write to the path that it gets, and to add no extension to it.",
                )
            with run.critical():
                run.obey()
                self._commit(run, batch, name, output)
        except BaseException as error:
            run.seen(error)
            raise
        finally:
            _remove_quietly(scratch)
            run.changed()
        run.obey()
        return os.path.join(self.dir, name)

    def progress(self, done: int) -> None:
        """Says how many items of the present batch are done: shown as "in flight", and counted for the ETA."""
        batch = self._batch
        run = self._run
        if batch is None or run is None or run.pid != os.getpid():
            return
        batch._reported = max(0, min(int(done), batch.count))
        run.changed()
        self._reporter.report(self._completed + batch._reported, self.total)

    def merge(self, write: Callable[[List[str], str], object]) -> str:
        """Makes the final result of all checkpoints, if it isn't there yet, and completes the job.

        Args:
            write: Called with the checkpoints' paths in item order, and the path to write the result to. `concat`
                joins files.

        Returns the result's path.
        """
        result = self.result
        if self.final is None or result is None:
            raise JobError(
                f"The job in {self.dir} has no name for its merged result.",
                'Give it one: milepost.Job(..., final="dataset.npz")',
            )
        # Gone since it was made here.
        self._complete = self._complete and _lstat(result) is not None
        self._open()
        run = self._run
        if run is None:
            return result
        run.obey()
        if self._completed < self.total:
            raise JobError(
                f"{self._completed} of {self.total} items are saved in {self.dir}: there is nothing whole to merge yet.",
                "Merge behind the loop over job.batches().",
            )
        try:
            run.check()
            inspection = _inspect_job(run.paths)
            missing = self._missing(inspection)
            if missing is not None:
                raise JobError(f"{missing}, and nothing was merged.", _ONLY_MISSING)
            entries = inspection.done
            if not _is_merged(run.paths, entries, self.final):
                run.stage = "merging"
                run.changed()
                self._merge(run, entries, write)
                run.stage = None
            _remove_quietly(run.paths.merging)
            run.obey()
        except BaseException as error:
            run.fail(error)
            raise
        self._end_in_order(run)
        return result

    # -- how it is opened

    def _open(self) -> None:
        """Holds the job and enters the run, unless that is done already; no run where there is nothing left to do."""
        if self._run and self._run.pid != os.getpid():
            raise JobError(
                f"The job in {self.dir} belongs to process {self._run.pid}, which this one was forked from.",
                "Only the process that opened a job can save its batches: hand the work's results back to it.",
            )
        if self._run:
            # Its keeper ends a run whose loop was left: from here on it goes on, or is over already.
            with self._run.critical():
                self._run.left = None
            if self._run.asked:
                _end_or_obey(self._run)
        if (self._run and not self._run.ended) or self._complete:
            return
        _refuse_in_worker(self.dir)
        _end_earlier(self.dir)
        held = _hold(self.dir, self._make, self._same, self._trust)
        run = _Run(held, self._describe, self._explain, self._settle)
        try:
            inspection = _inspect_job(run.paths)
            newer = run.history.newer or inspection.newer
            if newer is not None:
                raise JobError(f"The records in {run.paths.meta} can't be used: {newer}.", "Nothing was changed.")
            self._id = held.record["id"]
            self._take(inspection, run)
            if self._is_complete(run, inspection):
                self._complete = True
                run.abandon()
                return
            self._run = run
            self._batch = None
            run.start(held.changed)
            self._begin(run, inspection, held.note)
        except BaseException as error:
            run.give_up(error)
            raise

    def _begin(self, run: _Run, inspection: _Inspection, note: Optional[str]) -> None:
        run.message = self._start_message(run, inspection)
        self._take(inspection, run)
        self._look_at_disk(run)
        run.begin()
        if note:
            run.note(note)
        for name in inspection.foreign:
            moved = _set_aside(run.paths, os.path.join(self.dir, name))
            run.note(f"{name} is not in the ledger: moved to {moved or run.paths.orphans}.")
        for line, reason in inspection.lines:
            run.note(f"Line {line} of {run.paths.ledger} does not count: {reason}.")
        for entry, reason in inspection.damaged:
            run.note(f"{reason}: items {_items_of(entry)} are done again.")

    def _take(self, inspection: _Inspection, run: _Run) -> None:
        """What the runs before this one have done."""
        by_index = sorted(inspection.done, key=lambda entry: entry["index"])
        self._take_done(inspection)
        self._again = []
        self._next_index = inspection.next_index
        self._width = run.record["width"]
        self._last_checkpoint = {"name": by_index[-1]["file"], "at": by_index[-1]["at"]} if by_index else None
        # Which of the runs before it was is in no record; that it was another one is what matters.
        self._timings = [
            _Timing(entry["count"], entry["seconds"], run.number - 1)
            for entry in by_index
            if entry["attempt"] == 1 and entry["seconds"] > 0
        ]

    def _take_done(self, inspection: _Inspection) -> None:
        self._taken = _joined([(entry["first"], entry["count"]) for entry in inspection.done])
        self._redo = [(entry["first"], entry["count"]) for entry, _ in inspection.damaged]
        self._completed = sum(entry["count"] for entry in inspection.done)
        self._checkpoints = len(inspection.done)
        self._saved_bytes = sum(entry["bytes"] for entry in inspection.done)

    def _start_message(self, run: _Run, inspection: _Inspection) -> Optional[str]:
        if inspection.damaged:
            more = len(inspection.damaged) - 1
            return f"resumed; done again: {inspection.damaged[0][1]}{f' and {more} more' if more else ''}"
        before = (run.before.completed or 0) if run.before and run.number > 1 else 0
        lost = before - self._completed
        if lost > 0:
            return f"resumed; done again: {lost} items that are no more in the ledger"
        return None if run.number == 1 else "resumed after an interruption"

    def _is_complete(self, run: _Run, inspection: _Inspection) -> bool:
        """Whether an earlier run has done everything, and said so."""
        end = run.history.last_end
        if end is None or end["outcome"] != "complete" or self._completed < self.total or inspection.damaged:
            return False
        if self.final is not None and not _is_merged(run.paths, inspection.done, self.final):
            if _lstat(run.paths.cleaned) is not None:
                raise JobError(
                    f"The checkpoints in {self.dir} were removed by clean, and its result is not what was merged, so "
                    "it can't go on.",
                    "Start the job again in a new folder.",
                )
            return False
        return run.before is not None and run.before.status == "complete"

    def _make(self) -> Record:
        """The record of this job where it is new."""
        program = _this_program()
        command = program.command if program else list(_NO_COMMAND)
        return {
            "version": 1,
            "id": "",
            "uid": str(uuid.uuid4()),
            "name": self.name,
            "createdAt": _utc_now(),
            "kind": "batched",
            "runner": "program",
            "command": command,
            "total": self.total,
            "unit": self.unit,
            "every": self.every,
            "jobs": 1,
            "retries": 0,
            "keepGoing": False,
            "batchTimeoutSeconds": None,
            "extension": self.extension,
            "output": "file",
            "merge": None,
            "final": self.final,
            "width": max(5, len(str(self.total))),
            "surroundings": _surroundings(command, self._env),
        }

    def _same(self, record: Record) -> Record:
        """Refuses a different job; else the record as this start wants it."""
        if record["kind"] != "batched":
            raise self._different(record, "a program that is only watched", "a job in batches")
        for what, there, asked in (
            ("name", record["name"], self.name),
            ("ext", record["extension"], self.extension),
        ):
            if there != asked:
                raise self._different(record, f"{what} {_json_text(there)}", f"{what} {_json_text(asked)}")
        if self.total < record["total"]:
            raise JobError(
                f"{record['id']} in {self.dir} has a total of {record['total']}, and can't be made smaller: "
                f"{self.total} was asked for. Nothing was changed.",
                "A total can only grow.",
            )
        if record.get("runner", "agent") != "program":
            if self.total != record["total"]:
                raise self._different(record, f"total {record['total']}", f"total {self.total}")
            # The agent's own job, whose work this program does for once: what is asked of the agent stays.
            return record
        program = _this_program()
        known = record["command"][:3] != _NO_COMMAND[:3]
        if program and known and not self._force and not _same_program(record["command"], program.tail):
            raise self._different(
                record, _json_text(record["command"]), _json_text(program.command), "force=True"
            )
        wanted = {
            **record,
            "command": program.command if program else list(_NO_COMMAND),
            "total": self.total,
            "unit": self.unit,
            "every": self.every,
            "final": self.final,
        }
        if wanted["command"] != record["command"]:
            wanted["surroundings"] = _surroundings(wanted["command"], self._env)
        else:
            # A variable that is named only now, or has another value now, is kept from here on.
            named = {name: value for name, value in os.environ.items() if name in self._env}
            there = record["surroundings"]
            wanted["surroundings"] = {**there, "env": {**there["env"], **_kept_variables(named, self._env)}}
        return wanted

    def _different(self, record: Record, there: str, asked: str, force: Optional[str] = None) -> JobError:
        fits = f", or, if its checkpoints fit: milepost.Job(..., {force})" if force else ""
        return JobError(
            f"{self.dir} holds a different job ({record['id']}). There: {there}. Asked for: {asked}. "
            "Nothing was changed.",
            f"Take another folder{fits}.",
        )

    # -- how it works

    def _working(self) -> _Run:
        run = self._run
        if run is not None and run.pid != os.getpid():
            raise JobError(
                f"The job in {self.dir} belongs to process {run.pid}, which this one was forked from.",
                "Only the process that opened a job can save its batches: hand the work's results back to it.",
            )
        if run is None or run.ended:
            if run and run.asked:
                raise run.asked.error
            raise JobError(f"The job in {self.dir} is not open.", "Save batches within the loop over job.batches().")
        return run

    def _next(self) -> Optional[Batch]:
        if "items" in self.every:
            count = self.every["items"]
        else:
            timings = [(timing.items, timing.seconds) for timing in self._timings[-_SIZE_MEMORY:]]
            count = _size_for_time(self.total, self.every["seconds"], timings)
        unsaved = self._batch
        if unsaved is not None and not unsaved._saved:
            # The loop was left and is entered again: the same batch, as a new attempt.
            unsaved._since = time.monotonic()
            return unsaved
        following = _next_batch(self.total, self.every, self._taken, self._redo, count)
        if following is None:
            return None
        self._taken = _joined([*self._taken, following])
        index = self._next_index
        self._next_index += 1
        return Batch(*following, index)

    def _next_again(self, run: _Run, inspection: _Inspection) -> Optional[Batch]:
        """With all batches saved: the first to be done again, where checkpoints went away or changed size since."""
        if self._missing(inspection) is None:
            return None
        again = [(entry["first"], entry["count"], reason) for entry, reason in inspection.damaged]
        known = [*inspection.done, *(entry for entry, _ in inspection.damaged)]
        for first, count in _gaps(self.total, [(entry["first"], entry["count"]) for entry in known]):
            again.append((first, count, "The ledger was changed"))
        for first, count, reason in again:
            # Whatever takes it away would do so for ever.
            if any(first < other + size and other < first + count for other, size in self._again):
                raise JobError(
                    f"{reason}, although items {first} to {first + count - 1} were done again in this run.",
                    "Checkpoints are to stay as they were saved until all is done. Start again when they do: "
                    "only what is missing is done again.",
                )
        for first, count, reason in again:
            run.note(f"{reason}: items {first} to {first + count - 1} are done again.")
        run.message = f"done again: {again[0][2]}{f' and {len(again) - 1} more' if len(again) > 1 else ''}"
        self._take_done(inspection)
        self._again += [(first, count) for first, count, _ in again]
        return self._next()

    def _missing(self, inspection: _Inspection) -> Optional[str]:
        """What of a job that had it all is not there; None: all is."""
        if inspection.damaged:
            entry, reason = inspection.damaged[0]
            more = len(inspection.damaged) - 1
            others = f" and {more} more checkpoints are not as they were saved" if more else ""
            return f"{reason}, so items {_items_of(entry)} are missing{others}"
        gaps = _gaps(self.total, [(entry["first"], entry["count"]) for entry in inspection.done])
        lost = sum(count for _, count in gaps)
        return f"{lost} of {self.total} items are no more in the ledger" if lost else None

    def _commit(self, run: _Run, batch: Batch, name: str, output: str) -> None:
        """Output on the disk, renamed to its final name, that rename on the disk, then its ledger line."""
        assert run.ledger is not None
        seconds = _round((time.monotonic() - batch._since) * 1000) / 1000
        at = _utc_now()
        sealed = _seal_output(output)
        target = os.path.join(self.dir, name)
        run.check()
        _set_aside(run.paths, target)
        with _attempt("put in place", target):
            os.rename(output, target)
        _sync_folder(self.dir)
        run.ledger.append(
            {
                "version": 1,
                "index": batch.index,
                "first": batch.start,
                "count": batch.count,
                "file": name,
                "bytes": sealed.bytes,
                "sha256": sealed.sha256,
                "seconds": seconds,
                "attempt": batch._attempts,
                "at": at,
            }
        )
        batch._saved = True
        self._completed += batch.count
        self._saved_bytes += sealed.bytes
        self._checkpoints += 1
        self._last_checkpoint = {"name": name, "at": at}
        if batch._attempts == 1:
            # With its commit: the next batch doesn't start before.
            self._timings.append(_Timing(batch.count, time.monotonic() - batch._since, run.number))
        self._look_at_disk(run)
        self._reporter.report(self._completed, self.total, last=self._completed >= self.total)

    def _merge(self, run: _Run, entries: Sequence[Record], write: Callable[[List[str], str], object]) -> None:
        """Written under scratch/, put on the disk, renamed to its name, and told in merged.json."""
        assert self.final is not None
        _make_inside(run.paths.scratch)
        with _attempt("make a folder in", run.paths.scratch):
            scratch = tempfile.mkdtemp(prefix="merge-", dir=run.paths.scratch)
        try:
            folder = os.path.join(scratch, "output")
            with _attempt("make", folder):
                os.mkdir(folder)
            output = os.path.join(folder, self.final)
            write([os.path.join(self.dir, entry["file"]) for entry in entries], output)
            if _lstat(output) is None:
                raise JobError(f"the merge made no {self.final} (it is to write to the path that it gets: {output})")
            with run.critical():
                run.obey()
                self._place_result(run, entries, output)
        except BaseException as error:
            run.seen(error)
            raise
        finally:
            _remove_quietly(scratch)

    def _place_result(self, run: _Run, entries: Sequence[Record], output: str) -> None:
        assert self.final is not None
        paths = run.paths
        sealed = _seal_output(output)
        run.check()
        target = os.path.join(self.dir, self.final)
        record = {
            "version": 1,
            "file": self.final,
            "bytes": sealed.bytes,
            "sha256": sealed.sha256,
            "basis": _merge_basis(entries),
            "at": _utc_now(),
        }
        text = f"{_json_text(record)}\n"
        earlier = (_read_merged(paths.merged), _read_merged(paths.merging))
        own = any(one is not None and one["file"] == self.final for one in earlier)
        if not own or sealed.is_folder:
            _set_aside(paths, target)
        # From here on what stands under that name is known as this job's own, also if a kill comes before the end.
        _replace_file(paths.merging, text, 0o600)
        with _attempt("remove", paths.merged):
            try:
                os.unlink(paths.merged)
            except FileNotFoundError:
                pass
        with _attempt("put in place", target):
            os.rename(output, target)
        _sync_folder(self.dir)
        _replace_file(paths.merged, text, 0o600)

    def _explain(self, error: BaseException) -> Tuple[str, str]:
        """The outcome of a run that an error ended, and the reason."""
        run = self._run
        outcome, reason = _outcome_of(error, self.dir)
        batch = self._batch
        if outcome == "failed" and run and run.stage == "merging":
            reason = f"the merge failed: {reason}; a resume only merges again"
        elif outcome == "failed" and batch is not None and not batch._saved:
            reason = f"batch {batch.start} to {batch.end - 1} failed: {reason}"
        return outcome, reason

    def _end_in_order(self, run: _Run, inspection: Optional[_Inspection] = None) -> None:
        """The program came to the end of its loop, or of its `with` block, by itself. Refused where what it had saved
        is not there any more; ``inspection``: what was found there just now."""
        if run.ended:
            return
        outcome, reason = self._settle("the program went on before all batches were done", inspection)
        run.end(outcome, reason)
        self._complete = outcome == "complete"
        if outcome == "failed" and reason != self._unmerged():
            raise JobError(f"{reason}.", _ONLY_MISSING)

    def _settle(self, otherwise: str, inspection: Optional[_Inspection] = None) -> Tuple[str, Optional[str]]:
        """The outcome of a run that no error ended, and the reason."""
        run = self._run
        assert run is not None
        if run.asked:
            return run.asked.outcome, run.asked.reason
        if self._completed < self.total:
            return "interrupted", otherwise
        gone = run.gone()
        if gone:
            return "failed", _error_line(gone)
        inspection = inspection or _inspect_job(run.paths)
        missing = self._missing(inspection)
        if missing is not None:
            return "failed", missing
        if self.final is None:
            if run.record.get("merge") is None:
                return "complete", None
            return "interrupted", f"all is saved; the agent merges it: milepost resume {run.record['id']}"
        if _is_merged(run.paths, inspection.done, self.final):
            return "complete", None
        return "failed", self._unmerged()

    def _unmerged(self) -> str:
        return f"all items are saved, but job.merge() was never called to make {self.final}"

    def _look_at_disk(self, run: _Run) -> None:
        """Forecasts the space that the rest will take, now and then, and tells once when it won't do."""
        now = time.monotonic()
        if now - self._disk_looked < 10 or self._completed == 0:
            return
        self._disk_looked = now
        whole = self._saved_bytes / self._completed * self.total
        needed = max(0, math.ceil(whole - self._saved_bytes + (whole if self.final is not None else 0)))
        try:
            disk = os.statvfs(self.dir)
        except OSError:
            return
        free = disk.f_bavail * disk.f_frsize
        if needed <= free:
            run.warning = None
            return
        first = run.warning is None
        run.warning = (
            f"the disk will not do: the rest of the job needs about {_in_units(needed)}, "
            f"and {_in_units(free)} are free"
        )
        if first:
            run.note(f"{run.warning}.")

    # -- how it is told

    def _describe(self, now: float) -> Record:
        """PROGRESS.txt's content now."""
        run = self._run
        assert run is not None
        batch = self._batch if self._batch is not None and not self._batch._saved and not run.ended else None
        running = _Running(batch.count, now - batch._since, batch._reported) if batch else None
        elapsed = run.elapsed(now)
        eta, rate = _estimate(self._timings, running, self.total - self._completed, self.every, self._pace_of)
        if self._completed >= self.total and elapsed > 0:
            # With all saved there is no pace any more: then it is that of the whole work.
            rate = self._completed / elapsed
        return {
            "status": run.status,
            "completed": self._completed,
            "total": self.total,
            "elapsedSeconds": elapsed,
            "etaSeconds": 0 if run.status == "complete" else eta,
            "lastUpdate": _utc_now(),
            "job": run.record["name"],
            "unit": self.unit,
            "itemsPerSecond": rate,
            "from": None,
            "checkpoints": self._checkpoints,
            "lastCheckpoint": self._last_checkpoint,
            "inFlight": batch._reported if batch else None,
            "atRiskSeconds": max(0.0, now - batch._since) if batch else None,
            "runs": run.number,
            "host": run.host,
            "stage": run.stage,
            "message": _overdue(batch, now) or run.warning or run.message,
        }

    def _pace_of(self, timings: Sequence[_Timing]) -> Optional[_Pace]:
        """The pace, worked out anew only as often as it may cost: at most a hundredth of the time."""
        size = len(timings)
        now = time.monotonic()
        if self._pace and (self._pace[0] == size or now < self._pace[1]):
            return self._pace[2]
        pace = _pace_of(timings)
        self._pace = (size, now + 100 * (time.monotonic() - now), pace)
        return pace


def _items_of(entry: Record) -> str:
    return f"{entry['first']} to {entry['first'] + entry['count'] - 1}"


def _overdue(batch: Optional[Batch], now: float) -> Optional[str]:
    if batch is None or now - batch._since <= 300:
        return None
    minutes = _rounded((now - batch._since) / 60, 0)
    return (
        f"batch {batch.start} to {batch.end - 1} is overdue: it has been running for {minutes} min "
        "and is not saved yet"
    )


def _in_units(amount: float) -> str:
    units = ("bytes", "kB", "MB", "GB", "TB", "PB")
    value = float(amount)
    unit = 0
    while value >= 1000 and unit < len(units) - 1:
        value /= 1000
        unit += 1
    text = str(_round(value)) if unit == 0 or value >= 100 else _number_text(float(_precise(value, 2)))
    return f"{text} {units[unit]}"


def _write_output(path: str, write: Write) -> None:
    _check_write(write)
    if callable(write):
        write(path)
        return
    with _attempt("write", path):
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            _write_all(file, bytes(write))
        finally:
            os.close(file)


def _check_write(write: object) -> None:
    if not callable(write) and not isinstance(write, (bytes, bytearray, memoryview)):
        raise TypeError(f"write takes bytes or a function that writes to a path, and not {type(write).__name__}")


def _whole_number(what: str, value: Any, least: int) -> int:
    try:
        number = value.__index__() if not isinstance(value, bool) else None
    except AttributeError:
        number = None
    if number is None or not least <= number <= _MAX_ITEMS:
        raise JobError(f"{what} takes a whole number, {least} or more, and not {_clean_text(repr(value), 60)}.")
    return int(number)


def _text(what: str, value: Any) -> str:
    if not isinstance(value, str):
        raise JobError(f"{what} takes a text, and not {_clean_text(repr(value), 60)}.")
    return value


def _extension(ext: Any) -> str:
    extension = f".{ext}" if isinstance(ext, str) and ext and not ext.startswith(".") else ext
    if not isinstance(extension, str) or not _EXTENSION.match(extension):
        shown = _json_text(ext) if isinstance(ext, str) else _clean_text(repr(ext), 60)
        raise JobError(f"ext takes a file extension such as .npz, and not {shown}.")
    return extension


def _final(final: Optional[str]) -> Optional[str]:
    if final is None or (_is_file_name(final) and not _CHECKPOINT.match(final) and final != "PROGRESS.txt"):
        return final
    shown = _json_text(final) if isinstance(final, str) else _clean_text(repr(final), 60)
    raise JobError(f"The result can't be named {shown}.", "Give it another plain file name with final=.")


def _refuse_in_worker(dir: str) -> None:
    """A worker that imports the program again must not run its loop."""
    multiprocessing = sys.modules.get("multiprocessing")
    if multiprocessing is None:
        return
    # What multiprocessing itself goes by, for the time in which a spawned worker imports its parent's program.
    if getattr(multiprocessing.current_process(), "_inheriting", False):
        raise JobError(
            f"A worker process would open the job in {dir} that its parent works at.",
            'Put the loop behind: if __name__ == "__main__":',
        )


def _end_earlier(dir: str) -> None:
    """Where a person runs the same lines again in an interactive Python, the job that is still open there is over."""
    if _this_program() is not None:
        return
    for run in list(_open_runs):
        if run.paths.dir == dir and run.pid == os.getpid():
            _end_by_itself(run, "started again in the same Python")


def _end_or_obey(run: _Run) -> None:
    """Where a run was asked to end and something of it is called again: a program is to end, whatever it made of that.
    Whoever typed it into an interactive Python has seen that it was ended, and begins another one."""
    if _this_program() is not None:
        run.obey()
    _end_by_itself(run, "started again in the same Python")


# ---------------------------------------------------------------------------------------------------------------------
# track and checkpoint: a program as it is, whose progress shows and whose state is saved
# ---------------------------------------------------------------------------------------------------------------------


def track(
    items: Iterable[Item],
    total: Optional[int] = None,
    unit: str = "items",
    name: Optional[str] = None,
    dir: Optional[PathLike] = None,
) -> Iterator[Item]:
    """The items, one after the other, as they are; how far the loop is shows in `milepost list` and in the app.

    A program that is started by itself keeps a folder for that, with its PROGRESS.txt; under an agent the agent shows
    it. Of loops within each other the outermost counts. Nothing that goes wrong here ends a loop: it is told once.

    Args:
        items: What to go through.
        total: How many there are; taken from `len(items)` where not given.
        unit: What an item is called.
        name: The job's name in lists; the script's where not given.
        dir: The job's folder; `milepost-SCRIPT` in the folder that the program was started in where not given.
    """
    if total is None:
        try:
            total = len(items)  # type: ignore[arg-type]
        except Exception:  # Whatever it says: then nobody knows.
            total = None
    return _tracked(items, _loop_total(total), unit, name, dir)


def _loop_total(total: Any) -> Optional[int]:
    """As a whole number, of whatever kind it was given; None where it is none, for a loop is not refused for that."""
    try:
        whole = math.ceil(total)
    except (TypeError, ValueError, OverflowError):
        return None
    return whole if 0 <= whole <= _MAX_ITEMS else None


def checkpoint(
    step: int,
    write: Write,
    every: Union[int, float, str] = "5m",
    keep: int = 3,
    total: Optional[int] = None,
    *,
    ext: str = "",
    unit: str = "steps",
    name: Optional[str] = None,
    dir: Optional[PathLike] = None,
    now: bool = False,
) -> Optional[str]:
    """Saves the state of a training loop if that is due, as a checkpoint that is on the disk when this returns.

    To be called after each step, with how many are done. Due: every five minutes, at the last step, and when the
    program is asked to end (SIGTERM, SIGHUP, `milepost stop`): then it ends, in order, from within this call.

    Args:
        step: How many steps are done.
        write: Called with the path to write to, a file or a folder; or bytes.
        every: A time ("5m"), or a number of steps.
        keep: So many of the last checkpoints stay.
        total: How many steps there will be, for the progress; None: nobody knows.
        ext: The checkpoints' extension, such as ".pt".
        unit, name, dir: As for :func:`track`.
        now: Save now, whether it is due or not.

    Returns the checkpoint's path where one was saved, else None. Raises JobError where it can't be.
    """
    _show_job_errors()
    # At once, and not when it is due: what was done until then would be lost by it.
    steps = _whole_number("step", step, 0)
    whole = None if total is None else _whole_number("total", total, 1)
    cadence = _parse_every(every, allow_loss=True)
    kept = _whole_number("keep", keep, 1)
    extension = _extension(ext)
    _check_write(write)
    return _watch(dir, name, unit, strict=True).checkpoint(steps, write, cadence, kept, whole, extension, now)


def latest(dir: Optional[PathLike] = None) -> Optional[Tuple[int, str]]:
    """The step and the path of the newest checkpoint that :func:`checkpoint` saved and that is whole; None: none yet.

    A checkpoint from which a run went on and died before it got any further is suspect: the one before it is given.
    Another program, or one that is started while the first runs, may look too: it changes nothing.
    """
    _show_job_errors()
    path = _watch_folder(dir)
    if path in _watches and not _watches[path].run.ended:
        return _watches[path].latest()
    kind, record = _find_job(path)
    program = _this_program()
    if kind == "ok" and record["kind"] == "process" and program and _same_script(record["command"], program):
        try:
            return _watch(dir, None, None, strict=True).latest()
        except _Held:
            pass
    return _newest(_Paths(path), (), None, lambda text: None)


# -- the loop


class _Loop:
    """What is known of an outermost loop. The count is read from outside of it: nothing is done for each item but to
    count it."""

    def __init__(self, total: Optional[int]) -> None:
        self.pid = os.getpid()
        self.total = total
        self.counter = itertools.count()
        #: Items that an earlier, interrupted run has done and that this one does not go through again.
        self.before = 0
        self.ended = False

    def done(self) -> int:
        """Items that are through: all that were handed out but the last, which is being worked at."""
        handed = int(repr(self.counter)[6:-1])
        return self.before + (handed if self.ended else max(0, handed - 1))

    def whole(self) -> Optional[int]:
        return None if self.total is None else self.before + self.total


_loop: Optional[_Loop] = None


def _tracked(
    items: Iterable[Item], total: Optional[int], unit: str, name: Optional[str], dir: Optional[PathLike]
) -> Iterator[Item]:
    global _loop
    if _is_worker() or (_loop is not None and _loop.pid == os.getpid()):
        yield from items
        return
    loop = _loop = _Loop(total)
    try:
        end = _show_loop(loop, unit, name, dir)
        try:
            for item, _ in zip(items, loop.counter):
                yield item
            loop.ended = True
        finally:
            end()
    finally:
        if _loop is loop:
            _loop = None


def _is_worker() -> bool:
    multiprocessing = sys.modules.get("multiprocessing")
    return multiprocessing is not None and (
        multiprocessing.parent_process() is not None
        or getattr(multiprocessing.current_process(), "_inheriting", False)
    )


def _show_loop(loop: _Loop, unit: str, name: Optional[str], dir: Optional[PathLike]) -> Callable[[], None]:
    """Shows a loop as it goes on; what it returns is called at the loop's end."""
    reporter = _Reporter()
    try:
        if reporter.path is not None:
            return _report_loop(loop, reporter)
        watch = _watch(dir, name, unit, strict=False)
        watch.follow(loop)
        return lambda: watch.loop_ended(loop)
    except Exception as error:  # Whatever it is: it never ends the loop.
        reason = error.message if isinstance(error, JobError) else _error_line(error)
        _say(f"{reason}{'' if reason.endswith('.') else '.'} The progress of this loop is not shown.")
        return lambda: None


def _report_loop(loop: _Loop, reporter: _Reporter) -> Callable[[], None]:
    """Under an agent: the loop's count goes into the file that the agent reads."""
    over = threading.Event()

    def report() -> None:
        while not over.wait(_LOOK_EVERY_SECONDS):
            reporter.report(loop.done(), loop.whole())

    def end() -> None:
        over.set()
        if loop.pid == os.getpid():
            thread.join(5)
            reporter.report(loop.done(), loop.done() if loop.ended else loop.whole(), last=True)

    thread = threading.Thread(target=report, name="milepost", daemon=True)
    thread.start()
    return end


# -- the job that shows it


def _script_name() -> str:
    program = _this_program()
    return "python" if program is None else program.name


def _same_script(saved: Sequence[str], program: _Program) -> bool:
    """Whether a saved command is this script, whatever its arguments."""
    if any(_TEXT_OPTION.fullmatch(part) for part in program.command[1 : len(program.command) - len(program.tail)]):
        return any(_TEXT_OPTION.fullmatch(part) for part in saved)
    return any(os.path.basename(part) == os.path.basename(program.tail[0]) for part in saved)


def _watch_folder(dir: Optional[PathLike]) -> str:
    return os.path.abspath(os.path.join(_START_CWD, f"milepost-{_script_name()}") if dir is None else os.fspath(dir))


_watches: Dict[str, "_Watch"] = {}


def _watch(dir: Optional[PathLike], name: Optional[str], unit: Optional[str], strict: bool) -> "_Watch":
    """The job by which this program is watched, opened unless it is."""
    _show_job_errors()
    path = _watch_folder(dir)
    there = _watches.get(path)
    if there is not None and there.run.pid == os.getpid():
        # A tracked loop of a program that goes on after Ctrl-C goes on, too.
        if there.run.asked and (there.run.ended or _this_program() is None):
            _end_or_obey(there.run)
        if not there.run.ended:
            there.unit = unit or there.unit
            return there
    _refuse_in_worker(path)
    watch = _Watch(path, _text("name", name or _script_name()), _text("unit", unit or "items"), strict)
    _watches[path] = watch
    return watch


# A slice of the work by which the pace is measured takes at least so long in the beginning.
_SLICE_SECONDS = 1.0
_MOST_SLICES = 128


class _Pacer:
    """The pace of a loop: its time cut into slices of equally many items."""

    def __init__(self, count: int, now: float) -> None:
        self.size = 0
        self.timings: List[_Timing] = []
        self._began = (now, count)
        self._seen = (now, count)

    def look(self, count: int, now: float) -> None:
        then, before = self._seen
        if count <= before or now <= then:
            return
        began, first = self._began
        if self.size == 0 and now - began >= _SLICE_SECONDS:
            self.size = max(1, count - first)
        while self.size and count >= first + self.size:
            # Between two looks the work went on evenly.
            at = then + (first + self.size - before) / (count - before) * (now - then)
            self.timings.append(_Timing(self.size, max(0.0, at - began), 1))
            began, first = at, first + self.size
            if len(self.timings) > _MOST_SLICES:
                self._merge()
        self._began = (began, first)
        self._seen = (now, count)

    def _merge(self) -> None:
        """Slices twice as large, half as many; the newest of an odd number begins the next."""
        odd = self.timings[:1] if len(self.timings) % 2 else []
        pairs = self.timings[len(odd) :]
        self.timings = [
            _Timing(a.items + b.items, a.seconds + b.seconds, 1) for a, b in zip(pairs[::2], pairs[1::2])
        ]
        self.size *= 2

    def estimate(self, count: int, total: Optional[int], now: float) -> Tuple[Optional[float], Optional[float]]:
        if not self.size:
            return None, None
        began, first = self._began
        remaining = max(0, total - first) if total is not None else self.size
        running = _Running(min(self.size, remaining), now - began, None) if remaining else None
        seconds, rate = _estimate(self.timings, running, remaining, {"items": self.size})
        return (None if total is None else seconds), rate


class _Watch:
    """The job of a program that is not cut into batches: its progress, and the checkpoints of its state."""

    def __init__(self, dir: str, name: str, unit: str, strict: bool) -> None:
        self.dir = dir
        self.name = name
        self.unit = unit
        self._strict = strict
        self._loop: Optional[_Loop] = None
        self._pacer: Optional[_Pacer] = None
        self._left_early = False
        self._step: Optional[int] = None
        self._total: Optional[int] = None
        self._told = -1
        self._saved_at = time.monotonic()
        self._saved_step: Optional[int] = None
        #: The checkpoints that are there, the newest last. Not read anew from the ledger, which has all that ever were.
        self._whole: List[Record] = []
        self._last_checkpoint: Optional[Record] = None
        self._next_index = 0
        self._try: Optional[Record] = None
        self._resumed_step = 0
        # Under an agent the agent's job is the one that people see.
        self._reporter = _Reporter()
        held = _hold(dir, self._make, self._same, listed=self._reporter.path is None)
        self.run = _Run(held, self._describe, lambda error: _outcome_of(error, dir), self._settle)
        try:
            newer = self.run.history.newer or self._take() or _read_tries(held.paths)[1]
            if newer is not None:
                raise JobError(f"The records in {held.paths.meta} can't be used: {newer}.", "Nothing was changed.")
            self.run.start(held.changed)
            self.run.tick = self._look
            self.run.last_tick = self._report_last
            self.run.message = "resumed after an interruption" if self._goes_on() else None
            self.run.begin()
        except BaseException as error:
            self.run.give_up(error)
            raise
        if held.note:
            self.run.note(held.note)

    def _make(self) -> Record:
        program = _this_program()
        command = program.command if program else list(_NO_COMMAND)
        return {
            "version": 1,
            "id": "",
            "uid": str(uuid.uuid4()),
            "name": self.name,
            "createdAt": _utc_now(),
            "kind": "process",
            "runner": "program",
            "command": command,
            "total": None,
            "unit": self.unit,
            "checkpoints": _globs(self.dir),
            "patterns": [],
            "resumeArgs": None,
            "surroundings": _surroundings(command, ()),
        }

    def _same(self, record: Record) -> Record:
        program = _this_program()
        other: Optional[str] = None
        if record["kind"] != "process" or record.get("runner", "agent") != "program":
            other = f"holds a job of another kind ({record['id']})"
        elif self._strict and program and record["command"][:3] != _NO_COMMAND[:3]:
            if not _same_script(record["command"], program):
                other = f"belongs to another program: {_json_text(record['command'])}"
        if other is not None:
            raise JobError(f"{self.dir} {other}. Nothing was changed.", "Take another folder: dir=")
        command = program.command if program else list(_NO_COMMAND)
        wanted = {**record, "checkpoints": _globs(self.dir), "command": command}
        if command != record["command"]:
            wanted["surroundings"] = _surroundings(command, ())
        return wanted

    def _take(self) -> Optional[str]:
        """What earlier runs have saved; why the ledger can't be used, where a newer Milepost wrote it."""
        ledger = _read_records(self.run.paths.ledger, _entry_problem)
        self._next_index = max((entry["index"] + 1 for entry in ledger.records), default=0)
        self._whole = _checkpoints(self.run.paths, ledger.records)
        if self._whole:
            self._last_checkpoint = {"name": self._whole[-1]["file"], "at": self._whole[-1]["at"]}
        return ledger.newer

    def _goes_on(self) -> bool:
        """Whether an earlier run did not come to its end."""
        end = self.run.history.last_end
        return self.run.number > 1 and (end is None or end["outcome"] != "complete")

    # -- progress

    def follow(self, loop: _Loop) -> None:
        before = self.run.before
        first = self._loop is None and self._step is None
        if first and before and self._goes_on() and before.total is not None and loop.total is not None:
            # A program that goes on where it was has fewer items before it: those that lack were done.
            missing = before.total - loop.total
            if 0 < missing <= (before.completed or 0) + max(10, before.total // 20):
                loop.before = missing
        self._loop = loop
        self._left_early = False
        self._pacer = _Pacer(loop.done(), time.monotonic())
        self.run.thread = threading.current_thread()
        # At once: by its total the next run sees where it goes on.
        self.run.write_quietly()

    def loop_ended(self, loop: _Loop) -> None:
        if loop.pid != os.getpid() or self._loop is not loop:
            return
        self._left_early = not loop.ended
        if self._pacer:
            self._pacer.look(loop.done(), time.monotonic())
        self.run.changed()
        # In an interactive Python the program has no end: that of its loop is all there is.
        if _this_program() is None:
            _end_by_itself(self.run, "the loop was left before its end")

    def _counts(self) -> Tuple[Optional[int], Optional[int]]:
        loop = self._loop
        if loop is not None:
            return loop.done(), loop.done() if loop.ended else loop.whole()
        return self._step, self._total

    def _look(self, now: float) -> None:
        """By the keeper: what is new since it last looked."""
        completed, total = self._counts()
        if completed is not None and self._pacer is None:
            self._pacer = _Pacer(completed, now)
        if completed is not None and self._pacer is not None:
            self._pacer.look(completed, now)
            if completed != self._told:
                self._told = completed
                self.run.changed()
                self._reporter.report(completed, total)
        if self.run.finish_asked and not self.run.defers:
            self.run.stop_now()

    def _report_last(self) -> None:
        completed, total = self._counts()
        if completed is not None:
            self._reporter.report(completed, total, last=True)

    def _describe(self, now: float) -> Record:
        run = self.run
        completed, total = self._counts()
        eta: Optional[float] = None
        rate: Optional[float] = None
        if self._pacer and completed is not None:
            eta, rate = self._pacer.estimate(completed, total, now)
        elapsed = run.elapsed(now)
        if run.status == "complete" and completed and elapsed > 0:
            rate = rate if rate is not None else completed / elapsed
        at_risk = now - self._saved_at if run.defers and not run.ended else None
        overdue = None
        if at_risk is not None and at_risk > 300:
            overdue = f"a checkpoint is overdue: nothing was saved for {_rounded(at_risk / 60, 0)} min"
        return {
            "status": run.status,
            "completed": completed,
            "total": total,
            "elapsedSeconds": elapsed,
            "etaSeconds": 0 if run.status == "complete" else eta,
            "lastUpdate": _utc_now(),
            "job": run.record["name"],
            "unit": self.unit,
            "itemsPerSecond": rate,
            "from": None,
            "checkpoints": len(self._whole) if run.defers or self._whole else None,
            "lastCheckpoint": self._last_checkpoint,
            "inFlight": None,
            "atRiskSeconds": at_risk,
            "runs": run.number,
            "host": run.host,
            "stage": run.stage,
            "message": overdue or run.message,
        }

    def _settle(self, otherwise: str) -> Tuple[str, Optional[str]]:
        """The program came to its end by itself."""
        asked = self.run.asked or self.run.deferred
        if asked:
            return asked.outcome, asked.reason
        completed, total = self._counts()
        if self._left_early:
            return "interrupted", otherwise
        if total is not None and (completed or 0) < total:
            return "interrupted", f"the program ended at {completed or 0} of {total}"
        if self._loop is not None and not self._loop.ended:
            return "interrupted", otherwise
        return "complete", None

    # -- checkpoints

    def checkpoint(
        self,
        step: int,
        write: Write,
        every: Record,
        keep: int,
        total: Optional[int],
        extension: str,
        now: bool,
    ) -> Optional[str]:
        run = self.run
        run.defers = True
        run.thread = threading.current_thread()
        run.obey()
        self._step = step
        self._total = total
        if step > self._resumed_step:
            self._progressed()
        ending = run.deferred is not None or run.finish_asked
        path: Optional[str] = None
        if step > 0 and step != self._saved_step and (now or ending or self._is_due(step, every, total)):
            path = self._save(step, write, keep, extension)
        if ending:
            asked = run.deferred or _Asked("stopped", "stopped by a person", Stopped())
            run.ask(*asked)
            run.obey()
        return path

    def _is_due(self, step: int, every: Record, total: Optional[int]) -> bool:
        if total is not None and step >= total:
            return True
        if "items" in every:
            return bool(step - (self._saved_step or self._resumed_step) >= every["items"])
        return bool(time.monotonic() - self._saved_at >= every["seconds"])

    def _save(self, step: int, write: Write, keep: int, extension: str) -> str:
        run = self.run
        assert run.ledger is not None
        began = time.monotonic()
        width = max(5, len(str(self._total or 0)))
        name = _checkpoint_name(step, width, extension)
        target = os.path.join(self.dir, name)
        run.check()
        _make_inside(run.paths.scratch)
        with _attempt("make a folder in", run.paths.scratch):
            scratch = tempfile.mkdtemp(prefix=f"step-{step}-", dir=run.paths.scratch)
        try:
            output = os.path.join(scratch, name)
            _write_output(output, write)
            if _lstat(output) is None:
                raise JobError(
                    f"write made no output at {output}, so step {step} was not saved.",
                    "It is to write to the path that it gets, and to add no extension to it.",
                )
            with run.critical():
                sealed = _seal_output(output)
                run.check()
                at = _utc_now()
                there = _lstat(target)
                with _attempt("put in place", target):
                    if there is not None and (sealed.is_folder or stat.S_ISDIR(there.st_mode)):
                        # A folder is not replaced by a rename: the same step of an earlier run makes room.
                        os.rename(target, os.path.join(scratch, "before"))
                    os.rename(output, target)
                _sync_folder(self.dir)
                entry: Record = {
                    "version": 1,
                    "index": self._next_index,
                    "first": 0,
                    "count": step,
                    "file": name,
                    "bytes": sealed.bytes,
                    "sha256": sealed.sha256,
                    "seconds": _round((time.monotonic() - began) * 1000) / 1000,
                    "attempt": 1,
                    "at": at,
                }
                run.ledger.append(entry)
                self._next_index += 1
                self._whole = _checkpoints(run.paths, [*self._whole, entry])
                self._saved_at = began
                self._saved_step = step
                self._last_checkpoint = {"name": name, "at": at}
                self._prune(keep)
        except BaseException as error:
            run.seen(error)
            raise
        finally:
            _remove_quietly(scratch)
            run.changed()
        return target

    def _prune(self, keep: int) -> None:
        """Only the last checkpoints stay. What can't be removed now goes with the next."""
        for entry in self._whole[:-keep]:
            _remove_quietly(os.path.join(self.dir, entry["file"]))
        self._whole = _checkpoints(self.run.paths, self._whole)
        self._write_process()

    # -- where to go on from

    def latest(self) -> Optional[Tuple[int, str]]:
        if self._saved_step is not None:
            return _newest(self.run.paths, (), None, self.run.note)
        tries = [one for one in _tries(self.run.paths) if one["run"] != self.run.number]
        found = _newest(self.run.paths, tries, _boot_id(), self.run.note)
        self._try = {
            "run": self.run.number,
            "checkpoint": found[1] if found else None,
            "modifiedAt": _modified_at(found[1]) if found else None,
            "bootId": _boot_id(),
            "progressed": False,
            "outcome": None,
        }
        self._resumed_step = found[0] if found else 0
        self._write_process()
        return found

    def _progressed(self) -> None:
        if self._try is None or self._try["progressed"]:
            return
        self._try["progressed"] = True
        self._write_process()

    def _write_process(self) -> None:
        """process.json, as the agent keeps it for a job of one process."""
        tries = [one for one in _tries(self.run.paths) if one["run"] != self.run.number]
        if self._try is not None:
            tries.append(self._try)
        found = []
        for entry in reversed(self._whole):
            path = os.path.join(self.dir, entry["file"])
            modified = _modified_at(path)
            if modified is not None:
                found.append({"path": path, "bytes": entry["bytes"], "modifiedAt": modified})
        self.run.check()
        text = _json_text({"version": 1, "reading": None, "checkpoints": found[:1000], "tries": tries[-100:]})
        _replace_file(os.path.join(self.run.paths.meta, "process.json"), f"{text}\n", 0o600)


def _globs(dir: str) -> List[str]:
    """By these a plan sees what a resume would go on from."""
    glob = re.sub(r"([][*?{}()!+@\\])", r"\\\1", dir) + "/checkpoint_*"
    return [glob] if len(glob) <= 1000 else []


def _boot_id() -> Optional[str]:
    boot_id: Optional[str] = _identity()["bootId"]
    return boot_id


def _modified_at(path: str) -> Optional[str]:
    there = _lstat(path)
    if there is None:
        return None
    seconds, rest = divmod(there.st_mtime_ns, 10**9)
    moment = datetime.fromtimestamp(seconds, timezone.utc).replace(microsecond=rest // 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _checkpoints(paths: _Paths, entries: Sequence[Record]) -> List[Record]:
    """The checkpoints of steps that are there with their size, the newest last; of a name the last line counts."""
    last: Dict[str, Record] = {}
    for entry in entries:
        last.pop(entry["file"], None)
        last[entry["file"]] = entry
    return [entry for entry in last.values() if _damage_of(paths, entry, verify=False) is None]


def _newest(
    paths: _Paths, tries: Sequence[Record], boot_id: Optional[str], note: Callable[[str], None]
) -> Optional[Tuple[int, str]]:
    """The step and the path of the checkpoint to go on from."""
    ledger = _read_records(paths.ledger, _entry_problem)
    whole = [(entry["count"], os.path.join(paths.dir, entry["file"])) for entry in _checkpoints(paths, ledger.records)]
    whole.reverse()
    if ledger.records:
        reason = _damage_of(paths, ledger.records[-1], verify=False)
        if reason is not None:
            note(f"{reason}: it is not gone on from.")
    chosen = _choose([{"path": path, "modifiedAt": _modified_at(path)} for _, path in whole], tries, boot_id)
    for _, path in whole[:chosen]:
        note(f"{os.path.basename(path)} is passed over: a run that went on from it died before any new progress.")
    return None if chosen is None else whole[chosen]


def _choose(whole: Sequence[Record], tries: Sequence[Record], boot_id: Optional[str]) -> Optional[int]:
    """Which of the whole checkpoints, the newest first: the newest that is not suspect, since a run that began from it
    died before anything new was seen of it. After three such runs in a row the cause is hardly in a checkpoint."""
    if not whole:
        return None
    dead = [one for one in tries if _died_at_once(one, boot_id)]
    in_a_row = len(list(itertools.takewhile(lambda one: _died_at_once(one, boot_id), reversed(tries))))
    suspect = {(one["checkpoint"], one["modifiedAt"]) for one in dead}
    for at, found in enumerate(whole):
        if (found["path"], found["modifiedAt"]) not in suspect:
            return at if in_a_row < 3 else 0
    return 0


def _died_at_once(one: Record, boot_id: Optional[str]) -> bool:
    if one["progressed"]:
        return False
    if one["outcome"] is not None:
        return bool(one["outcome"] == "failed")
    # Killed without a word: with the whole host, if that has been started anew since.
    return one["bootId"] is None or boot_id is None or one["bootId"] == boot_id


def _read_tries(paths: _Paths) -> Tuple[List[Record], Optional[str]]:
    """What earlier runs have gone on from, by process.json; why it can't be used, where a newer Milepost wrote it."""
    kind, value = _read_json(os.path.join(paths.meta, "process.json"))
    tries = value.get("tries") if kind == "ok" else None
    known = [one for one in tries if _is_try(one)] if isinstance(tries, list) else []
    return known, value if kind == "newer" else None


def _is_try(one: Any) -> bool:
    if not isinstance(one, dict) or not _is_items(one.get("run")) or one["run"] < 1:
        return False
    texts = (one.get(key, 0) for key in ("checkpoint", "modifiedAt", "bootId"))
    return all(text is None or isinstance(text, str) for text in texts) and isinstance(one.get("progressed"), bool)


def _outcomes(paths: _Paths) -> Dict[int, str]:
    """How each run ended, of those that did."""
    records = _read_records(paths.runs, _run_problem).records
    return {record["run"]: record["outcome"] for record in records if record["kind"] == "end"}


def _tries(paths: _Paths) -> List[Record]:
    """What earlier runs have gone on from, and how each ended: a killed one has no end."""
    outcomes = _outcomes(paths)
    return [{**one, "outcome": outcomes.get(one["run"])} for one in _read_tries(paths)[0]]
