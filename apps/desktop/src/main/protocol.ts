import { readFile } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import type { CustomScheme } from 'electron';

// The app's own pages, under app://milepost/. Nothing else is served.

export const APP_ORIGIN = 'app://milepost';
export const APP_PAGE = `${APP_ORIGIN}/index.html`;

/** To be registered once, before the app is ready. */
export const APP_SCHEME: CustomScheme = {
  scheme: 'app',
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

export const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Every file that the page may ask for, with its type. */
const FILES: ReadonlyMap<string, string> = new Map([
  ['/index.html', 'text/html; charset=utf-8'],
  ['/renderer.js', 'text/javascript; charset=utf-8'],
  ['/renderer.css', 'text/css; charset=utf-8'],
]);

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-store',
};

/** Answers the app's scheme with the files of `folder` that are on the list; everything else is 404. */
export function createAppHandler(folder: string): (request: Request) => Promise<Response> {
  const root = resolve(folder);
  return async (request) => {
    const url = new URL(request.url);
    const type = FILES.get(url.pathname);
    const path = resolve(join(root, url.pathname));
    if (
      request.method !== 'GET' ||
      url.host !== new URL(APP_PAGE).host ||
      type === undefined ||
      !path.startsWith(root + sep)
    ) {
      return new Response('Not found', { status: 404, headers: HEADERS });
    }
    return new Response(await readFile(path), { headers: { ...HEADERS, 'content-type': type } });
  };
}
