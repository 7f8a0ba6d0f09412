import type { RunJobResult } from '@milepost/checkpoint/keepRun';
import { estimate, type RunState } from '@milepost/checkpoint/report';
import { formatDurationWords } from '@milepost/shared/duration';
import { percentOf } from '@milepost/shared/progress/progress';
import { cleanText } from '@milepost/shared/text';

// How a run is told in a terminal. Pure.

/** `400/1000 samples  40%  2 min left`. */
export function progressLine(state: RunState, nowMs: number): string {
  const percent = percentOf(state.completed, state.total);
  const { etaSeconds } = estimate(state, nowMs);
  const reported = [...state.running].reduce((sum, batch) => sum + (batch.reported ?? 0), 0);
  const parts = [
    `${state.completed}/${state.total} ${cleanText(state.unit, 40)}`,
    percent === null ? '' : `${percent}%`,
    reported > 0 ? `+${reported} in flight` : '',
    state.stage ?? '',
    state.status === 'running' && etaSeconds !== null && state.stage === null
      ? `${formatDurationWords(etaSeconds)} left`
      : '',
  ];
  return parts.filter((part) => part !== '').join('  ');
}

const BAR_WIDTH = 24;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of what is saved, and what is in flight lighter; cut to the terminal's width. */
export function barLine(state: RunState, nowMs: number, columns: number): string {
  const eighths = Math.floor((BAR_WIDTH * 8 * state.completed) / Math.max(1, state.total));
  const saved = '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
  return [...`${saved.padEnd(BAR_WIDTH, '·')}  ${progressLine(state, nowMs)}`].slice(0, columns - 1).join('');
}

/** The last line: how it ended, and what is there now. */
export function endLine(state: RunState, nowMs: number, { outcome, reason }: RunJobResult): string {
  const seconds = state.earlierSeconds + (nowMs - state.startedMs) / 1000;
  const sum = `${state.completed}/${state.total} ${cleanText(state.unit, 40)}, ${state.checkpoints} checkpoints, ${formatDurationWords(seconds)}`;
  return `${outcome.toUpperCase()}${reason === null ? '' : `: ${cleanText(reason, 1000)}`} (${sum})`;
}
