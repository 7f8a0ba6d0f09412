// Preloaded into the app's main process by the driver, never by the app, where a test wants to rule its time: it can
// pass some times as fast, for both of its clocks and for timers that begin then, and jump, as over a sleep; and the wall
// clock alone can be set, as by a person or a time server.

const { performance } = require('node:perf_hooks');
const { promisify } = require('node:util');

const wall = Date.now;
const steady = performance.now.bind(performance);
let factor = 1;
let pacedFrom = steady();
let aheadThenMs = 0;
let setByMs = 0;
const aheadMs = () => aheadThenMs + (steady() - pacedFrom) * (factor - 1);

Date.now = () => Math.floor(wall() + aheadMs() + setByMs);
Object.defineProperty(performance, 'now', { value: () => steady() + aheadMs(), configurable: true });

for (const name of ['setTimeout', 'setInterval']) {
  const real = globalThis[name];
  globalThis[name] = (callback, delayMs = 0, ...args) => real(callback, delayMs / factor, ...args);
  globalThis[name][promisify.custom] = real[promisify.custom];
}

globalThis.milepostTime = {
  pace(next) {
    aheadThenMs = aheadMs();
    pacedFrom = steady();
    factor = next;
  },
  pass(ms) {
    aheadThenMs += ms;
  },
  setWall(ms) {
    setByMs += ms;
  },
};
