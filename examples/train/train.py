"""A training as people write them: one process, a checkpoint every few epochs, and an option to go on from one.

It knows nothing of Milepost.
"""

import argparse
import os
import sys
import time

from network import Training


def main():
    parser = argparse.ArgumentParser(description="Learns to tell two spirals apart.")
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--save-every", type=int, default=5, metavar="EPOCHS")
    parser.add_argument("--checkpoints", default="ckpt", metavar="FOLDER")
    parser.add_argument("--resume-from", metavar="CHECKPOINT")
    parser.add_argument("--out", default="weights.npz")
    parser.add_argument("--slow", type=float, default=0.0, metavar="SECONDS", help="take this long for an epoch")
    args = parser.parse_args()

    training = Training()
    if args.resume_from:
        training.load(args.resume_from)
        print(f"going on after epoch {training.epoch}")
    os.makedirs(args.checkpoints, exist_ok=True)
    while training.epoch < args.epochs:
        time.sleep(args.slow)
        loss = training.train_epoch()
        if training.epoch % args.save_every == 0:
            training.save(os.path.join(args.checkpoints, f"epoch_{training.epoch:04d}.npz"))
        print(f"Epoch {training.epoch}/{args.epochs} done: loss {loss:.4f}", flush=True)
    training.save(args.out)
    print(f"accuracy {training.accuracy():.3f}")


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(f"train.py: {error}")
