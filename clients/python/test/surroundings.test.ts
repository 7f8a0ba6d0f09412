import { keptVariables } from '@milepost/checkpoint/surroundings';
import { MILEPOST_VERSION } from '@milepost/shared/version';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePythonHome, type PythonHome, pythons } from './pythonHome.ts';

let home: PythonHome;
beforeEach(async () => {
  home = await makePythonHome();
});
afterEach(() => home.remove());

test('the variables that are kept are those that the agent keeps', async () => {
  const word = fc.constantFrom(
    ...[
      'PATH',
      'VIRTUAL_ENV',
      'LD_LIBRARY_PATH',
      'LANG',
      'TZ',
      'CONDA_',
      'CONDA',
      'PYTHON',
      'python',
      'CUDA_',
      'OMP_',
    ],
    ...['LC_', 'LC', '_TOKEN', 'SECRET', 'Password', 'KEY', 'monkey', 'HOME', 'X', '_', 'ALL'],
  );
  const name = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(''));
  const given = fc.sample(
    fc.record({
      env: fc.dictionary(name, fc.string(), { maxKeys: 12, noNullPrototype: true }),
      named: fc.array(name, { maxLength: 3 }),
    }),
    { numRuns: 500 },
  );
  await home.write(
    'ask.py',
    'import json, sys, milepost\nprint(json.dumps([milepost._kept_variables(g["env"], g["named"]) for g in json.load(sys.stdin)]))\n',
  );
  const { stdout } = await home.run(['ask.py'], { input: JSON.stringify(given) });
  expect(JSON.parse(stdout)).toEqual(given.map(({ env, named }) => keptVariables(env, named)));
});

test('one file that Python 3.8 reads, with its own words in its help', async () => {
  const parse =
    'import pathlib, ast; ast.parse(pathlib.Path(m.__file__).read_text(), feature_version=(3, 8)); help(m.Job)';
  for (const python of pythons()) {
    const ended = await home.run(['-c', `import milepost as m; ${parse}`], {
      python,
      flags: ['-W', 'error'],
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('every: How much a batch holds');
  }
});

test('it carries the version of all the rest', async () => {
  const { stdout } = await home.run(['-c', 'import milepost; print(milepost.__version__)']);
  expect(stdout).toBe(`${MILEPOST_VERSION}\n`);
});

test('on macOS what was saved has left the memory of the drive too, where the file system can', async () => {
  await home.write(
    'gen.py',
    `
import errno, fcntl, os
fcntl.F_FULLFSYNC = 51
full, plain, fsync = [], [], os.fsync
def control(file, command):
    path = os.readlink(f"/proc/self/fd/{file}")
    if path.endswith("PROGRESS.txt.%d.tmp" % os.getpid()):
        raise OSError(errno.ENOTSUP, "not here")
    full.append(path)
fcntl.fcntl = control
os.fsync = lambda file: plain.append(os.readlink(f"/proc/self/fd/{file}"))
import milepost
job = milepost.Job("out", total=1, ext=".txt")
for batch in job.batches():
    job.save(batch, b"x")
print({os.path.basename(path).split(".")[1] for path in plain}, any(path.endswith("ledger.jsonl") for path in full))
print(any(path.endswith("checkpoint_00000.txt") for path in full))
`,
  );
  expect(await home.run(['gen.py'])).toMatchObject({
    code: 0,
    stderr: '',
    stdout: "{'PROGRESS'} True\nTrue\n",
  });
});
