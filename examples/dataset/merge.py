"""Joins .npz files of gen.py into one, in the order given.

    python3 merge.py OUTPUT INPUT...
    python3 merge.py OUTPUT --list FILE     (FILE names one input a line: for thousands of them)
"""

import argparse
import sys
import zipfile

try:
    import numpy as np
except ImportError:
    sys.exit(
        f"merge.py needs numpy, which {sys.executable} lacks: "
        "`apt-get install python3-numpy` or `pip install numpy`."
    )

NAMES = ("index", "parameters", "trajectories")


def read(path):
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in NAMES}
    except (KeyError, ValueError, EOFError, zipfile.BadZipFile):
        sys.exit(f"merge.py: {path} is not a whole .npz as gen.py writes it.")


def main():
    parser = argparse.ArgumentParser(description="Joins .npz files of gen.py into one, in the order given.")
    parser.add_argument("output", help="the .npz to write")
    parser.add_argument("inputs", nargs="*", help="the .npz files, in order")
    parser.add_argument("--list", metavar="FILE", help="a file that names one input a line")
    args = parser.parse_args()

    paths = list(args.inputs)
    if args.list is not None:
        with open(args.list, encoding="utf-8") as file:
            paths += [line for line in file.read().split("\n") if line]
    if not paths:
        parser.error("nothing to join: name the inputs, or a --list FILE of them")

    parts = [read(path) for path in paths]
    if len({part["trajectories"].shape[1:] for part in parts}) != 1:
        sys.exit("merge.py: the inputs have different numbers of time steps; make them with the same --steps.")
    whole = {name: np.concatenate([part[name] for part in parts]) for name in NAMES}
    if np.any(np.diff(whole["index"]) <= 0):
        sys.exit("merge.py: the inputs overlap or are not in order: a sample's number comes twice or goes back.")
    with open(args.output, "wb") as file:
        np.savez(file, **whole)
    print(f"{len(whole['index'])} samples from {len(paths)} files")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"merge.py: {error}")
