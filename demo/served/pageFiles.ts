import { readFile, stat } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { APP_PAGE, CONTENT_SECURITY_POLICY } from '@milepost/desktop/main/protocol';
import { state } from '../../apps/desktop/test/driver/standIn/state.ts';
import { byteRange } from './byteRange.ts';
import type { Answer } from './server.ts';

// Every file of the page: its own few, the app's own page as the app serves it, icons and the video. Nothing else.

const OWN: ReadonlyMap<string, readonly [file: string, type: string]> = new Map([
  ['', ['page.html', 'text/html; charset=utf-8']],
  ['page.css', ['page.css', 'text/css; charset=utf-8']],
  ['page.js', ['page.js', 'text/javascript; charset=utf-8']],
]);
const POPOVER = 'popover/';
const ICON = /^icons\/(tray[A-Za-z]+Template@2x\.png)$/;
/** The page's own script talks to its server and holds the popover in a frame; the popover may do neither. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self' blob:; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** As Electron has it, but for the frame around it. */
const POPOVER_POLICY = CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'");

export function createPageFiles(of: {
  pageFolder: string;
  iconFolder: string;
  /** The text of the app's preload. */
  preload(): string;
  videoFile(): string | null;
}): (path: string, request: IncomingMessage) => Promise<Answer | undefined> {
  const own = (name: string) => readFile(join(of.pageFolder, name), 'utf8');

  async function popoverFile(name: string): Promise<Answer | undefined> {
    const headers = { 'content-security-policy': POPOVER_POLICY };
    if (name === 'preload.js') {
      const body = `${await own('frameWorld.js')}
(function (require, module, exports) {${of.preload()}
})(globalThis.demoRequire, { exports: {} }, {});`;
      return { headers: { ...headers, 'content-type': 'text/javascript; charset=utf-8' }, body };
    }
    const handler = state.protocols.get('app');
    if (handler === undefined) return undefined;
    const response = await handler(new Request(new URL(name, APP_PAGE)));
    if (response.status !== 200) return undefined;
    const type = response.headers.get('content-type') ?? '';
    const text = await response.text();
    // Before the page's first script, as Electron runs a preload.
    const body =
      name === 'index.html' ? text.replace('<head>', '<head><script src="./preload.js"></script>') : text;
    return { headers: { ...headers, 'content-type': type }, body };
  }

  async function video(request: IncomingMessage): Promise<Answer | undefined> {
    const file = of.videoFile();
    if (file === null) return undefined;
    const bytes = await readFile(file);
    const headers = { 'content-type': 'video/mp4', 'accept-ranges': 'bytes' };
    const range = byteRange(request.headers.range, bytes.length);
    if (range === undefined) return { headers, body: bytes };
    return {
      status: 206,
      headers: { ...headers, 'content-range': `bytes ${range.first}-${range.last}/${bytes.length}` },
      body: bytes.subarray(range.first, range.last + 1),
    };
  }

  return async (path, request) => {
    const [file, type] = OWN.get(path) ?? [];
    if (file !== undefined && type !== undefined) {
      return {
        headers: { 'content-type': type, 'content-security-policy': PAGE_POLICY },
        body: await own(file),
      };
    }
    if (path.startsWith(POPOVER)) return popoverFile(path.slice(POPOVER.length));
    if (path === 'video.mp4') return video(request);
    const icon = ICON.exec(path)?.[1];
    if (icon === undefined) return undefined;
    const iconFile = join(of.iconFolder, icon);
    if (!(await stat(iconFile).catch(() => undefined))?.isFile()) return undefined;
    return { headers: { 'content-type': 'image/png' }, body: await readFile(iconFile) };
  };
}
