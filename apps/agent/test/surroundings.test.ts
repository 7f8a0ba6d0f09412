import { execFileSync } from 'node:child_process';
import { mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import { installAgent } from '@milepost/testing/installAgent';
import { PYTHON } from '@milepost/testing/python';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ensureAgentBuilt } from '../../../scripts/ensureBuilt.mjs';
import { runToEnd } from './runToEnd.ts';
import { treeOf } from './tree.ts';

// Begun in a virtual environment on a host, resumed over a real ssh, which brings nothing of it along.

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let sshd: TestSshd;
let agent: string;
beforeEach(async () => {
  temp = await makeTempDir();
  sshd = await startSshd({ dir: temp.path });
  agent = await ensureAgentBuilt();
  await installAgent(sshd.home, agent, MILEPOST_VERSION);
});
afterEach(async () => {
  await sshd.stop();
  await temp.remove();
});

const SECRETS = {
  AWS_SECRET_ACCESS_KEY: 'hush-aws',
  GITHUB_TOKEN: 'hush-github',
  PYTHON_API_KEY: 'hush-python',
  CUDA_TOKEN: 'hush-cuda',
  LC_SECRET: 'hush-lc',
  DB_PASSWORD: 'hush-db',
};

const PROGRAM = `import json, os, sys
first, count = int(sys.argv[1]), int(sys.argv[2])
if first == 1 and not os.path.exists("go"):
    open("waiting", "w").close()
    import time
    while True: time.sleep(0.05)
names = ["VIRTUAL_ENV", "PYTHONPATH", "CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS", "LC_ALL", "TZ", "MODEL"]
print(json.dumps({
    "executable": sys.executable, "prefix": sys.prefix, "cwd": os.getcwd(),
    "umask": oct(os.umask(0)), "path": os.environ["PATH"].split(":")[0], "env": {name: os.environ.get(name) for name in names},
}))
`;

describe('a job begun in a virtual environment', () => {
  test('has over ssh, from an empty environment, the same interpreter, folder and variables; no secret was kept', async () => {
    const work = join(temp.path, 'a folder', 'of work');
    const venv = join(temp.path, 'venv');
    await mkdir(work, { recursive: true });
    execFileSync(PYTHON, ['-m', 'venv', '--without-pip', venv]);
    await writeFile(join(work, 'gen.py'), PROGRAM);
    const env = {
      HOME: sshd.home,
      PATH: `${venv}/bin:${process.env['PATH'] ?? ''}`,
      VIRTUAL_ENV: venv,
      PYTHONPATH: join(work, 'lib'),
      CUDA_VISIBLE_DEVICES: '1',
      OMP_NUM_THREADS: '3',
      LC_ALL: 'C.UTF-8',
      TZ: 'Asia/Tokyo',
      MODEL: 'large one',
      ...SECRETS,
    };
    const command = ['python', 'gen.py', '{start}', '{count}'];
    const started = runToEnd(
      process.execPath,
      [
        agent,
        'run',
        '--name',
        'venv',
        '--dir',
        'out',
        '--total',
        '3',
        '--every',
        '1',
        '--env',
        'MODEL',
        '--',
        ...command,
      ],
      { cwd: work, env },
    );
    await waitFor('the second batch', () => stat(join(work, 'waiting')));
    await waitFor('the first checkpoint', () => stat(join(work, 'out', 'checkpoint_00000')));
    started.child.kill('SIGKILL');
    await started.ended;
    await writeFile(join(work, 'go'), '');

    const resumed = runToEnd(
      'ssh',
      [
        '-F',
        sshd.config,
        '-o',
        'BatchMode=yes',
        sshd.alias,
        'env -i HOME="$HOME" "$HOME/.local/bin/milepost" resume venv',
      ],
      { env: { PATH: process.env['PATH'] ?? '', HOME: temp.path } },
    );
    expect(await resumed.ended).toMatchObject({ code: 0 });

    const printed = await Promise.all(
      [0, 1, 2].map(async (first) =>
        JSON.parse(await readFile(join(work, 'out', `checkpoint_0000${first}`), 'utf8')),
      ),
    );
    expect(printed[0]).toMatchObject({
      executable: join(venv, 'bin', 'python'),
      prefix: venv,
      cwd: await realpath(work),
      path: join(venv, 'bin'),
      env: {
        VIRTUAL_ENV: venv,
        CUDA_VISIBLE_DEVICES: '1',
        OMP_NUM_THREADS: '3',
        TZ: 'Asia/Tokyo',
        MODEL: 'large one',
      },
    });
    expect(printed[1]).toEqual(printed[0]);
    expect(printed[2]).toEqual(printed[0]);

    const kept = JSON.stringify([
      await treeOf(join(work, 'out')),
      await treeOf(join(sshd.home, '.local', 'state')),
    ]);
    expect(kept).toContain('large one');
    for (const secret of Object.values(SECRETS)) expect(kept).not.toContain(secret);
    expect((await stat(join(work, 'out', '.milepost', 'job.json'))).mode & 0o777).toBe(0o600);
  });
});
