import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPython } from '../python.mjs';
import { projectRoot } from '../runScript.mjs';

const example = join(projectRoot, 'examples/render');
const python = findPython(['numpy']) ?? 'python3';
let dir = '';

beforeAll(() => {
  dir = mkdtempSync(join(realpathSync(tmpdir()), 'milepost-render-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number, stdout: string, stderr: string }>}
 */
function run(program, args, env = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd: dir, env: { ...process.env, ...env } };
    execFile(program, [...args], options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') reject(error);
      else resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr });
    });
  });
}

/**
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
const draw = (args, env) => run(python, [join(example, 'render.py'), ...args], env);
/** @param {readonly string[]} args */
const merge = (args) => run('sh', [join(example, 'merge.sh'), ...args]);

/**
 * Frames of 32x18 in a folder of the test's own; a dive of 12 frames.
 *
 * @param {string} out
 * @param {number} start
 * @param {number} count
 */
async function drawSmall(out, start, count) {
  const sizes = ['--size', '32x18', '--dive', '12'];
  expect(await draw(['--start', `${start}`, '--count', `${count}`, '--out', out, ...sizes])).toEqual({
    code: 0,
    stdout: '',
    stderr: '',
  });
}

/** @param {number} frame */
const frameName = (frame) => `frame_${String(frame).padStart(5, '0')}.png`;
/** @param {string[]} path */
const bytes = (...path) => readFileSync(join(dir, ...path));

/**
 * The pixels of a PNG as render.py writes it: one chunk of data, rows unfiltered.
 *
 * @param {Buffer} png
 * @returns {{ width: number, height: number, at: (x: number, y: number) => number[], colours: number }}
 */
function decode(png) {
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect(png.subarray(12, 16).toString('latin1')).toBe('IHDR');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  expect([...png.subarray(24, 29)]).toEqual([8, 2, 0, 0, 0]);
  expect(png.subarray(37, 41).toString('latin1')).toBe('IDAT');
  const rows = inflateSync(png.subarray(41, 41 + png.readUInt32BE(33)));
  const stride = 1 + 3 * width;
  expect(rows).toHaveLength(stride * height);
  /** @type {(x: number, y: number) => number[]} */
  const at = (x, y) => {
    expect(rows[y * stride]).toBe(0);
    return [...rows.subarray(y * stride + 1 + 3 * x, y * stride + 4 + 3 * x)];
  };
  const colours = new Set();
  for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1) colours.add(at(x, y).join());
  return { width, height, at, colours: colours.size };
}

describe('examples/render', () => {
  it('makes the same frames whatever the boundaries of the batches', async () => {
    await drawSmall('whole', 0, 12);
    await drawSmall('a', 0, 5);
    await drawSmall('b', 5, 7);
    const names = Array.from({ length: 12 }, (_, frame) => frameName(frame));
    expect(readdirSync(join(dir, 'whole')).sort()).toEqual(names);
    for (const [frame, name] of names.entries()) {
      expect(bytes(frame < 5 ? 'a' : 'b', name).equals(bytes('whole', name)), name).toBe(true);
    }
    expect(new Set(names.map((name) => bytes('whole', name).toString('latin1'))).size).toBe(12);
  });

  it('shows the set: its inside dark, the plane around it in many colours; and a copy of it at the bottom', async () => {
    const first = decode(bytes('whole', frameName(0)));
    expect([first.width, first.height]).toEqual([32, 18]);
    const inside = [4, 3, 12];
    // The whole is 4.4 wide, with -0.74+0.13i in the middle: 16 + (0 + 0.74) * 32 / 4.4 = 21.4, 9 + 0.13 * 32 / 4.4 = 9.9.
    expect(first.at(21, 9)).toEqual(inside);
    // -1, the middle of the disc to the left.
    expect(first.at(14, 9)).toEqual(inside);
    for (const [x = 0, y = 0] of [
      [0, 0],
      [31, 0],
      [0, 17],
      [31, 17],
      [28, 9],
    ]) {
      expect(first.at(x, y)).not.toEqual(inside);
    }
    expect(first.colours).toBeGreaterThan(100);
    const last = decode(bytes('whole', frameName(11)));
    expect(last.at(16, 9)).toEqual(inside);
    expect(last.colours).toBeGreaterThan(100);
  });

  it('comes up again after the dive', async () => {
    await drawSmall('up', 12, 11);
    expect(bytes('up', frameName(22)).equals(bytes('whole', frameName(0)))).toBe(true);
    expect(bytes('up', frameName(13)).equals(bytes('whole', frameName(11)))).toBe(false);
  });

  it('tells Milepost how far a batch is, and takes the time that it is given', async () => {
    const progress = join(dir, 'progress');
    const began = performance.now();
    const args = ['--start', '0', '--count', '3', '--out', 'slow', '--size', '4x2', '--slow', '0.1'];
    expect((await draw(args, { MILEPOST_PROGRESS: progress })).code).toBe(0);
    expect(performance.now() - began).toBeGreaterThan(300);
    expect(readFileSync(progress, 'utf8')).toBe('3/3\n');
  });

  it('makes the same video of the same frames', async () => {
    writeFileSync(join(dir, 'whole.txt'), 'whole\n');
    writeFileSync(join(dir, 'parts.txt'), 'a\nb\n');
    expect(await merge(['whole.mp4', 'whole.txt'])).toEqual({
      code: 0,
      stdout: '12 frames at 24 per second\n',
      stderr: '',
    });
    expect((await merge(['parts.mp4', 'parts.txt'])).code).toBe(0);
    expect(bytes('parts.mp4').equals(bytes('whole.mp4'))).toBe(true);
  });

  it.each([
    ['is cut', (/** @type {Buffer} */ png) => png.subarray(0, png.length / 2)],
    ['is empty', () => Buffer.alloc(0)],
    [
      'has a changed byte',
      (/** @type {Buffer} */ png) => png.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
    ],
  ])('makes no video where a frame %s', async (_, damage) => {
    cpSync(join(dir, 'whole'), join(dir, 'damaged'), { recursive: true });
    const name = join(dir, 'damaged', frameName(6));
    writeFileSync(name, damage(readFileSync(name)));
    writeFileSync(join(dir, 'damaged.txt'), 'damaged\n');
    const { code, stdout, stderr } = await merge(['damaged.mp4', 'damaged.txt']);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).not.toBe('');
  });

  it.each([
    [['--start', '0', '--count', '0', '--out', 'x'], 2, /at least 1/],
    [['--start', '0', '--count', '1', '--out', 'x', '--size', '161x90'], 2, /both even/],
    [['--start', '0', '--count', '1', '--out', 'x', '--size', 'big'], 2, /'big' is not WIDTHxHEIGHT/],
    [['--start', '0', '--count', '1', '--out', 'whole/frame_00000.png'], 1, /frame_00000\.png/],
  ])('says what is wrong without a traceback: render.py %j', async (args, code, message) => {
    const result = await draw(args);
    expect(result.stderr).toMatch(message);
    expect(result.stderr).not.toContain('Traceback');
    expect(result.code).toBe(code);
  });

  it.each([
    [['x.mp4'], 2, /Usage/],
    [['x.mp4', 'nowhere.txt'], 2, /nowhere\.txt/],
    [['x.mp4', 'missing.txt'], 1, /no frame to read: no such\/folder/],
    [['x.mp4', 'nothing.txt'], 1, /names no folder/],
  ])('says what is wrong: merge.sh %j', async (args, code, message) => {
    writeFileSync(join(dir, 'missing.txt'), 'no such/folder\n');
    writeFileSync(join(dir, 'nothing.txt'), '');
    const result = await merge(args);
    expect(result.stderr).toMatch(message);
    expect(result.code).toBe(code);
  });
});
