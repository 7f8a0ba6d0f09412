import { execFile } from 'node:child_process';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { cleanText, quoteShell } from '@milepost/shared/text';
import { createFileTurns } from './fileTurns.ts';
import {
  type ExecAnswer,
  type ExecLimits,
  type HostConnection,
  LinkError,
  type LinkTargetAnswer,
  type PathFault,
} from './hostConnection.ts';
import { AGENT } from './hostFacts.ts';
import {
  listFolder,
  openRegular,
  orFault,
  readCapped,
  readPiece,
  readToEnd,
  statAnswerOf,
} from './localFiles.ts';
import { createPendingCalls } from './pendingCalls.ts';

export interface LocalHostOptions {
  /** The program and the arguments that stand for the agent here, whatever lies at its usual path. */
  agent: readonly string[];
  /** For each call about a file; default 10 s, as over SFTP. */
  callDeadlineMs?: number;
}

/** This machine, as a host that is connected to: its jobs are watched as any other host's. */
export interface LocalHost {
  /** Throws a {@link LinkError} while a call that an earlier connection has given up has still no answer. */
  connect(): HostConnection;
  /**
   * Resolves once no call is under way, or after `ms`. False: some are, on a file system that does not answer, and
   * nothing but a signal ends a process that waits for that.
   */
  isQuietWithin(ms: number): Promise<boolean>;
}

export function createLocalHost({ agent, callDeadlineMs = 10_000 }: LocalHostOptions): LocalHost {
  const turns = createFileTurns();
  const agentCommand = agent.map(quoteShell).join(' ');

  return {
    connect() {
      const hanging = turns.hangingFor(callDeadlineMs);
      // Each new try would hang as well, and they would pile up.
      if (hanging !== null) throw noAnswer(`still has not answered (${hanging})`);
      return openConnection();
    },
    isQuietWithin: (ms) => turns.areOverWithin(ms),
  };

  function openConnection(): HostConnection {
    let isClosed = false;
    const listeners: (() => void)[] = [];
    const calls = createPendingCalls(
      (what, deadlineMs) => noAnswer(`did not answer within ${deadlineMs / 1000} s (${what})`).problem,
      discard,
    );

    function discard(error: LinkError): void {
      if (isClosed) return;
      isClosed = true;
      calls.breakAll(error);
      for (const listener of listeners.splice(0)) listener();
    }

    /** `onLate` gets what nobody waits for any more. */
    function ask<T>(what: string, work: () => Promise<T>, onLate?: (answer: T | PathFault) => void) {
      return calls.run<T | PathFault>(what, callDeadlineMs, (done) =>
        turns.take(
          what,
          () => isClosed,
          async () => {
            const answer = await orFault(work);
            if (isClosed) onLate?.(answer);
            else done(answer);
          },
        ),
      );
    }

    async function openFile(path: string) {
      const opened = await ask(
        `opening ${named(path)}`,
        () => openRegular(path),
        (late) => {
          if (late.kind === 'handle') void late.handle.close().catch(() => undefined);
        },
      );
      if (opened.kind !== 'handle') return opened;
      const { handle, size, mtimeSeconds } = opened;
      return {
        kind: 'open' as const,
        file: {
          size,
          mtimeSeconds,
          read: (offset: number, length: number) =>
            ask(`reading ${named(path)}`, () => readPiece(handle, offset, length)),
          close: () => void handle.close().catch(() => undefined),
        },
      };
    }

    async function linkTarget(read: () => Promise<string>): Promise<LinkTargetAnswer> {
      return { kind: 'target', target: await read() };
    }

    return {
      stat: (path) => ask(`looking at ${named(path)}`, async () => statAnswerOf(await stat(path))),
      lstat: (path) => ask(`looking at ${named(path)}`, async () => statAnswerOf(await lstat(path))),
      openFile,
      readFile: (path, caps) => ask(`reading ${named(path)}`, () => readCapped(path, caps)),
      readToEnd: (path, maxBytes) => ask(`reading ${named(path)}`, () => readToEnd(path, maxBytes)),
      readlink: (path) => ask(`reading the link ${named(path)}`, () => linkTarget(() => readlink(path))),
      realpath: (path) =>
        ask(`resolving ${named(path)}`, () =>
          linkTarget(async () => (path === '.' ? homedir() : await realpath(path))),
        ),
      readdir: (path, maxNames) => ask(`listing ${named(path)}`, () => listFolder(path, maxNames)),
      exec: (command, limits) =>
        run(command.startsWith(AGENT) ? agentCommand + command.slice(AGENT.length) : command, limits),
      get isClosed() {
        return isClosed;
      },
      onClosed(listener) {
        if (isClosed) listener();
        else listeners.push(listener);
      },
      async close() {
        discard(
          new LinkError({ kind: 'connection-lost', what: 'Reading this machine was ended.', next: null }),
        );
      },
    };
  }
}

function named(path: string): string {
  return cleanText(path, 200);
}

/** As a host that doesn't answer, since nothing of this one can be told. */
function noAnswer(what: string): LinkError {
  return new LinkError({
    kind: 'timeout',
    what: `This machine ${what}.`,
    next: 'The file system that it lies on hangs: does its server answer?',
  });
}

function run(command: string, limits: ExecLimits): Promise<ExecAnswer> {
  return new Promise((resolve) => {
    const child = execFile(
      '/bin/sh',
      ['-c', command],
      { timeout: limits.deadlineMs, killSignal: 'SIGKILL', maxBuffer: limits.maxBytes, cwd: homedir() },
      (error, stdout, stderr) => {
        const cut = error !== null && (error.killed === true || typeof error.code === 'string');
        if (cut) {
          const what = `A command on this machine did not end well: ${cleanText(error.message)}`;
          resolve({ kind: 'lost', problem: { kind: 'exec-lost', what, next: null } });
        } else {
          resolve({ kind: 'ended', code: child.exitCode, stdout, stderr });
        }
      },
    );
  });
}
