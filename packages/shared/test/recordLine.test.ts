import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32Hex } from '../src/crc32.ts';
import { decodeRecordLine, encodeRecordLine } from '../src/recordLine.ts';

describe('crc32Hex', () => {
  test.each([
    ['', '00000000'],
    ['a', 'e8b7be43'],
    ['123456789', 'cbf43926'], // the check value of CRC-32/ISO-HDLC
    ['The quick brown fox jumps over the lazy dog', '414fa339'],
  ])('of %j is %s', (text, crc) => expect(crc32Hex(text)).toBe(crc));

  test('refuses text whose bytes depend on an encoding', () => {
    expect(() => crc32Hex('é')).toThrow(RangeError);
  });
});

const record = fc.record({
  version: fc.constant(1),
  file: fc.string({ unit: 'binary', maxLength: 12 }),
  count: fc.nat(),
  deep: fc.jsonValue({ maxDepth: 2 }),
});

describe('a record line', () => {
  test('is JSON in ASCII with its checksum last', () => {
    // The checksum is the one that Python's zlib.crc32 gives for the text of json.dumps.
    const line = encodeRecordLine({ version: 1, file: 'é😀.npz' });
    expect(line).toBe('{"version":1,"file":"\\u00e9\\ud83d\\ude00.npz","crc":"f46aa65b"}\n');
    expect(JSON.parse(line)).toMatchObject({ version: 1, file: 'é😀.npz' });
  });

  test('gives back what was written, whatever it holds', () => {
    fc.assert(
      fc.property(record, (value) => {
        const line = encodeRecordLine(value);
        expect(line).toMatch(/^[\u0020-\u007e]+\n$/);
        expect(decodeRecordLine(line.slice(0, -1))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test('with any single character changed, put in or left out is no record', () => {
    const anyChar = fc.oneof(
      fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }),
      fc.constant('é'),
    );
    fc.assert(
      fc.property(record, fc.nat(), anyChar, (value, place, char) => {
        const line = encodeRecordLine(value).slice(0, -1);
        const at = place % line.length;
        const changed = line.slice(0, at) + char + line.slice(at + 1);
        if (changed !== line) expect(decodeRecordLine(changed)).toBeUndefined();
        expect(decodeRecordLine(line.slice(0, at) + char + line.slice(at))).toBeUndefined();
        expect(decodeRecordLine(line.slice(0, at) + line.slice(at + 1))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test('cut anywhere is no record', () => {
    const line = encodeRecordLine({
      version: 1,
      first: 0,
      count: 2000,
      file: 'checkpoint_00000.npz',
    }).trimEnd();
    for (let end = 0; end < line.length; end += 1) {
      expect(decodeRecordLine(line.slice(0, end))).toBeUndefined();
    }
  });

  test('any other text is no record, and never an exception', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(decodeRecordLine(text)).toBeUndefined();
      }),
    );
    expect(decodeRecordLine(`{not json,"crc":"${crc32Hex('{not json')}"}`)).toBeUndefined();
  });
});
