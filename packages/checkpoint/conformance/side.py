"""Milepost's Python side, asked by the conformance tests: a list of [name, given] comes in, the answers go out."""

import base64
import json
import math
import os
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "clients", "python"))

import milepost as m  # noqa: E402


def number(value):
    """What JSON has no word for comes as a text: {"$number": "NaN"}."""
    return float(value["$number"]) if set(value) == {"$number"} else value


def in_file(raw, read):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "file")
        with open(path, "wb") as file:
            file.write(base64.b64decode(raw))
        return read(path)


PARTS = {
    "start": ["version", "kind", "run", "runId", "at", "process", "agent"],
    "end": ["version", "kind", "run", "at", "outcome", "reason"],
}
PROCESS = ["host", "bootId", "pid", "startTime", "pidNamespace"]


def known(record):
    """Without what a record holds besides: the other side parses that away."""
    keys = PARTS.get(record.get("kind"), record)
    kept = {key: record[key] for key in keys}
    if "process" in kept:
        kept["process"] = {key: record["process"][key] for key in PROCESS}
    return kept


def record_file(raw, problem_of):
    content = in_file(raw, lambda path: m._read_records(path, problem_of))
    return {
        "records": [known(record) for record in content.records],
        "damaged": [line for line, _ in content.damaged],
        "torn": content.torn,
        "newer": content.newer is not None,
    }


def mended(raw):
    """The file after it was opened to append, and one record was."""

    def append(path):
        appender = m._Appender(path)
        appender.append({"version": 1})
        appender.close()
        with open(path, "rb") as file:
            return base64.b64encode(file.read()).decode()

    return in_file(raw, append)


def cadence(text):
    try:
        return m._parse_every(text, allow_loss=True)
    except m.JobError:
        return None


def next_batch(given):
    taken = [(one["first"], one["count"]) for one in given["taken"]]
    redo = [(one["first"], one["count"]) for one in given["redo"]]
    found = m._next_batch(given["total"], given["every"], taken, redo, given["nextCount"])
    return found and {"first": found[0], "count": found[1]}


def size_for_time(given):
    timings = [(one["count"], one["seconds"]) for one in given["timings"]]
    return m._size_for_time(given["total"], given["seconds"], timings)


def eta(given):
    committed = [m._Timing(one["count"], one["seconds"], one["run"]) for one in given["committed"]]
    one = given["running"][0] if given["running"] else None
    running = one and m._Running(one["count"], one["seconds"], one["done"])
    seconds, rate = m._estimate(committed, running, given["remaining"], given["every"])
    # What is beyond all numbers is none, as JSON.stringify has it too.
    finite = [value if value is None or math.isfinite(value) else None for value in (seconds, rate)]
    return {"etaSeconds": finite[0], "itemsPerSecond": finite[1]}


def folder(files):
    with tempfile.TemporaryDirectory() as top:
        for path, raw in files.items():
            os.makedirs(os.path.dirname(os.path.join(top, path)) or top, exist_ok=True)
            with open(os.path.join(top, path), "wb") as file:
                file.write(base64.b64decode(raw))
        sealed = m._seal_output(top)
        return {"bytes": sealed.bytes, "sha256": sealed.sha256, "size": m._size_of_output(top)}


OPERATIONS = {
    "recordLine": lambda record: m._encode_record_line(record).decode("ascii"),
    "json": lambda value: m._json_text(value, 2),
    "ledgerFile": lambda raw: record_file(raw, m._entry_problem),
    "runsFile": lambda raw: record_file(raw, m._run_problem),
    "mended": mended,
    "current": m._current_entries,
    "cleanText": m._clean_text,
    "progress": m._format_progress,
    "rate": lambda given: m._rate_text(given["perSecond"], given["unit"]),
    "cadence": cadence,
    "nextBatch": next_batch,
    "sizeForTime": size_for_time,
    "eta": eta,
    "id": m._id_from_name,
    "fileName": m._is_file_name,
    "checkpointName": lambda given: m._checkpoint_name(given["first"], given["width"], given["extension"]),
    "keptVariables": lambda given: m._kept_variables(given["env"], given["named"]),
    "basis": m._merge_basis,
    "folder": folder,
    "units": m._in_units,
    "choose": lambda given: m._choose(given["whole"], given["tries"], given["bootId"]),
}

calls = json.load(sys.stdin, object_hook=number)
answers = [OPERATIONS[name](given) for name, given in calls]
json.dump(answers, sys.stdout, allow_nan=False)
