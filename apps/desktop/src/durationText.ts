// Durations as the app shows them. Pure.

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** For the menu bar, at most 4 characters: `<1m`, `12m`, `1h10`, `11h`, `3d`, `>99d` is cut to `99d`. */
export function compactDuration(seconds: number): string {
  if (seconds < 30) return '<1m';
  const minutes = Math.max(1, Math.round(seconds / MINUTE));
  if (minutes < 60) return `${minutes}m`;
  if (minutes < 600) {
    const rest = minutes % 60;
    return rest === 0 ? `${minutes / 60}h` : `${Math.floor(minutes / 60)}h${String(rest).padStart(2, '0')}`;
  }
  const hours = Math.round(minutes / 60);
  if (hours < 48) return `${hours}h`;
  return `${Math.min(99, Math.round(hours / 24))}d`;
}

/** For a card: `under 1 min`, `12 min`, `1 h 10 min`, `11 h`, `3 days`. */
export function shortDuration(seconds: number): string {
  if (seconds < 30) return 'under 1 min';
  const minutes = Math.max(1, Math.round(seconds / MINUTE));
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 600) {
    const rest = minutes % 60;
    return rest === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${rest} min`;
  }
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** For something that is measured rather than foreseen: `42 s`, `1.5 min`, then as {@link shortDuration}. */
export function measuredDuration(seconds: number): string {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 600) return `${(Math.floor(seconds / 6) / 10).toFixed(1)} min`;
  return shortDuration(seconds);
}

/** In words for a screen reader: `12 minutes`, `1 hour 10 minutes`, `3 days`. */
export function spokenDuration(seconds: number): string {
  if (seconds < 30) return 'less than a minute';
  const minutes = Math.max(1, Math.round(seconds / MINUTE));
  if (minutes < 60) return count(minutes, 'minute');
  if (minutes < 600) {
    const rest = minutes % 60;
    const hours = count(Math.floor(minutes / 60), 'hour');
    return rest === 0 ? hours : `${hours} ${count(rest, 'minute')}`;
  }
  const hours = Math.round(seconds / HOUR);
  return hours < 48 ? count(hours, 'hour') : count(Math.round(seconds / DAY), 'day');
}

function count(value: number, unit: string): string {
  return `${value} ${unit}${value === 1 ? '' : 's'}`;
}
