import { LinkError, type WritableConnect } from '@milepost/monitor/hostConnection';
import { checkHost, type InstallPlace } from '@milepost/monitor/setup/checkHost';
import { type HostCheck, newHostCheck, withLinkFailed } from '@milepost/monitor/setup/hostCheck';
import { type AgentFile, installAgent } from '@milepost/monitor/setup/installAgent';
import type { LinkQuestion, Problem } from '@milepost/monitor/view';
import { cleanText } from '@milepost/shared/text';
import type { InstallState, SetupView } from '../bridge/setup.ts';

const INSTALL_DEADLINE_MS = 60_000;
/** How often the popover hears of bytes. */
const TELL_EVERY_MS = 100;

/** The one host that is being set up: tried step by step, given the agent. It goes on while the popover is closed. */
export interface Setup {
  view(): SetupView | null;
  /** As it was typed or picked; null: none is being set up. */
  destination(): string | null;
  /** Ends the one before. `watched`: it is already, and stays. */
  start(destination: string, watched: boolean): void;
  retry(): void;
  /** Does nothing where there is no Node to run it, or while one is under way. */
  install(): Promise<void>;
  /** What the step that failed asks a person; null: nothing. */
  question(): LinkQuestion | null;
  /** What to run on the host so that it gets Node; null: nothing. */
  installLine(): string | null;
  end(): void;
}

interface UnderWay {
  destination: string;
  watched: boolean;
  abort: AbortController;
  check: HostCheck;
  place: InstallPlace | null;
  install: InstallState | null;
}

export function createSetup(deps: {
  connect: WritableConnect;
  agentVersion: string;
  readAgent(): Promise<AgentFile>;
  /** The view is another one. */
  changed(): void;
  now(): number;
}): Setup {
  let current: UnderWay | null = null;

  function set(of: UnderWay, change: Partial<UnderWay>): void {
    if (current !== of) return;
    Object.assign(of, change);
    deps.changed();
  }

  async function tryHost(of: UnderWay): Promise<void> {
    const place = await checkHost({
      destination: of.destination,
      connect: deps.connect,
      agentVersion: deps.agentVersion,
      signal: of.abort.signal,
      onCheck: (check) => set(of, { check }),
    });
    set(of, { place });
  }

  function begin(destination: string, watched: boolean, install: InstallState | null): void {
    current?.abort.abort();
    const next: UnderWay = {
      destination,
      watched,
      abort: new AbortController(),
      check: newHostCheck(),
      place: null,
      install,
    };
    current = next;
    void tryHost(next).catch((error: unknown) => {
      const failed = { kind: 'failed' as const, problem: internal(error), question: null };
      set(next, { check: withLinkFailed(next.check, failed) });
    });
  }

  async function copyAgent(of: UnderWay, place: InstallPlace): Promise<InstallState> {
    let file: AgentFile;
    try {
      file = await deps.readAgent();
    } catch (error) {
      return { kind: 'failed', problem: noFile(error) };
    }
    const bytes = file.bytes.length;
    let bytesDone = 0;
    let toldAt = deps.now();
    set(of, { install: { kind: 'installing', bytesDone, bytes } });
    try {
      const connection = await deps.connect(of.destination, of.abort.signal, { isPersons: true });
      try {
        const result = await installAgent(connection, {
          file,
          ...place,
          deadlineMs: INSTALL_DEADLINE_MS,
          onBytes(count) {
            bytesDone += count;
            if (bytesDone < bytes && deps.now() - toldAt < TELL_EVERY_MS) return;
            toldAt = deps.now();
            set(of, { install: { kind: 'installing', bytesDone, bytes } });
          },
        });
        if (result.kind === 'failed') return result;
        return {
          kind: 'installed',
          files: [result.file, result.wrapper].map((path) => cleanText(path, 400)),
        };
      } finally {
        await connection.close();
      }
    } catch (error) {
      return { kind: 'failed', problem: error instanceof LinkError ? error.problem : internal(error) };
    }
  }

  return {
    view() {
      if (current === null) return null;
      const { destination, watched, check, install } = current;
      return {
        name: cleanText(destination, 120),
        watched,
        check,
        install,
        agentVersion: deps.agentVersion,
      };
    },
    destination: () => current?.destination ?? null,
    start(destination, watched) {
      begin(destination, watched, null);
      deps.changed();
    },
    retry() {
      if (current === null || current.install?.kind === 'installing') return;
      begin(current.destination, current.watched, null);
      deps.changed();
    },
    async install() {
      const of = current;
      if (of === null || of.place === null || of.install?.kind === 'installing') return;
      const { place } = of;
      set(of, { install: { kind: 'installing', bytesDone: 0, bytes: 1 } });
      const outcome = await copyAgent(of, place);
      if (current !== of) return;
      if (outcome.kind !== 'installed') set(of, { install: outcome });
      else {
        begin(of.destination, of.watched, outcome);
        deps.changed();
      }
    },
    question() {
      const failed = Object.values(current?.check.steps ?? {}).find((step) => step.kind === 'failed');
      return failed?.kind === 'failed' ? failed.question : null;
    },
    installLine: () => current?.check.nodeInstallLine ?? null,
    end() {
      current?.abort.abort();
      current = null;
      deps.changed();
    },
  };
}

function internal(error: unknown): Problem {
  return {
    kind: 'internal',
    what: cleanText(`This failed in Milepost itself: ${String(error)}`, 300),
    next: 'Try again; if it stays so, please report this.',
  };
}

function noFile(error: unknown): Problem {
  return {
    kind: 'no-agent-file',
    what: cleanText(`The agent that comes with Milepost could not be read: ${String(error)}`, 300),
    next: 'Install Milepost again here.',
  };
}
