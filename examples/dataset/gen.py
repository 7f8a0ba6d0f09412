"""Samples of a damped, driven pendulum, written as one .npz.

    theta'' = -damping * theta' - frequency^2 * sin(theta) + drive * cos(drive_frequency * t)

Every sample has its own random parameters and starting state. They are seeded from the sample's number,
so a sample depends on nothing else: whichever batch makes it, it comes out the same.
"""

import argparse
import os
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit(
        f"gen.py needs numpy, which {sys.executable} lacks: "
        "`apt-get install python3-numpy` or `pip install numpy`."
    )

SEED = 20240917
TIME_STEP = 0.05
# damping, natural frequency, drive, drive frequency, first angle, first angular velocity
LOWEST = np.array([0.05, 0.8, 0.0, 0.4, -np.pi, -2.0])
HIGHEST = np.array([0.6, 1.6, 1.5, 1.2, np.pi, 2.0])


def draw_parameters(start, count):
    """One row for each sample, from a generator of that sample's own."""
    rows = [np.random.default_rng([SEED, item]).random(len(LOWEST)) for item in range(start, start + count)]
    return LOWEST + (HIGHEST - LOWEST) * np.array(rows)


def simulate(parameters, steps):
    """Angle and angular velocity at `steps` times, by Runge-Kutta 4, for all rows of `parameters` at once."""
    # Contiguous columns: numpy may round sin() differently for strided data.
    damping, frequency, drive, drive_frequency, angle, velocity = np.ascontiguousarray(parameters.T)

    def slope(at, angle, velocity):
        pull = -damping * velocity - frequency**2 * np.sin(angle)
        return velocity, pull + drive * np.cos(drive_frequency * at)

    trajectories = np.empty((len(parameters), steps, 2))
    for step in range(steps):
        trajectories[:, step, 0] = angle
        trajectories[:, step, 1] = velocity
        at, h = step * TIME_STEP, TIME_STEP
        a1, v1 = slope(at, angle, velocity)
        a2, v2 = slope(at + h / 2, angle + h / 2 * a1, velocity + h / 2 * v1)
        a3, v3 = slope(at + h / 2, angle + h / 2 * a2, velocity + h / 2 * v2)
        a4, v4 = slope(at + h, angle + h * a3, velocity + h * v3)
        angle = angle + h / 6 * (a1 + 2 * a2 + 2 * a3 + a4)
        velocity = velocity + h / 6 * (v1 + 2 * v2 + 2 * v3 + v4)
    return trajectories


def report(done, count):
    """Tells Milepost how far this batch is; without Milepost it does nothing."""
    path = os.environ.get("MILEPOST_PROGRESS")
    if path:
        with open(path, "w") as file:
            file.write(f"{done}/{count}\n")


def whole_number(least):
    def parse(text):
        value = int(text)
        if value < least:
            raise ValueError
        return value

    parse.__name__ = f"whole number (at least {least})"
    return parse


def main():
    parser = argparse.ArgumentParser(description="Samples of a damped, driven pendulum, as one .npz.")
    parser.add_argument("--start", type=whole_number(0), required=True, help="number of the first sample")
    parser.add_argument("--count", type=whole_number(1), required=True, help="how many samples")
    parser.add_argument("--out", required=True, help="the .npz to write")
    parser.add_argument("--steps", type=whole_number(1), default=200, help="time steps of a sample (default 200)")
    parser.add_argument(
        "--slow", type=float, default=0.0, metavar="SECONDS", help="take this much longer, to watch it work"
    )
    args = parser.parse_args()

    # A few parts of a batch, so that there is progress to tell in between.
    part = max(1, -(-args.count // 20))
    all_parameters, all_trajectories = [], []
    for done in range(0, args.count, part):
        size = min(part, args.count - done)
        parameters = draw_parameters(args.start + done, size)
        all_parameters.append(parameters)
        all_trajectories.append(simulate(parameters, args.steps))
        time.sleep(max(0.0, args.slow) * size / args.count)
        report(done + size, args.count)

    # An open file, since savez adds .npz to a name that lacks it.
    with open(args.out, "wb") as file:
        np.savez(
            file,
            index=np.arange(args.start, args.start + args.count),
            parameters=np.concatenate(all_parameters),
            trajectories=np.concatenate(all_trajectories),
        )


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"gen.py: {error}")
