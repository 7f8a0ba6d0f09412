"""What an item costs in a loop: bare, with tqdm, and with milepost.track, in turn. Prints nanoseconds as JSON.

sys.argv: the folder of milepost.py, how many items, how many rounds.
"""

import json
import os
import sys
import time

sys.path.insert(0, sys.argv[1])

import tqdm  # noqa: E402

import milepost  # noqa: E402


def nanoseconds(items, count):
    started = time.perf_counter()
    for _ in items:
        pass
    return (time.perf_counter() - started) / count * 1e9


def main():
    count, rounds = int(sys.argv[2]), int(sys.argv[3])
    with open(os.devnull, "w") as nowhere:
        ways = {
            "bare": lambda: range(count),
            "tqdm": lambda: tqdm.tqdm(range(count), file=nowhere),
            "track": lambda: milepost.track(range(count)),
        }
        measured = {name: [] for name in ways}
        # One round is not counted: it opens the job and warms up.
        for number in range(rounds + 1):
            for name, way in ways.items():
                took = nanoseconds(way(), count)
                if number:
                    measured[name].append(took)
    print(json.dumps({**measured, "version": tqdm.__version__, "python": sys.version.split()[0]}))


main()
