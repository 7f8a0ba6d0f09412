import type { Client } from 'ssh2';
import { type ExecAnswer, type ExecLimits, type HostConnection, LinkError } from '../hostConnection.ts';
import type { PendingCalls } from '../pendingCalls.ts';
import { NO_CHANNEL, runCommand } from './runCommand.ts';

export interface CommandsOptions {
  client: Client;
  destination: string;
  calls: PendingCalls;
  /** A command wrote too much: the connection that it ran over is to be given up. */
  onFlood(): void;
  /** Another connection to the same host, for one command; absent: there is none. Throws a LinkError. */
  connectApart: ((signal: AbortSignal) => Promise<HostConnection>) | undefined;
}

/** Runs commands on a host. */
export interface Commands {
  exec(command: string, limits: ExecLimits): Promise<ExecAnswer>;
  /** Ends what is under way over other connections; resolves when nothing of them is left. */
  end(): Promise<void>;
}

/**
 * Commands over a connection that has an SFTP channel too. A host may allow one channel and no more (MaxSessions 1):
 * from then on each command goes over a connection of its own, which is closed after it.
 */
export function createCommands(options: CommandsOptions): Commands {
  const { client, destination, calls, onFlood, connectApart } = options;
  const ending = new AbortController();
  const apart = new Set<Promise<ExecAnswer>>();
  let isAlone = false;

  async function execHere(command: string, limits: ExecLimits): Promise<ExecAnswer> {
    try {
      return await calls.run<ExecAnswer>('running a command', limits.deadlineMs, (done) =>
        runCommand(client, destination, command, limits, (answer) => {
          done(answer);
          // A command that floods still has its channel's window to fill: the connection goes with it.
          if (answer.kind === 'lost') onFlood();
        }),
      );
    } catch (error) {
      if (error instanceof LinkError) return { kind: 'lost', problem: error.problem };
      throw error;
    }
  }

  async function execApart(
    connect: NonNullable<typeof connectApart>,
    command: string,
    limits: ExecLimits,
  ): Promise<ExecAnswer> {
    let connection: HostConnection;
    try {
      connection = await connect(ending.signal);
    } catch (error) {
      // Nothing was sent: it never came to that.
      if (error instanceof LinkError) return { kind: 'not-sent', problem: error.problem };
      throw error;
    }
    const close = (): void => void connection.close();
    ending.signal.addEventListener('abort', close, { once: true });
    if (ending.signal.aborted) close();
    try {
      return await connection.exec(command, limits);
    } finally {
      ending.signal.removeEventListener('abort', close);
      await connection.close();
    }
  }

  return {
    async exec(command, limits) {
      if (!isAlone || connectApart === undefined) {
        const answer = await execHere(command, limits);
        const isRefused = answer.kind === 'not-sent' && answer.problem.kind === NO_CHANNEL;
        if (!isRefused || connectApart === undefined) return answer;
        isAlone = true;
      }
      const answer = execApart(connectApart, command, limits);
      apart.add(answer);
      void answer.catch(() => undefined).finally(() => apart.delete(answer));
      return await answer;
    },
    async end() {
      ending.abort();
      await Promise.allSettled([...apart]);
    },
  };
}
