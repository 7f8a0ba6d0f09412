import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';

// Electron's archive, read by its format and not by the tool that wrote it.

const integritySchema = z.object({
  algorithm: z.literal('SHA256'),
  hash: z.string(),
  blockSize: z.number().int().positive(),
  blocks: z.array(z.string()),
});
const fileSchema = z.object({ size: z.number(), offset: z.string(), integrity: integritySchema });
const folderSchema = z.object({
  get files() {
    return z.record(z.string(), z.union([folderSchema, fileSchema]));
  },
});

export interface AsarFile {
  path: string;
  data: Buffer;
}

/**
 * Every file of the archive, with the hash of its table of contents, which Info.plist has to name. Throws where a file
 * lies outside (unpacked), or differs from its own hashes.
 */
export async function readAsar(archive: string): Promise<{ headerHash: string; files: AsarFile[] }> {
  const bytes = await readFile(archive);
  const headerEnd = 8 + bytes.readUInt32LE(4);
  const header = bytes.subarray(16, 16 + bytes.readUInt32LE(12));
  const files: AsarFile[] = [];

  function walk(folder: z.infer<typeof folderSchema>, under: string): void {
    for (const [name, entry] of Object.entries(folder.files)) {
      const path = `${under}${name}`;
      if ('files' in entry) {
        walk(entry, `${path}/`);
        continue;
      }
      const from = headerEnd + Number(entry.offset);
      const data = bytes.subarray(from, from + entry.size);
      const { hash, blockSize, blocks } = entry.integrity;
      const found = Array.from({ length: blocks.length }, (_, at) =>
        sha256(data.subarray(at * blockSize, (at + 1) * blockSize)),
      );
      if (sha256(data) !== hash || found.join() !== blocks.join()) {
        throw new Error(`${path} is not what its hash in the archive says.`);
      }
      files.push({ path, data });
    }
  }
  walk(folderSchema.parse(JSON.parse(header.toString('utf8'))), '');
  return { headerHash: sha256(header), files };
}

export function sha256(data: Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}
