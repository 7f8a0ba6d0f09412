import { createHash, randomBytes } from 'node:crypto';
import { versionAnswerSchema } from '@milepost/shared/answers';
import { cleanText, quoteShell } from '@milepost/shared/text';
import type { PathFault, WritableConnection, WriteAnswer } from '../hostConnection.ts';
import { parseAnswer } from '../hostFacts.ts';
import type { Problem } from '../view.ts';

/** The agent's one file, as it is bundled with whoever installs it. */
export interface AgentFile {
  version: string;
  bytes: Uint8Array;
}

export interface InstallRequest {
  file: AgentFile;
  /** The host's Node, absolute. */
  node: string;
  /** $HOME of the host's commands. */
  home: string;
  /** For each command on the host, ms. */
  deadlineMs: number;
  /** Told of each piece that arrived there. */
  onBytes?: (count: number) => void;
}

export type InstallResult =
  /** `file` and `wrapper` are what was made, on the host. */
  { kind: 'installed'; file: string; wrapper: string } | { kind: 'failed'; problem: Problem };

/** A step of the installing that failed; what it has left behind is taken away. */
class InstallFault extends Error {
  readonly problem: Problem;
  constructor(what: string, next: string) {
    super(what);
    this.problem = { kind: 'install', what: cleanText(what, 400), next };
  }
}

/**
 * Copies the agent to `~/.local/share/milepost/VERSION/milepost.mjs` and makes `~/.local/bin/milepost`, which runs it
 * by its Node; nothing else is touched. The agent comes under a temporary name, is held against its hash on the host
 * and has to answer there before anything that was in place is replaced, by a rename. Throws a LinkError when the
 * connection breaks.
 */
export async function installAgent(
  connection: WritableConnection,
  request: InstallRequest,
): Promise<InstallResult> {
  const share = `${request.home}/.local/share/milepost/${request.file.version}`;
  const bin = `${request.home}/.local/bin`;
  const file = `${share}/milepost.mjs`;
  const wrapper = `${bin}/milepost`;
  const temporaries: string[] = [];
  const temporary = (folder: string): string => {
    const path = `${folder}/.milepost.${randomBytes(6).toString('hex')}.tmp.mjs`;
    temporaries.push(path);
    return path;
  };
  try {
    await makeFolders(connection, request.home, ['.local', 'share', 'milepost', request.file.version]);
    await makeFolders(connection, request.home, ['.local', 'bin']);
    const copy = temporary(share);
    await copyChecked(connection, request, copy);
    await tryAgent(connection, request, copy);
    need(await connection.replaceFile(copy, file), `${file} could not be put in place`);
    const script = temporary(bin);
    const text = wrapperText(request.node, request.file.version);
    need(
      await connection.writeNewFile(script, Buffer.from(text), 0o755),
      `The wrapper could not be written to ${bin}`,
    );
    need(await connection.replaceFile(script, wrapper), `${wrapper} could not be put in place`);
    return { kind: 'installed', file, wrapper };
  } catch (error) {
    if (!(error instanceof InstallFault)) throw error;
    // What was renamed is no longer there; that is fine.
    for (const path of temporaries) await connection.removeFile(path);
    return { kind: 'failed', problem: error.problem };
  }
}

/** What runs the agent wherever it is called from; $HOME is left to the host, as watchers call it by that. */
export function wrapperText(node: string, version: string): string {
  const quoted = `'${node.replaceAll("'", `'\\''`)}'`;
  return `#!/bin/sh\nexec ${quoted} "$HOME/.local/share/milepost/${version}/milepost.mjs" "$@"\n`;
}

async function makeFolders(
  connection: WritableConnection,
  home: string,
  names: readonly string[],
): Promise<void> {
  let path = home;
  const stat = await connection.stat(home);
  if (stat.kind !== 'folder') {
    throw new InstallFault(
      `SFTP does not see the home folder ${home} of the host's commands.`,
      'Copy the agent there by hand, as the README says.',
    );
  }
  for (const name of names) {
    path = `${path}/${name}`;
    const there = await connection.stat(path);
    if (there.kind === 'folder') continue;
    if (there.kind === 'missing') need(await connection.makeFolder(path, 0o755), `${path} could not be made`);
    else throw new InstallFault(`${path} is no folder.`, 'Move it away on the host, then try again.');
  }
}

async function copyChecked(
  connection: WritableConnection,
  { file, node, deadlineMs, onBytes }: InstallRequest,
  to: string,
): Promise<void> {
  need(
    await connection.writeNewFile(to, file.bytes, 0o644, onBytes),
    `The agent could not be copied to ${to}`,
  );
  const sha256 = createHash('sha256').update(file.bytes).digest('hex');
  // The host's own Node reads it: what it will run is what is held against the hash.
  const script =
    "process.stdout.write('sha256 '+require('crypto').createHash('sha256').update(require('fs').readFileSync(process.argv[1])).digest('hex')+'\\n')";
  const answer = await connection.exec(`${quoteShell(node)} -e ${quoteShell(script)} ${quoteShell(to)}`, {
    deadlineMs,
    maxBytes: 64 * 1024,
  });
  const said = answer.kind === 'ended' ? /^sha256 ([0-9a-f]{64})$/m.exec(answer.stdout)?.[1] : undefined;
  if (said === sha256) return;
  const reason =
    answer.kind !== 'ended'
      ? answer.problem.what
      : said === undefined
        ? `${node} could not read it (${lastLine(answer.stderr)})`
        : 'it has another hash there';
  throw new InstallFault(
    `The copy of the agent could not be checked: ${reason}.`,
    'Try again; is the disk of the host full?',
  );
}

async function tryAgent(
  connection: WritableConnection,
  { node, deadlineMs, file }: InstallRequest,
  path: string,
): Promise<void> {
  const answer = await connection.exec(`${quoteShell(node)} ${quoteShell(path)} --version --json`, {
    deadlineMs,
    maxBytes: 64 * 1024,
  });
  const said = answer.kind === 'ended' ? parseAnswer(versionAnswerSchema, answer.stdout) : null;
  if (said?.version === file.version) return;
  const reason =
    answer.kind !== 'ended'
      ? answer.problem.what
      : lastLine(answer.stderr) || `it answered ${said?.version ?? 'nothing'}`;
  throw new InstallFault(
    `The agent does not run on the host: ${reason}.`,
    `Does ${node} work there? What was in place was left as it was.`,
  );
}

function need(answer: WriteAnswer, what: string): void {
  if (answer.kind !== 'written') {
    throw new InstallFault(`${what}: ${reasonOf(answer)}.`, 'Mend that on the host, then try again.');
  }
}

function reasonOf(fault: PathFault): string {
  if (fault.kind === 'missing') return 'its folder is not there';
  return fault.kind === 'denied' ? 'permission denied' : fault.reason;
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
