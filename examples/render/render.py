"""Frames of a dive into the Mandelbrot set, written as a folder of PNG files.

A frame depends on its number and the sizes alone, on nothing that was rendered before: whichever batch makes
it, it comes out the same.
"""

import argparse
import math
import os
import re
import struct
import sys
import time
import zlib

try:
    import numpy as np
except ImportError:
    sys.exit(
        f"render.py needs numpy, which {sys.executable} lacks: "
        "`apt-get install python3-numpy` or `pip install numpy`."
    )

# In the seahorse valley lies a small copy of the whole set; the dive ends where it fills the frame.
CENTRE = complex(-0.7436434074017774, 0.13182583714923327)
WIDEST = 4.4
DEEPEST = 8.0e-6
# Each pixel is the mean of SAMPLES x SAMPLES points.
SAMPLES = 2
# Escape is looked for once in so many steps; from this radius on the smooth count is the same at each of them.
STEPS_AT_ONCE = 6
ESCAPE_RADIUS = 32.0
# How fast colours change from one escape count to the next.
COLOURS_PER_OCTAVE = 0.62
# Red, green and blue where the palette stands at 0, 1/6, ...; it is a circle.
PALETTE = np.array(
    [
        (9, 4, 38),
        (24, 44, 122),
        (20, 138, 172),
        (244, 238, 206),
        (250, 168, 52),
        (164, 34, 78),
    ]
)
INSIDE = np.array([4.0, 3.0, 12.0])


def width_of(frame, dive):
    """How much of the plane a frame shows: down in `dive` frames, then up again and so on, slow at both ends."""
    depth = (1 - math.cos(math.pi * frame / (dive - 1))) / 2
    return WIDEST * (DEEPEST / WIDEST) ** depth


def escape_counts(points, most):
    """How many steps z -> z^2 + c takes to leave, as a smooth number; nan where it doesn't within `most` steps."""
    counts = np.full(points.size, np.nan)
    # The two largest parts of the inside are known without a step.
    real, imaginary = points.real, points.imag
    q = (real - 0.25) ** 2 + imaginary**2
    inside = (q * (q + real - 0.25) <= 0.25 * imaginary**2) | ((real + 1) ** 2 + imaginary**2 <= 0.0625)
    left = np.flatnonzero(~inside)
    x0, y0 = real[left], imaginary[left]
    x, y = x0.copy(), y0.copy()
    for step in range(0, most, STEPS_AT_ONCE):
        for _ in range(STEPS_AT_ONCE):
            xy = x * y
            x *= x
            y *= y
            x -= y
            x += x0
            np.add(xy, xy, out=y)
            y += y0
        size = x * x + y * y
        gone = size > ESCAPE_RADIUS**2
        if gone.any():
            counts[left[gone]] = step + STEPS_AT_ONCE + 1 - np.log2(np.log2(size[gone]) / 2)
            kept = ~gone
            left, x, y, x0, y0 = left[kept], x[kept], y[kept], x0[kept], y0[kept]
            if left.size == 0:
                break
    return counts


def colour(counts):
    """Red, green and blue (0 to 255) of a grid of escape counts."""
    inside = np.isnan(counts)
    height = np.log2(np.where(inside, 1.0, np.maximum(counts, 0.0)) + 2.0)
    place = height * COLOURS_PER_OCTAVE * len(PALETTE)
    first = np.floor(place).astype(int)
    part = (place - first)[..., None]
    part = part * part * (3 - 2 * part)
    rgb = PALETTE[first % len(PALETTE)] * (1 - part) + PALETTE[(first + 1) % len(PALETTE)] * part
    # Light from the upper left, as if the counts were hills.
    down, right = np.gradient(height)
    slope = (down + right) * 9.0
    light = 1.0 - 0.42 * slope / np.sqrt(1.0 + slope * slope)
    rgb = rgb * light[..., None]
    return np.where(inside[..., None], INSIDE, rgb)


def render(frame, width, height, dive):
    """One frame as an array of bytes, height x width x 3."""
    shown = width_of(frame, dive)
    across, down = width * SAMPLES, height * SAMPLES
    pixel = shown / across
    x = CENTRE.real + (np.arange(across) - (across - 1) / 2) * pixel
    y = CENTRE.imag - (np.arange(down) - (down - 1) / 2) * pixel
    points = (x[None, :] + 1j * y[:, None]).ravel()
    most = 240 + int(75 * math.log2(WIDEST / shown))
    counts = escape_counts(points, most).reshape(down, across)
    fine = np.clip(colour(counts), 0, 255)
    mean = fine.reshape(height, SAMPLES, width, SAMPLES, 3).mean(axis=(1, 3))
    return np.round(mean).astype(np.uint8)


def png(pixels):
    """The bytes of a PNG file: 8 bits a channel, rows one after the other and unfiltered."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, 1 + 3 * width), np.uint8)
    rows[:, 1:] = pixels.reshape(height, -1)

    def part(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = zlib.compress(rows.tobytes(), 6)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", data) + part(b"IEND", b"")


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


def size(text):
    found = re.fullmatch(r"([1-9]\d{0,3})x([1-9]\d{0,3})", text)
    width, height = (int(number) for number in found.groups()) if found else (1, 1)
    if width % 2 or height % 2:
        raise argparse.ArgumentTypeError(f"{text!r} is not WIDTHxHEIGHT, both even, as videos want them: 640x360")
    return width, height


def main():
    parser = argparse.ArgumentParser(description="Frames of a dive into the Mandelbrot set, as a folder of PNGs.")
    parser.add_argument("--start", type=whole_number(0), required=True, help="number of the first frame")
    parser.add_argument("--count", type=whole_number(1), required=True, help="how many frames")
    parser.add_argument("--out", required=True, help="the folder to make and write the frames into")
    parser.add_argument("--size", type=size, default=(160, 90), metavar="WxH", help="pixels (default 160x90)")
    parser.add_argument(
        "--dive", type=whole_number(2), default=96, metavar="FRAMES", help="frames to the bottom (default 96)"
    )
    parser.add_argument(
        "--slow", type=float, default=0.0, metavar="SECONDS", help="take this long for each frame, to watch it work"
    )
    args = parser.parse_args()

    os.makedirs(args.out, exist_ok=True)
    for done in range(args.count):
        began = time.monotonic()
        frame = args.start + done
        pixels = render(frame, *args.size, args.dive)
        with open(os.path.join(args.out, f"frame_{frame:05}.png"), "wb") as file:
            file.write(png(pixels))
        time.sleep(max(0.0, args.slow - (time.monotonic() - began)))
        report(done + 1, args.count)


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"render.py: {error}")
