import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type NetworkWatcher, networkWatcher, watchNetwork } from '../../src/main/networkWatch.ts';
import { isAlive } from '../driver/isAlive.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let watch: { stop(): void } | undefined;
let changes: number;
beforeEach(async () => {
  temp = await makeTempDir();
  await writeFile(join(temp.path, 'lines'), '');
  changes = 0;
});
afterEach(async () => {
  watch?.stop();
  watch = undefined;
  await temp.remove();
});

/** A program that prints what is appended to the file `lines`. */
function printer(): NetworkWatcher {
  const script = 'read first; echo "$first" > told; echo $$ > pid; exec tail -n +1 -f lines';
  return {
    command: '/bin/sh',
    args: ['-c', `cd ${temp.path}; ${script}`],
    input: 'watch\n',
    isChange: (line) => line.startsWith('change'),
  };
}
function start(watcher: NetworkWatcher | null): void {
  watch = watchNetwork({
    watcher,
    changed: () => {
      changes += 1;
    },
    settleMs: 50,
    restartMs: 50,
  });
}
const say = (text: string): Promise<void> => appendFile(join(temp.path, 'lines'), text);
async function pid(): Promise<number> {
  return waitFor('the program', async () => {
    const text = await readFile(join(temp.path, 'pid'), 'utf8').catch(() => '');
    return text.endsWith('\n') ? Number(text) : null;
  });
}

it('tells a change once, however many lines it comes in, and no other line', async () => {
  start(printer());
  await say('hello\nchange a\nchange b\nchange c\n');
  await waitFor('the change', () => changes > 0);
  await say('hello\n');
  await say('change d\n');
  await waitFor('the second change', () => changes > 1);
  expect(changes).toBe(2);
  expect(await readFile(join(temp.path, 'told'), 'utf8')).toBe('watch\n');
});

it('starts the program again when it has ended', async () => {
  start(printer());
  const first = await pid();
  process.kill(first);
  await waitFor('another', async () => (await pid()) !== first);
  await say('change\n');
  await waitFor('the change', () => changes > 0);
});

it('ends the program, and tells nothing any more', async () => {
  start(printer());
  const running = await pid();
  watch?.stop();
  await waitFor('the program to end', () => !isAlive(running));
  expect(changes).toBe(0);
});

it('does without a program that is not there', async () => {
  start({ command: join(temp.path, 'nothing'), args: [], input: 'x', isChange: () => true });
  start(null);
  await new Promise((resolve) => setTimeout(resolve, 10));
  expect(changes).toBe(0);
});

describe("the system's own program", () => {
  it('is told on macOS to watch the default route and every address', () => {
    const watcher = networkWatcher('darwin');
    expect(watcher?.command).toBe('/usr/sbin/scutil');
    expect(watcher?.input.split('\n')).toEqual([
      'n.add State:/Network/Global/IPv4',
      'n.add State:/Network/Global/IPv6',
      'n.add State:/Network/Interface/[^/]+/IPv4 pattern',
      'n.watch',
      '',
    ]);
    // Two wordings are known of it; nothing but the key counts.
    expect(watcher?.isChange('  changed key [0] = State:/Network/Global/IPv4')).toBe(true);
    expect(watcher?.isChange('  changedKey [0] = State:/Network/Interface/utun4/IPv4')).toBe(true);
    expect(watcher?.isChange('notification callback (store address = 0x600003a5c000).')).toBe(false);
  });

  it('is known on no other system than macOS and Linux', () => {
    expect(networkWatcher('linux')?.args).toContain('monitor');
    expect(networkWatcher('win32')).toBeNull();
  });
});
