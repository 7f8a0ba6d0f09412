"""A small network that learns which of two spirals a point lies on, with nothing but numpy.

Everything that training depends on is in one place: weights, the optimizer's momentum, and the random generator that
shuffles. So a training that goes on from a saved state ends with the same weights as one that was never disturbed.
"""

import sys

try:
    import numpy as np
except ImportError:
    sys.exit(
        f"This needs numpy, which {sys.executable} lacks: "
        "`apt-get install python3-numpy` or `pip install numpy`."
    )

POINTS = 2000
BATCH = 200
HIDDEN = 48
RATE = 0.05
MOMENTUM = 0.9


def spirals():
    """Points of two spirals, each with the number of its spiral."""
    rng = np.random.default_rng(7)
    turn = np.sqrt(rng.random(POINTS)) * 3.5 * np.pi
    spiral = rng.integers(0, 2, POINTS)
    angle = turn + spiral * np.pi
    points = np.stack([turn * np.cos(angle), turn * np.sin(angle)], axis=1) / 11
    return points + rng.normal(0, 0.02, points.shape), spiral


class Training:
    """Where a training stands: after `epoch` epochs."""

    def __init__(self):
        self.points, self.spiral = spirals()
        self.rng = np.random.default_rng(11)
        self.weights = {
            "w1": self.rng.normal(0, 1.5, (2, HIDDEN)),
            "b1": self.rng.normal(0, 1.0, HIDDEN),
            "w2": self.rng.normal(0, 0.3, (HIDDEN, HIDDEN)),
            "b2": np.zeros(HIDDEN),
            "w3": self.rng.normal(0, 0.3, HIDDEN),
            "b3": np.zeros(1),
        }
        self.speed = {name: np.zeros_like(value) for name, value in self.weights.items()}
        self.epoch = 0

    def train_epoch(self):
        """Goes once through all points; returns the mean loss."""
        order = self.rng.permutation(POINTS)
        loss = 0.0
        for first in range(0, POINTS, BATCH):
            loss += self._step(order[first : first + BATCH])
        self.epoch += 1
        return loss / (POINTS // BATCH)

    def _step(self, chosen):
        w = self.weights
        x, y = self.points[chosen], self.spiral[chosen]
        h1 = np.tanh(x @ w["w1"] + w["b1"])
        h2 = np.tanh(h1 @ w["w2"] + w["b2"])
        p = 1 / (1 + np.exp(-(h2 @ w["w3"] + w["b3"])))
        d3 = (p - y) / len(chosen)
        d2 = np.outer(d3, w["w3"]) * (1 - h2**2)
        d1 = d2 @ w["w2"].T * (1 - h1**2)
        slopes = {
            "w1": x.T @ d1,
            "b1": d1.sum(axis=0),
            "w2": h1.T @ d2,
            "b2": d2.sum(axis=0),
            "w3": h2.T @ d3,
            "b3": d3.sum(keepdims=True),
        }
        for name, slope in slopes.items():
            self.speed[name] = MOMENTUM * self.speed[name] - RATE * slope
            w[name] = w[name] + self.speed[name]
        return float(-np.mean(y * np.log(p + 1e-12) + (1 - y) * np.log(1 - p + 1e-12)))

    def accuracy(self):
        """The share of points whose spiral it knows."""
        w = self.weights
        h1 = np.tanh(self.points @ w["w1"] + w["b1"])
        h2 = np.tanh(h1 @ w["w2"] + w["b2"])
        return float(np.mean((h2 @ w["w3"] + w["b3"] > 0) == self.spiral))

    def save(self, path):
        """The whole state, as one .npz."""
        state = self.rng.bit_generator.state
        with open(path, "wb") as file:
            np.savez(
                file,
                epoch=self.epoch,
                random=np.array([str(state["state"]["state"]), str(state["state"]["inc"])]),
                random_rest=np.array([state["has_uint32"], state["uinteger"]]),
                **{f"weight_{name}": value for name, value in self.weights.items()},
                **{f"speed_{name}": value for name, value in self.speed.items()},
            )

    def load(self, path):
        """Goes on from a state that was saved."""
        with np.load(path) as saved:
            self.epoch = int(saved["epoch"])
            for name in self.weights:
                self.weights[name] = saved[f"weight_{name}"]
                self.speed[name] = saved[f"speed_{name}"]
            now, step = (int(text) for text in saved["random"])
            has_rest, rest = (int(value) for value in saved["random_rest"])
        self.rng.bit_generator.state = {
            "bit_generator": "PCG64",
            "state": {"state": now, "inc": step},
            "has_uint32": has_rest,
            "uinteger": rest,
        }
