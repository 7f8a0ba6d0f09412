import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY, createAppHandler } from '../../src/main/protocol.ts';

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let handle: (request: Request) => Promise<Response>;
beforeAll(async () => {
  temp = await makeTempDir();
  await mkdir(join(temp.path, 'renderer'));
  await writeFile(join(temp.path, 'secret.txt'), 'secret');
  for (const name of ['index.html', 'renderer.js', 'renderer.css', 'other.html']) {
    await writeFile(join(temp.path, 'renderer', name), name);
  }
  handle = createAppHandler(join(temp.path, 'renderer'));
});
afterAll(() => temp.remove());

it.each([
  ['index.html', 'text/html; charset=utf-8'],
  ['renderer.js', 'text/javascript; charset=utf-8'],
  ['renderer.css', 'text/css; charset=utf-8'],
])('serves %s with the policy in its headers', async (name, type) => {
  const response = await handle(new Request(`app://milepost/${name}`));
  expect(response.status).toBe(200);
  expect(await response.text()).toBe(name);
  expect(response.headers.get('content-type')).toBe(type);
  expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
});

it.each([
  'app://milepost/',
  'app://milepost/other.html',
  'app://milepost/../secret.txt',
  'app://milepost/..%2fsecret.txt',
  'app://milepost/%2e%2e/secret.txt',
  'app://milepost//etc/passwd',
  'app://milepost/index.html/..%5c..%5csecret.txt',
  'app://other/index.html',
])('does not serve %s', async (url) => {
  const response = await handle(new Request(url));
  expect(response.status).toBe(404);
  expect(response.headers.get('content-security-policy')).toBe(CONTENT_SECURITY_POLICY);
});

it('answers GET only', async () => {
  const response = await handle(new Request('app://milepost/index.html', { method: 'POST' }));
  expect(response.status).toBe(404);
});
