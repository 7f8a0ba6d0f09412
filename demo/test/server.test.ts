import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { byteRange } from '../served/byteRange.ts';
import { type Site, type SiteServer, startServer } from '../served/server.ts';

const posted: unknown[] = [];
const site: Site = {
  file: async (path) => (path === '' ? { body: 'the page' } : undefined),
  async post(path, body) {
    if (path !== 'act') return undefined;
    posted.push(body);
    return { body: 'null' };
  },
  listen: (response) => void response.end(),
};

let server: SiteServer;
beforeEach(async () => {
  posted.length = 0;
  server = await startServer(site);
});
afterEach(() => server.close());

/** Asks by hand: fetch would not let a test choose such headers. */
function ask(
  url: string,
  {
    method = 'GET',
    headers = {},
    body = '',
  }: { method?: string; headers?: Record<string, string>; body?: string } = {},
): Promise<{ status: number | undefined; text: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      response.on('end', () => resolve({ status: response.statusCode, text, headers: response.headers }));
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

describe('the page’s server', () => {
  it('listens on loopback only, at an address that cannot be guessed', () => {
    expect(server.address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/[\w-]{22}\/$/);
  });

  it('answers whoever has the address, and tells nobody where it was', async () => {
    const { status, text, headers } = await ask(server.address);
    expect([status, text]).toEqual([200, 'the page']);
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'x-content-type-options': 'nosniff' });
  });

  it.each(['', 'x/', 'index.html', '../', `${'A'.repeat(22)}/`, `${'A'.repeat(22)}/events`])(
    'has nothing at /%s',
    async (path) => {
      expect((await ask(new URL(`/${path}`, server.address).href)).status).toBe(404);
    },
  );

  it('has nothing at the address without its end, nor at a longer one', async () => {
    expect((await ask(server.address.slice(0, -1))).status).toBe(404);
    expect((await ask(`${server.address.slice(0, -1)}A/`)).status).toBe(404);
  });

  it('is not there under another host name, as a page elsewhere might have it resolve', async () => {
    expect((await ask(server.address, { headers: { host: 'evil.example' } })).status).toBe(404);
  });

  it.each([undefined, 'https://evil.example', 'null'])('takes nothing from a page of %s', async (origin) => {
    const headers: Record<string, string> = origin === undefined ? {} : { origin };
    const { status } = await ask(`${server.address}act`, { method: 'POST', headers, body: '{}' });
    expect(status).toBe(404);
    expect(posted).toEqual([]);
  });

  it('takes what its own page sends', async () => {
    const { origin } = new URL(server.address);
    const own = { method: 'POST', headers: { origin } };
    expect((await ask(`${server.address}act`, { ...own, body: '{"a":1}' })).status).toBe(200);
    expect((await ask(`${server.address}other`, { ...own, body: '{}' })).status).toBe(404);
    expect((await ask(`${server.address}act`, { ...own, body: 'no JSON' })).status).toBe(400);
    expect((await ask(`${server.address}act`, { ...own, body: `"${'x'.repeat(70_000)}"` })).status).toBe(400);
    expect(posted).toEqual([{ a: 1 }]);
  });
});

describe('a range of bytes', () => {
  it.each([
    ['bytes=0-', { first: 0, last: 99 }],
    ['bytes=10-19', { first: 10, last: 19 }],
    ['bytes=90-500', { first: 90, last: 99 }],
    ['bytes=-10', { first: 90, last: 99 }],
    ['bytes=-500', { first: 0, last: 99 }],
    ['bytes=100-', undefined],
    ['bytes=20-10', undefined],
    ['bytes=-', undefined],
    ['bytes=1-2,4-5', undefined],
    ['lines=1-2', undefined],
    [undefined, undefined],
  ])('%s', (header, wanted) => {
    expect(byteRange(header, 100)).toEqual(wanted);
  });
});
