import { expect, it } from 'vitest';
import { diagnosticsOf } from '../../src/main/diagnostics.ts';
import { interruptedJob, NOW, sampleHost } from '../sampleViews.ts';

const about = { version: '0.1.0', platform: 'darwin arm64', now: NOW };

it('says what a bug report needs, and nothing private that a host may have quoted', () => {
  const job = interruptedJob({
    reason:
      'cp /home/ada/x to ec2-user@10.0.3.17 failed: AWS_SECRET_KEY=abc123 token: hunter2 aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8',
  });
  const text = diagnosticsOf({ hosts: [sampleHost()], jobs: [job], problem: null }, job.key, about) ?? '';
  expect(text).toContain('Milepost: 0.1.0 on darwin arm64');
  expect(text).toContain('State: interrupted');
  expect(text).toContain('Run: run-00000001');
  for (const secret of ['ada', '10.0.3.17', 'ec2-user', 'abc123', 'hunter2', 'aGVsbG8']) {
    expect(text).not.toContain(secret);
  }
  expect(diagnosticsOf({ hosts: [], jobs: [], problem: null }, job.key, about)).toBeUndefined();
});
