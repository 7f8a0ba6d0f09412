import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensureAgentBuilt } from '../ensureBuilt.mjs';
import { projectRoot } from '../runScript.mjs';

const documents = [
  'README.md',
  ...readdirSync(join(projectRoot, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(join(projectRoot, 'examples')).map((name) => `examples/${name}/README.md`),
].filter((file) => existsSync(join(projectRoot, file)));

/** @param {string} file */
const read = (file) => readFileSync(join(projectRoot, file), 'utf8');

const commands = [
  'run',
  'resume',
  'status',
  'list',
  'watch',
  'stop',
  'logs',
  'merge',
  'verify',
  'clean',
  'forget',
  'fetch',
];

/** @type {Map<string, Set<string>>} the options of each command, by its own --help */
const options = new Map();

beforeAll(async () => {
  const agent = await ensureAgentBuilt();
  for (const command of commands) {
    const help = execFileSync(process.execPath, [agent, command, '--help'], { encoding: 'utf8' });
    const found = [...help.matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, option]) => option ?? '');
    options.set(command, new Set(found));
  }
});

/** The lines of a document's blocks of shell, with continued ones joined. @param {string} file */
const shellLines = (file) =>
  [...read(file).matchAll(/^ *```sh\n([\s\S]*?)^ *```/gm)].flatMap(([, block]) =>
    (block ?? '').replaceAll(/\\\n\s*/g, ' ').split('\n'),
  );

describe.each(documents)('%s', (file) => {
  it('links only to what is there, headings too', () => {
    const text = read(file).replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
    const broken = [...text.matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)]
      .map(([, link, image]) => link ?? image ?? '')
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? join(projectRoot, file) : resolve(projectRoot, dirname(file), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
      });
    expect(broken).toEqual([]);
  });

  it('gives milepost only options that it has', () => {
    const wrong = shellLines(file).flatMap((line) => {
      const [, command = '', rest = ''] = /\bmilepost (\w+)(.*)$/.exec(line) ?? [];
      const known = options.get(command);
      if (known === undefined) return [];
      const own = (rest.split(' -- ')[0] ?? '').replaceAll(/'[^']*'/g, '').split(' #')[0] ?? '';
      return [...own.matchAll(/(?<=\s)--[a-z][a-z-]*/g)]
        .map(([option]) => option)
        .filter((option) => !known.has(option))
        .map((option) => `${command} ${option}`);
    });
    expect(wrong).toEqual([]);
  });

  it('names only scripts that package.json has', () => {
    const scripts = Object.keys(JSON.parse(read('package.json')).scripts);
    const named = [...read(file).matchAll(/\b(?:npm run|pnpm) ([a-z]+)/g)].map(([, name]) => name ?? '');
    expect(named.filter((name) => !scripts.includes(name))).toEqual([]);
  });
});

it('every option of every command stands in the documents', () => {
  const all = documents.map(read).join('\n');
  const missing = [...options].flatMap(([command, of]) =>
    [...of]
      .filter((option) => option !== '--help' && !all.includes(`${option}`))
      .map((option) => `${command} ${option}`),
  );
  expect([...(options.get('run') ?? [])].length).toBeGreaterThan(15);
  expect(missing).toEqual([]);
});

it('what the page on troubles quotes is what the programs say', () => {
  const source = ['apps/agent/src', 'apps/desktop/src', 'packages/monitor/src', 'packages/checkpoint/src']
    .flatMap((folder) =>
      readdirSync(join(projectRoot, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => /\.tsx?$/.test(name))
        .map((name) => read(join(folder, name))),
    )
    .concat(read('clients/python/milepost.py'))
    .join('\n')
    // What is filled in, as the page writes it.
    .replaceAll(/\$\{\w+(?:\.\w+)?\} \(\$\{\w+\}\)/g, 'HOST')
    .replaceAll(/\$\{(?:destination|host)\}/g, 'HOST');
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^\| "([^"]+)"/gm)].map(
    ([, text]) => text ?? '',
  );
  expect(quoted.length).toBeGreaterThan(20);
  expect(quoted.filter((text) => !source.includes(text))).toEqual([]);
});

/** The anchors that a page's headings get. @param {string} text */
function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
