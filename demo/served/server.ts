import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

// A web server for one page of one person: on loopback, on a port that is free, everything under an address that nobody
// can guess. Whatever else is asked for is not found.

const MAX_BODY_BYTES = 64 * 1024;

export interface Answer {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  body: string | Uint8Array;
}

export interface Site {
  /** A file of the page, by its path below the address; undefined: there is none. */
  file(path: string, request: IncomingMessage): Promise<Answer | undefined>;
  /** What the page sends; undefined: no such place. Throws for what does not fit, which is answered with 400. */
  post(path: string, body: unknown): Promise<Answer | undefined>;
  /** A stream of events was opened: it stays until the page goes. */
  listen(response: ServerResponse): void;
}

export interface SiteServer {
  address: string;
  close(): Promise<void>;
}

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** `token` is the secret of the address, for tests. */
export async function startServer(
  site: Site,
  token = randomBytes(16).toString('base64url'),
): Promise<SiteServer> {
  const server = createServer((request, response) => {
    respond(request, response).catch(() => {
      if (!response.headersSent) send(response, { status: 500, body: 'Something failed in the demo.' });
      else response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('The page has no port.');
  const host = `127.0.0.1:${bound.port}`;
  const origin = `http://${host}`;

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = pathBelow(request, host, token);
    if (path === undefined) return notFound(response);
    if (request.method === 'GET' && path === 'events') {
      response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
      return site.listen(response);
    }
    if (request.method === 'GET') {
      const file = await site.file(path, request);
      return file === undefined ? notFound(response) : send(response, file);
    }
    // A browser names the page that a POST comes from; another page's is refused, address or not.
    if (request.method !== 'POST' || request.headers.origin !== origin) return notFound(response);
    let body: unknown;
    try {
      body = JSON.parse(await readBody(request));
    } catch {
      return send(response, { status: 400, body: 'Not understood.' });
    }
    const answer = await site.post(path, body);
    return answer === undefined ? notFound(response) : send(response, answer);
  }

  return {
    address: `${origin}/${token}/`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

/** The path below the address; undefined where the request is not for us, or does not know the address. */
function pathBelow(request: IncomingMessage, host: string, token: string): string | undefined {
  // Another name for this address is one that somebody else's page chose.
  if (request.headers.host !== host) return undefined;
  const [, first = '', ...rest] = (request.url ?? '').split('?')[0]?.split('/') ?? [];
  const [given, wanted] = [Buffer.from(first), Buffer.from(token)];
  const isKnown = given.length === wanted.length && timingSafeEqual(given, wanted) && rest.length > 0;
  return isKnown ? rest.join('/') : undefined;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) throw new Error('no bytes');
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) throw new Error('too large');
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: Answer): void {
  response.writeHead(status, { ...HEADERS, ...headers }).end(body);
}

function notFound(response: ServerResponse): void {
  send(response, { status: 404, headers: { 'content-type': 'text/plain' }, body: 'Not found' });
}
