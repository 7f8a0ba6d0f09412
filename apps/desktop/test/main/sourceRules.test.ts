import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { APP_ROOT } from '../driver/build.ts';

// What must not stand in the app's sources at all: rules of Electron's security checklist that no run can show.

const sources = ['main', 'preload', 'renderer', 'bridge', 'strings', '.']
  .flatMap((folder) => {
    const path = join(APP_ROOT, 'src', folder);
    return readdirSync(path, { withFileTypes: true, recursive: folder !== '.' }).map((entry) => ({
      path: join(entry.parentPath, entry.name),
      isFile: entry.isFile(),
    }));
  })
  .filter(({ path, isFile }) => isFile && /\.(tsx?|html)$/.test(path))
  .map(({ path }) => ({ name: path.slice(APP_ROOT.length + 1), text: readFileSync(path, 'utf8') }));

/** Each match as `file: match`. */
function found(pattern: RegExp): string[] {
  return sources.flatMap(({ name, text }) =>
    [...text.matchAll(pattern)].map(([match]) => `${name}: ${match}`),
  );
}

it('looks at the whole app', () => {
  const names = sources.map(({ name }) => name);
  expect(names).toContain('src/main/index.ts');
  expect(names).toContain('src/preload/index.ts');
  expect(names).toContain('src/renderer/App.tsx');
  expect(names).toContain('src/renderer/index.html');
  expect(names).toContain('src/bridge.ts');
});

describe('the app', () => {
  it('opens addresses in other programs only where they stand in the source, never what a host or a page says', () => {
    // A settings pane or a page of ours, as plain text.
    const plain = /openExternal\(\s*'(?:x-apple\.systempreferences:|https:\/\/)[^']*',?\s*\)/g;
    expect(found(/openExternal\(/g).length).toBe(found(plain).length);
  });

  it.each([
    ['opens or runs files by other programs', /\bopenPath\b/g],
    ['runs text in a page', /\bexecuteJavaScript/g],
    ['makes code of text', /\beval\(|new Function\(|insertAdjacentHTML|document\.write/g],
    ['makes markup of text', /dangerouslySetInnerHTML|\.(inner|outer)HTML\s*=/g],
    ['takes over protocols or headers of others', /\bbypassCSP|setCertificateVerifyProc|certificate-error/g],
    [
      'turns a safe default off',
      /webSecurity: false|sandbox: false|contextIsolation: false|nodeIntegration: true/g,
    ],
    ['turns on what is experimental', /experimentalFeatures: true|enableBlinkFeatures|webviewTag: true/g],
    ['loads pages from files or the network', /\bloadFile\(|loadURL\((?!APP_PAGE\b)/g],
    ['answers messages without a sender check', /ipcMain\.(on|once|handleOnce)\b/g],
    ['gives pages more of Electron than its bridge', /exposeInMainWorld\((?!API_NAME\b)/g],
  ])('never %s', (_what, pattern) => {
    expect(found(pattern)).toEqual([]);
  });
});
