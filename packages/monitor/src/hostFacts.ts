import { type VersionAnswer, versionAnswerSchema } from '@milepost/shared/answers';
import { cleanText } from '@milepost/shared/text';
import { PROTOCOL } from '@milepost/shared/version';
import type { z } from 'zod';
import type { Clock } from './clock.ts';
import { type HostConnection, LinkError } from './hostConnection.ts';
import type { HostIdentity } from './processLife.ts';
import type { Problem } from './view.ts';

/** The one program that is run on a host: never a path that the host's data name. */
export const AGENT = '"$HOME/.local/bin/milepost"';

/** What is asked once per connection. */
export interface HostFacts {
  agent: VersionAnswer | null;
  /** Why there is no agent to act with, where that is not simply its absence. */
  problem: Problem | null;
  identity: HostIdentity;
  /** The host's wall clock at one instant of this machine's steady clock; null: not known. */
  clock: { hostAt: number; steady: number } | null;
  /** The account's home folder as SFTP has it. */
  home: string;
}

const EXEC_MAX_BYTES = 64 * 1024;
const PROC_MAX_BYTES = 4096;

/** What a host's agent says of itself, and what is wrong with it. */
export type AgentFacts = Pick<HostFacts, 'agent' | 'problem'>;

/** Asks a host for its clock, its identity and, with `askAgent`, its agent: over SFTP and by commands side by side. */
export async function askHost(
  connection: HostConnection,
  clock: Clock,
  {
    execDeadlineMs,
    askAgent,
  }: { execDeadlineMs: number; askAgent: (bootId: Promise<string | null>) => Promise<AgentFacts> },
): Promise<HostFacts> {
  const boot = readProc(connection, '/proc/sys/kernel/random/boot_id');
  const overSftp = Promise.all([
    boot,
    readProc(connection, '/proc/sys/kernel/hostname'),
    connection.readlink('/proc/self/ns/pid'),
    connection.realpath('.'),
  ]);
  // One after the other: a server may allow no more than two channels.
  const byCommand = askClock(connection, clock, execDeadlineMs).then(async (hostClock) => ({
    hostClock,
    found: await askAgent(boot),
  }));
  const [[bootId, hostname, pidNamespace, home], { hostClock, found }] = await Promise.all([
    overSftp,
    byCommand,
  ]);
  const identity: HostIdentity = {
    hostname,
    bootId,
    pidNamespace: pidNamespace.kind === 'target' ? pidNamespace.target : null,
  };
  return {
    ...found,
    identity,
    clock: hostClock,
    home: home.kind === 'target' && home.target.startsWith('/') ? home.target : '/',
  };
}

/** Asks a host for its wall clock; null: it gave no answer that is one. */
export async function askClock(
  connection: HostConnection,
  clock: Clock,
  deadlineMs: number,
): Promise<HostFacts['clock']> {
  const before = clock.steady();
  const date = await connection.exec('date +%s.%N', { deadlineMs, maxBytes: EXEC_MAX_BYTES });
  const after = clock.steady();
  throwIfClosed(connection, date.kind === 'ended' ? null : date.problem);
  const hostAt = date.kind === 'ended' ? parseDate(date.stdout) : null;
  return hostAt === null ? null : { hostAt, steady: (before + after) / 2 };
}

/** Asks a host's agent for its version, by the one command that says whether there is one. */
export async function askAgentVersion(connection: HostConnection, deadlineMs: number): Promise<AgentFacts> {
  const version = await connection.exec(`${AGENT} --version --json`, {
    deadlineMs,
    maxBytes: EXEC_MAX_BYTES,
  });
  return version.kind === 'ended'
    ? agentOf(version.code, version.stdout)
    : { agent: null, problem: version.problem };
}

/** What `date +%s.%N` printed, in ms since the epoch; systems without %N print it as it is, or leave an N. */
export function parseDate(stdout: string): number | null {
  const match = /^(\d{9,11})\.(?:(\d{9})|%?N?)$/m.exec(stdout);
  if (match?.[1] === undefined) return null;
  return Number(match[1]) * 1000 + (match[2] === undefined ? 500 : Number(match[2]) / 1e6);
}

function throwIfClosed(connection: HostConnection, problem: Problem | null): void {
  if (connection.isClosed && problem !== null) throw new LinkError(problem);
}

async function readProc(connection: HostConnection, path: string): Promise<string | null> {
  const read = await connection.readToEnd(path, PROC_MAX_BYTES);
  if (read.kind !== 'read') return null;
  const text = Buffer.from(read.head).toString('utf8').trim();
  return text === '' ? null : text;
}

/** Shells answer 127 for a program that is not there, 126 for one that may not be run. */
const NOT_THERE = 127;

function agentOf(code: number | null, stdout: string): AgentFacts {
  if (code === NOT_THERE) return { agent: null, problem: null };
  const answer = parseAnswer(versionAnswerSchema, stdout);
  if (answer === null) {
    return {
      agent: null,
      problem: {
        kind: 'agent-broken',
        what: `The milepost on this host does not work (exit ${String(code)}).`,
        next: 'Try “~/.local/bin/milepost --version” there; installing it again mends most causes.',
      },
    };
  }
  const agent = { ...answer, version: cleanText(answer.version, 40) };
  if (answer.protocol === PROTOCOL) return { agent, problem: null };
  const isOlder = answer.protocol < PROTOCOL;
  return {
    agent,
    problem: {
      kind: isOlder ? 'agent-older' : 'agent-newer',
      what: `The milepost on this host (${agent.version}) is ${isOlder ? 'older' : 'newer'} than this one and can't be told to resume from here.`,
      next: isOlder ? 'Install the current agent there.' : 'Update Milepost here.',
    },
  };
}

/**
 * The JSON object in what a command printed, parsed by `schema`; null where there is none. A login shell's start-up
 * files may have printed lines before it.
 */
export function parseAnswer<T>(schema: z.ZodType<T>, stdout: string): T | null {
  const from = stdout.startsWith('{') ? 0 : stdout.indexOf('\n{') + 1;
  if (from === 0 && !stdout.startsWith('{')) return null;
  let raw: unknown;
  try {
    raw = JSON.parse(stdout.slice(from));
  } catch {
    return null;
  }
  const parsed = schema.safeParse(raw);
  return parsed.success ? parsed.data : null;
}
