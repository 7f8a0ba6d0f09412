import type { Output } from '../output/runDisplay.ts';
import { jsonOf, plainLine, type Row, tableLines } from './watchText.ts';

/** Shows rows as they change. */
export interface WatchDisplay {
  /** The rows as they are now: the live table, or what has changed since the last call. */
  show(rows: readonly Row[], nowMs: number): void;
  /** All rows once, changed or not. */
  print(rows: readonly Row[], nowMs: number): void;
  /** A line of the watch's own. */
  note: (text: string) => void;
  /** Nothing is drawn while a question is asked. */
  paused<T>(work: () => Promise<T>): Promise<T>;
}

export function createWatchDisplay(
  out: Output,
  { json, live }: { json: boolean; live: boolean },
): WatchDisplay {
  const lastText = new Map<string, string>();
  let drawnLines = 0;
  let asking = 0;

  function erase(): void {
    if (drawnLines > 0) out.write(`\u001b[${drawnLines}F\u001b[J`);
    drawnLines = 0;
  }

  function draw(rows: readonly Row[], nowMs: number): void {
    if (asking > 0) return;
    const lines = tableLines(rows, nowMs, out.columns());
    erase();
    out.write(`${lines.join('\n')}\n`);
    drawnLines = lines.length;
  }

  function tell(row: Row, nowMs: number, always: boolean): void {
    const text = json ? JSON.stringify(jsonOf(row)) : plainLine(row, nowMs);
    // The time left counts down by itself: only what the host says is a change.
    const said = json ? text : plainLine(withoutCountdown(row), nowMs);
    const key = `${row.target}\0${row.job?.key ?? ''}`;
    if (!always && lastText.get(key) === said) return;
    lastText.set(key, said);
    out.write(`${text}\n`);
  }

  return {
    show(rows, nowMs) {
      if (live) draw(rows, nowMs);
      else for (const row of rows) if (isTold(row)) tell(row, nowMs, false);
    },
    print(rows, nowMs) {
      for (const row of rows) tell(row, nowMs, true);
    },
    note(text) {
      erase();
      out.write(`${text}\n`);
    },
    async paused(work) {
      asking += 1;
      erase();
      try {
        return await work();
      } finally {
        asking -= 1;
      }
    },
  };
}

/** A host that is still being reached is no news yet. */
function isTold(row: Row): boolean {
  return row.job !== null || row.host.link.kind !== 'connecting';
}

function withoutCountdown(row: Row): Row {
  return row.job === null ? row : { ...row, job: { ...row.job, endsAt: null } };
}
