// Preloaded into the agent of a test's host, whose wall clock is the real one and what the file of $MILEPOST_TEST_CLOCK
// says, in milliseconds: a clock that a time server sets while the agent runs. As on such a host a file that is replaced
// carries the new time, one that isn't keeps its old one, and clocks that only go on are not touched.

const fs = require('node:fs');

const file = process.env.MILEPOST_TEST_CLOCK;
const wall = Date.now;
const RealDate = Date;

function aheadMs() {
  const ahead = Number(fs.readFileSync(file, 'utf8'));
  if (!Number.isFinite(ahead)) throw new Error(`${file} holds no number.`);
  return ahead;
}

const now = () => wall() + aheadMs();
globalThis.Date = class extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }
  static now = now;
};

const stamp = (path) => {
  const seconds = now() / 1000;
  try {
    fs.utimesSync(path, seconds, seconds);
  } catch {
    // It went on at once, or it is a folder of others.
  }
};
const { rename } = fs.promises;
fs.promises.rename = async (from, to) => {
  stamp(from);
  await rename(from, to);
};
const { renameSync } = fs;
fs.renameSync = (from, to) => {
  stamp(from);
  renameSync(from, to);
};
require('node:module').syncBuiltinESMExports();
