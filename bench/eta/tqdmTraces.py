"""What tqdm itself says of the time left, with its clock set to that of a played run.

Standard input: a JSON list of runs, each {"total", "initial", "began", "updates": [[when, items], ...]}, in seconds and
items. Prints {"version", "printed"}: for each run, after each update, the seconds left that stand on the bar, null for none.
"""

import json
import os
import sys

import tqdm
import tqdm.std

now = 0.0
# The bar takes its clock from here, and a thread of its own that watches real time would disturb it.
tqdm.std.time = lambda: now
tqdm.tqdm.monitor_interval = 0


def printed_of(run, nowhere):
    global now
    now = run["began"]
    bar = tqdm.tqdm(total=run["total"], initial=run["initial"], file=nowhere, bar_format="{rate}/{remaining_s}")
    shown, left = [], None
    for when, items in run["updates"]:
        now = when
        # True: it drew itself; else what it drew before still stands there.
        if bar.update(items):
            rate, seconds = str(bar).split("/")
            left = None if rate == "None" else float(seconds)
        shown.append(left)
    bar.disable = True
    return shown


def main():
    runs = json.load(sys.stdin)
    with open(os.devnull, "w") as nowhere:
        printed = [printed_of(run, nowhere) for run in runs]
    json.dump({"version": tqdm.__version__, "printed": printed}, sys.stdout)


main()
