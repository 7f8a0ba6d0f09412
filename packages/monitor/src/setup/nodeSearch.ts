import { cleanText, quoteShell, stripTerminal } from '@milepost/shared/text';

// Which Node a host has, and how it would get one. Pure: the script is run by checkHost.ts.

/** What the agent needs. */
export const MIN_NODE_MAJOR = 20;
/** What is installed where there is none. */
const INSTALL_MAJOR = 22;

export interface FoundNode {
  /** Absolute, on the host. */
  path: string;
  /** As it says it, `v20.11.1`. */
  version: string;
}

/** What a host said of itself. */
export interface HostSystem {
  /** $HOME of commands that run there; null: it said none that can be used. */
  home: string | null;
  /** `uname -s`, such as `Linux`. */
  kernel: string;
  /** ID and VERSION_ID of os-release; empty where there is none. */
  os: string;
  osVersion: string;
  /** Package managers that are there, with their paths. */
  tools: ReadonlyMap<string, string>;
  /** In the order in which they are to be preferred. */
  nodes: readonly FoundNode[];
}

/** Places of node besides the PATH, for sh; versions of a manager stand in any order. */
const PLACES = [
  '/usr/local/bin/node',
  '/usr/bin/node /usr/bin/node-2[0-9]',
  '/opt/homebrew/bin/node /snap/bin/node',
  '"$HOME"/.local/bin/node "$HOME"/.volta/bin/node "$HOME"/n/bin/node',
  '"$HOME"/.nvm/versions/node/*/bin/node',
  '"$HOME"/.local/share/fnm/node-versions/*/installation/bin/node',
  '"$HOME"/.asdf/installs/nodejs/*/bin/node "$HOME"/.local/share/mise/installs/node/*/bin/node',
  ...[
    '"$HOME"/miniconda3',
    '"$HOME"/anaconda3',
    '"$HOME"/miniforge3',
    '"$HOME"/mambaforge',
    '/opt/conda',
  ].map((base) => `${base}/bin/node ${base}/envs/*/bin/node`),
];

const TOOLS = ['brew', 'apk', 'dnf', 'apt-get', 'pacman', 'zypper', 'snap', 'conda', 'curl'];

/** Only looks: it changes nothing, and runs nothing but `--version` of what it finds. For `sh -c`. */
export const SEARCH_SCRIPT = [
  'limit=; command -v timeout >/dev/null 2>&1 && limit="timeout 5"',
  'try() {',
  '  [ -f "$1" ] && [ -x "$1" ] || return 0',
  '  printf \'node\\t%s\\t%s\\n\' "$($limit "$1" --version </dev/null 2>/dev/null | head -n 1)" "$1"',
  '}',
  'printf \'home\\t%s\\n\' "$HOME"',
  'printf \'kernel\\t%s\\n\' "$(uname -s)"',
  '[ -r /etc/os-release ] && (. /etc/os-release; printf \'os\\t%s\\t%s\\n\' "$ID" "$VERSION_ID")',
  'found=$(command -v node 2>/dev/null) && try "$found"',
  `for found in ${PLACES.join(' ')}; do try "$found"; done`,
  `for tool in ${TOOLS.join(' ')}; do found=$(command -v "$tool" 2>/dev/null) && printf 'tool\\t%s\\t%s\\n' "$tool" "$found"; done`,
  'for found in "$HOME"/miniconda3 "$HOME"/anaconda3 "$HOME"/miniforge3 "$HOME"/mambaforge /opt/conda; do',
  '  [ -x "$found/bin/conda" ] && printf \'tool\\tconda\\t%s\\n\' "$found/bin/conda"',
  'done',
  '[ -s "$HOME/.nvm/nvm.sh" ] && printf \'tool\\tnvm\\t%s\\n\' "$HOME/.nvm/nvm.sh"',
  'exit 0',
].join('\n');

/** Reads what {@link SEARCH_SCRIPT} printed; what a login shell printed before it is skipped. */
export function parseSearch(stdout: string): HostSystem {
  const nodes: FoundNode[] = [];
  const tools = new Map<string, string>();
  let home: string | null = null;
  let kernel = '';
  let os = '';
  let osVersion = '';
  for (const line of stdout.split('\n')) {
    const [kind, first = '', second = ''] = line.split('\t');
    if (kind === 'home' && isPlainPath(first)) home = first;
    else if (kind === 'kernel') kernel = cleanText(first, 40);
    else if (kind === 'os') [os, osVersion] = [cleanText(first, 40), cleanText(second, 40)];
    else if (kind === 'tool' && isPlainPath(second) && !tools.has(first)) tools.set(first, second);
    else if (kind === 'node' && isPlainPath(second) && majorOf(first) !== null) {
      if (!nodes.some(({ path }) => path === second)) nodes.push({ version: first, path: second });
    }
  }
  return { home, kernel, os, osVersion, tools, nodes };
}

/**
 * It goes into a wrapper script and into commands, quoted, and is shown: it has to be one absolute path on one line, and
 * nothing else than it shows as.
 */
function isPlainPath(path: string): boolean {
  return /^\/[^\u0000-\u001f\u007f-\u009f\u2028\u2029]{0,1000}$/.test(path) && stripTerminal(path) === path;
}

/** The major version of `v20.11.1`; null: it is no version of Node. */
export function majorOf(version: string): number | null {
  const match = /^v(\d{1,4})\.\d{1,6}\.\d{1,6}(?:-[\w.]{1,40})?$/.exec(version);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/**
 * The Node to run the agent with: the first place that has one that is new enough; of several in one place of a version
 * manager the newest. Null: none.
 */
export function chooseNode(nodes: readonly FoundNode[]): FoundNode | null {
  const usable = nodes.filter(({ version }) => (majorOf(version) ?? 0) >= MIN_NODE_MAJOR);
  const [first] = usable;
  if (first === undefined) return null;
  const place = managerOf(first.path);
  if (place === null) return first;
  const beside = usable.filter(({ path }) => managerOf(path) === place);
  return beside.reduce((best, node) => (compareVersions(node.version, best.version) > 0 ? node : best));
}

/** The folder under which a version manager keeps its versions; null: the path is no version of one. */
function managerOf(path: string): string | null {
  return /^(.*\/(?:versions\/node|node-versions|installs\/node(?:js)?))\//.exec(path)?.[1] ?? null;
}

/** Of versions such as `v20.11.1` or `0.2.0`: below 0, 0, or above 0, as with numbers. */
export function compareVersions(a: string, b: string): number {
  const numbers = (text: string): number[] => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number);
  const [left, right] = [numbers(a), numbers(b)];
  for (let at = 0; at < 3; at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The one line to run on the host so that it gets Node, in its own way of installing things. */
export function nodeInstallLine({ os, osVersion, tools }: HostSystem): string {
  const version = Number.parseInt(osVersion, 10);
  if (tools.has('nvm')) return `. ~/.nvm/nvm.sh && nvm install ${INSTALL_MAJOR}`;
  const conda = tools.get('conda');
  if (conda !== undefined) return `${quoteShell(conda)} install -y -c conda-forge nodejs=${INSTALL_MAJOR}`;
  if (tools.has('brew')) return 'brew install node';
  if (os === 'amzn' && version >= 2023) return `sudo dnf install -y nodejs${INSTALL_MAJOR}`;
  if (os === 'fedora') return 'sudo dnf install -y nodejs';
  if (['rhel', 'rocky', 'almalinux', 'centos'].includes(os) && version >= 8) {
    return `sudo dnf module install -y nodejs:${MIN_NODE_MAJOR}`;
  }
  if (os === 'alpine') return 'sudo apk add nodejs';
  if (os === 'arch') return 'sudo pacman -S --needed nodejs';
  if ((os === 'debian' && version >= 13) || (os === 'ubuntu' && version >= 25)) {
    return 'sudo apt-get install -y nodejs';
  }
  if (tools.has('snap')) return `sudo snap install node --classic --channel=${INSTALL_MAJOR}/stable`;
  const fetch = tools.has('curl') ? 'curl -fsSL' : 'wget -qO-';
  return `${fetch} https://raw.githubusercontent.com/nvm-sh/nvm/v0.40.3/install.sh | bash && . ~/.nvm/nvm.sh && nvm install ${INSTALL_MAJOR}`;
}
