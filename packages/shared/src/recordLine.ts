import { crc32Hex } from './crc32.ts';

/**
 * One record of an append-only file as a line: JSON in ASCII (everything else as `\uXXXX`), its last key `crc` the
 * CRC-32 of what stands before `,"crc"`, then a newline. Python's `json.dumps(record, separators=(",", ":"))` gives
 * the same text.
 */
export function encodeRecordLine(record: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify(record).replace(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const body = json.slice(0, -1);
  return `${body},"crc":"${crc32Hex(body)}"}\n`;
}

const TAIL = /^,"crc":"([0-9a-f]{8})"\}$/;
const TAIL_LENGTH = ',"crc":"00000000"}'.length;

/**
 * The record of one line (without its newline), or undefined where the line is torn, altered or no record at all.
 * What is in the record is still to be parsed by its schema.
 */
export function decodeRecordLine(line: string): unknown {
  const match = TAIL.exec(line.slice(-TAIL_LENGTH));
  if (match === null) return undefined;
  const body = line.slice(0, -TAIL_LENGTH);
  if (!/^[\u0000-\u007f]*$/.test(body) || crc32Hex(body) !== match[1]) return undefined;
  try {
    return JSON.parse(`${body}}`);
  } catch {
    return undefined;
  }
}
