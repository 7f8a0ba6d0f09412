"""The same training with Milepost in it: `latest` gives the state to go on from, `checkpoint` saves it when it is due."""

import argparse
import sys
import time

import milepost
from network import Training


def main():
    parser = argparse.ArgumentParser(description="Learns to tell two spirals apart.")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--every", default="5m", help="how often to save (default 5m)")
    parser.add_argument("--out", default="weights.npz")
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="take this long for an epoch")
    args = parser.parse_args()

    training = Training()
    saved = milepost.latest()
    if saved:
        training.load(saved[1])
        print(f"going on after epoch {training.epoch}", flush=True)
    while training.epoch < args.epochs:
        time.sleep(args.slow)
        training.train_epoch()
        milepost.checkpoint(
            training.epoch, training.save, every=args.every, total=args.epochs, ext=".npz", unit="epochs"
        )
    training.save(args.out)
    print(f"accuracy {training.accuracy():.3f}")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"train_milepost.py: {error}")
