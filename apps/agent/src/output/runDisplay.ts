import type { Inspection } from '@milepost/checkpoint/inspect';
import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import type { RunState } from '@milepost/checkpoint/report';
import { cleanText } from '@milepost/shared/text';
import { barLine, endLine, progressLine } from './runText.ts';

/** Shows a run to whoever started it. */
export interface RunDisplay {
  started(run: number, inspection: Inspection): void;
  changed(state: RunState): void;
  note(text: string): void;
  ended(result: RunJobResult): void;
}

export interface Output {
  write(text: string): void;
  isTerminal: boolean;
  columns: () => number;
}

/** For a detached run: what there is to say stands in PROGRESS.txt and output.log. */
export const silentDisplay: RunDisplay = {
  started: () => undefined,
  changed: () => undefined,
  note: () => undefined,
  ended: () => undefined,
};

/** How often plain lines tell of progress, besides the first and the last. */
const LINE_EVERY_MS = 10_000;
/** How often the bar is drawn, at most and at least. */
const BAR_EVERY_MS = 200;
const BAR_AT_LEAST_EVERY_MS = 1000;

/** One line that is rewritten in a terminal; a line now and then where the output is piped. */
export function showRun(output: Output, dir: string, monotonicMs: () => number): RunDisplay {
  let lastMs = Number.NEGATIVE_INFINITY;
  let lastLine = '';
  let latest: RunState | undefined;
  let barShown = false;
  let timer: NodeJS.Timeout | undefined;

  function clearBar(): void {
    if (barShown) output.write('\r\u001b[2K');
    barShown = false;
  }

  function say(text: string): void {
    clearBar();
    output.write(`${text}\n`);
  }

  function show(state: RunState): void {
    const nowMs = monotonicMs();
    lastMs = nowMs;
    if (output.isTerminal) {
      clearBar();
      output.write(barLine(state, nowMs, output.columns()));
      barShown = true;
      return;
    }
    const line = progressLine(state, nowMs);
    if (line !== lastLine) say(line);
    lastLine = line;
  }

  return {
    started(run, inspection) {
      const saved = inspection.done.reduce((sum, entry) => sum + entry.count, 0);
      if (run === 1) say(`Started in ${cleanText(dir, 500)}`);
      else say(`Resumed in ${cleanText(dir, 500)}: ${saved} items are saved, run ${run}`);
      if (!output.isTerminal) return;
      timer = setInterval(() => {
        if (latest?.status === 'running') show(latest);
      }, BAR_AT_LEAST_EVERY_MS);
      timer.unref();
    },
    changed(state) {
      latest = state;
      const every = output.isTerminal ? BAR_EVERY_MS : LINE_EVERY_MS;
      if (state.status === 'running' && monotonicMs() - lastMs >= every) show(state);
    },
    note: (text) => say(cleanText(text, 1000)),
    ended(result) {
      clearInterval(timer);
      if (latest === undefined) {
        say(
          `${result.outcome.toUpperCase()}${result.reason === null ? '' : `: ${cleanText(result.reason, 1000)}`}`,
        );
        return;
      }
      if (output.isTerminal) {
        show(latest);
        output.write('\n');
        barShown = false;
      }
      say(endLine(latest, monotonicMs(), result));
    },
  };
}
