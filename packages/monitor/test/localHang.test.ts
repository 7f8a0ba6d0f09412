import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { bundleProgram } from '@milepost/testing/bundle';
import { makeTempDir } from '@milepost/testing/tempDir';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** strace keeps the system call from its answer, as a mount does whose server is gone. */
const HANGS_MS = 3000;

it('files of this machine that do not answer end the connection by a deadline, as those of a host do', async () => {
  const temp = await makeTempDir();
  try {
    const program = await bundleProgram(new URL('./localHangMain.ts', import.meta.url), temp.path);
    const [hanging, healthy] = [join(temp.path, 'hanging.txt'), join(temp.path, 'healthy.txt')];
    await writeFile(hanging, 'x');
    await writeFile(healthy, 'xyz');
    const { stdout } = await run(
      'strace',
      [
        ...['-f', '-qq', '-o', '/dev/null', '-P', hanging, '-e', 'trace=statx,stat,newfstatat'],
        ...['-e', `inject=statx,stat,newfstatat:delay_enter=${HANGS_MS * 1000}:when=1`],
        ...[process.execPath, program, hanging, healthy],
      ],
      { timeout: 60_000, env: { ...process.env, UV_USE_IO_URING: '0' } },
    );
    const told = new Map<unknown, unknown>(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    );
    const found = { kind: 'file', size: 3, mtimeSeconds: expect.any(Number) };
    const late = {
      kind: 'timeout',
      what: `This machine did not answer within 0.3 s (looking at ${hanging}).`,
      next: expect.stringContaining('file system'),
    };
    expect(told.get('before')).toEqual(found);
    // Those that wait behind it end with it.
    expect(told.get('answers')).toEqual([found, ...Array.from({ length: 7 }, () => late)]);
    expect(told.get('isClosed')).toBe(true);
    expect(told.get('later')).toEqual(late);
    expect(told.get('again')).toEqual({
      ...late,
      what: `This machine still has not answered (looking at ${hanging}).`,
    });
    expect(told.get('lookup')).toBe('127.0.0.1');
    expect(told.get('isQuiet')).toBe(false);
    expect(told.get('isQuietLater')).toBe(true);
    expect(told.get('after')).toEqual(found);
  } finally {
    await temp.remove();
  }
});
