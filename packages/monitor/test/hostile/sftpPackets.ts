// SFTP version 3 as it is on the wire, from the server's side: what ssh2's own server would not let a test say.

const REQUESTS = {
  1: 'init',
  3: 'open',
  4: 'close',
  5: 'read',
  7: 'lstat',
  8: 'fstat',
  11: 'opendir',
  12: 'readdir',
  16: 'realpath',
  17: 'stat',
  19: 'readlink',
} as const;
const ANSWERS = { version: 2, status: 101, handle: 102, data: 103, name: 104, attrs: 105 } as const;

export type SftpOp = (typeof REQUESTS)[keyof typeof REQUESTS] | 'other';

export interface SftpRequest {
  op: SftpOp;
  id: number;
  /** The path that was named, or the handle of an earlier answer. */
  name: string;
  /** Of a read. */
  offset: number;
  length: number;
}

export const STATUS = { ok: 0, eof: 1, noSuchFile: 2, denied: 3, failure: 4 } as const;
export const MODE = { file: 0o100644, folder: 0o40755, fifo: 0o10644, link: 0o120777 } as const;

/** What is left out is not sent at all. */
export interface Attrs {
  mode?: number;
  size?: number | bigint;
  mtimeSeconds?: number;
}

/** The requests in what came over a channel; what is no whole one yet stays for the next call. */
export function createRequestReader(): (bytes: Buffer) => SftpRequest[] {
  let rest = Buffer.alloc(0);
  return (bytes) => {
    rest = Buffer.concat([rest, bytes]);
    const requests: SftpRequest[] = [];
    while (rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const end = 4 + rest.readUInt32BE(0);
      requests.push(requestOf(rest.subarray(4, end)));
      rest = rest.subarray(end);
    }
    return requests;
  };
}

function requestOf(packet: Buffer): SftpRequest {
  const type = packet[0] ?? 0;
  const op = Object.entries(REQUESTS).find(([number]) => Number(number) === type)?.[1] ?? 'other';
  const id = packet.length >= 5 ? packet.readUInt32BE(1) : 0;
  if (op === 'init' || op === 'other') return { op, id, name: '', offset: 0, length: 0 };
  const end = 9 + packet.readUInt32BE(5);
  const isRead = op === 'read';
  return {
    op,
    id,
    name: packet.subarray(9, end).toString('utf8'),
    offset: isRead ? Number(packet.readBigUInt64BE(end)) : 0,
    length: isRead ? packet.readUInt32BE(end + 8) : 0,
  };
}

export const encode = {
  version: (): Buffer => packet(ANSWERS.version, uint32(3)),
  status: (id: number, code: number, message = ''): Buffer =>
    packet(ANSWERS.status, uint32(id), uint32(code), string(message), string('')),
  handle: (id: number, handle: string): Buffer => packet(ANSWERS.handle, uint32(id), string(handle)),
  data: (id: number, bytes: Buffer): Buffer => packet(ANSWERS.data, uint32(id), string(bytes)),
  attrs: (id: number, attrs: Attrs): Buffer => packet(ANSWERS.attrs, uint32(id), attrsOf(attrs)),
  name: (id: number, names: readonly (string | Buffer)[]): Buffer =>
    packet(
      ANSWERS.name,
      uint32(id),
      uint32(names.length),
      ...names.flatMap((name) => [string(name), string(''), attrsOf({})]),
    ),
};

function attrsOf({ mode, size, mtimeSeconds }: Attrs): Buffer {
  const parts: Buffer[] = [];
  let flags = 0;
  if (size !== undefined) {
    flags |= 1;
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(BigInt(size));
    parts.push(bytes);
  }
  if (mode !== undefined) {
    flags |= 4;
    parts.push(uint32(mode));
  }
  if (mtimeSeconds !== undefined) {
    flags |= 8;
    parts.push(uint32(mtimeSeconds), uint32(mtimeSeconds));
  }
  return Buffer.concat([uint32(flags), ...parts]);
}

function packet(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...parts]);
  return Buffer.concat([uint32(body.length), body]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uint32(bytes.length), bytes]);
}
