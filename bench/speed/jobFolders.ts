import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointName, type JobPaths, jobPaths } from '@milepost/checkpoint/paths';
import { type BatchedJob, batchedJobSchema } from '@milepost/shared/job';
import { encodeRecordLine } from '@milepost/shared/recordLine';

/** A folder with a job's layout and nothing in it. */
export function emptyJobFolder(under: string): JobPaths {
  const paths = jobPaths(mkdtempSync(join(under, 'job-')));
  mkdirSync(paths.scratch, { recursive: true, mode: 0o700 });
  return paths;
}

/** A job of `batches` batches of one item; all their checkpoints, of 16 bytes, are saved but the last one's. */
export function savedJob(under: string, batches: number): JobPaths {
  const paths = emptyJobFolder(under);
  const record: BatchedJob = batchedJobSchema.parse({
    version: 1,
    id: `bench-${batches}`,
    uid: '00000000-0000-4000-8000-000000000000',
    name: 'bench',
    createdAt: '2026-01-01T00:00:00.000Z',
    kind: 'batched',
    command: ['true'],
    total: batches,
    unit: 'items',
    every: { items: 1 },
    jobs: 1,
    retries: 0,
    keepGoing: false,
    batchTimeoutSeconds: null,
    extension: '.txt',
    output: 'stdout',
    merge: null,
    final: null,
    width: Math.max(5, String(batches).length),
    surroundings: { cwd: paths.dir, umask: '0022', program: '/bin/true', env: {} },
  });
  writeFileSync(paths.job, JSON.stringify(record), { mode: 0o600 });
  const lines: string[] = [];
  for (let first = 0; first < batches - 1; first += 1) {
    const file = checkpointName(first, record.width, record.extension);
    writeFileSync(join(paths.dir, file), 'sixteen bytes .\n');
    lines.push(
      encodeRecordLine({
        version: 1,
        index: first,
        first,
        count: 1,
        file,
        bytes: 16,
        sha256: '0'.repeat(64),
        seconds: 1,
        attempt: 1,
        at: '2026-01-01T00:00:00.000Z',
      }),
    );
  }
  writeFileSync(paths.ledger, lines.join(''), { mode: 0o600 });
  return paths;
}
