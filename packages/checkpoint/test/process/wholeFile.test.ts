import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { PYTHON } from '@milepost/testing/python';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { structureOf } from '../../src/process/wholeFile.ts';

const run = promisify(execFile);
let temp: Awaited<ReturnType<typeof makeTempDir>>;

const MAKE = `
import numpy, sys, zipfile, struct, json
numpy.savez('arrays.npz', a=numpy.arange(100), b=numpy.zeros((3, 4)))
numpy.savez_compressed('small.npz', a=numpy.arange(5))
with zipfile.ZipFile('model.pt', 'w') as out:
    out.writestr('archive/data.pkl', b'x' * 300)
    out.comment = b'made by a test'
with zipfile.ZipFile('empty.zip', 'w'):
    pass
with zipfile.ZipFile('many.zip', 'w') as out:
    for at in range(66000):
        out.writestr('%d' % at, b'')
header = json.dumps({'__metadata__': {'format': 'pt'}, 'w': {'dtype': 'F32', 'shape': [4], 'data_offsets': [0, 16]}}).encode()
with open('model.safetensors', 'wb') as out:
    out.write(struct.pack('<Q', len(header)) + header + bytes(16))
`;

beforeAll(async () => {
  temp = await makeTempDir();
  await run(PYTHON, ['-c', MAKE], { cwd: temp.path });
});
afterAll(() => temp.remove());

const at = (name: string) => join(temp.path, name);

describe('what the libraries write', () => {
  test.each(['arrays.npz', 'small.npz', 'model.pt', 'model.safetensors', 'many.zip'])(
    '%s is sound',
    async (name) => {
      expect(await structureOf(at(name))).toBe('sound');
    },
  );

  test.each(['arrays.npz', 'small.npz', 'model.pt', 'model.safetensors'])(
    '%s cut off anywhere is never sound',
    async (name) => {
      const whole = await readFile(at(name));
      const cut = at(`cut-${name}`);
      for (let length = 0; length < whole.length; length += 1) {
        await writeFile(cut, whole.subarray(0, length));
        // Under four bytes nothing of the format is left to see, but in a name.
        const seen = await structureOf(cut);
        expect(`${length} ${seen}`).toBe(
          `${length} ${length > 3 || length === 0 || !name.endsWith('.pt') ? 'broken' : 'silent'}`,
        );
      }
    },
  );

  test('a large directory cut off, or followed by more, is not sound', async () => {
    const whole = await readFile(at('many.zip'));
    for (const length of [whole.length - 1, whole.length - 22, whole.length - 60, whole.length >> 1]) {
      await writeFile(at('cut.zip'), whole.subarray(0, length));
      expect(await structureOf(at('cut.zip'))).toBe('broken');
    }
    await writeFile(at('longer.zip'), Buffer.concat([whole, Buffer.alloc(5)]));
    expect(await structureOf(at('longer.zip'))).toBe('broken');
  });
});

describe('what says nothing of itself', () => {
  test.each([
    ['an old pickle', Buffer.from([0x80, 0x02, 0x8a]), 'model.pt'],
    ['text', Buffer.from('step 40\n'), 'state.txt'],
    ['a zip without entries', Buffer.from('PK\x05\x06'.padEnd(22, '\0'), 'latin1'), 'none.ckpt'],
  ])('%s', async (_, bytes, name) => {
    await mkdir(at('silent'), { recursive: true });
    await writeFile(join(at('silent'), name), bytes);
    expect(await structureOf(join(at('silent'), name))).toBe('silent');
  });
});

test.each([
  ['a length beyond the file', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ['no JSON', [4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7b, 0x7b, 0x7b]],
  ['a list', [2, 0, 0, 0, 0, 0, 0, 0, 0x5b, 0x5d]],
])('safetensors with %s are broken', async (_, bytes) => {
  await writeFile(at('bad.safetensors'), Buffer.from(bytes));
  expect(await structureOf(at('bad.safetensors'))).toBe('broken');
});
