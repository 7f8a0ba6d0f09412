import type { Step, Story } from './story.ts';

// What the terminal shows: a line for each step that came about, notifications as they come, and, on a real terminal,
// the menu bar in the last line.

const ICONS: Readonly<Record<string, string>> = {
  idle: '○',
  running: '◐',
  done: '✓',
  problem: '!',
  offline: '–',
};

/** As wide as the longest title of a step. */
const TITLE_WIDTH = 18;
/** Below the texts of entries. */
const MARGIN = ' '.repeat(8 + TITLE_WIDTH + 2);

export interface Terminal {
  /** A line of text. */
  say(line: string): void;
  /** A line of text with a title, and the time. */
  entry(title: string, text: string): void;
  story(story: Story): void;
  menuBar(face: { title: string; icon: string }): void;
  notification(notification: { title: string; body: string; actions: readonly string[] }): void;
  /** Leaves the last line free. */
  end(): void;
}

export function createTerminal(deps: {
  write(text: string): void;
  /** A terminal on which a line can be written anew. */
  isLive: boolean;
  /** Seconds since the demo began. */
  seconds(): number;
  now(): number;
}): Terminal {
  const told = new Map<string, Step['state']>();
  let bar = '';
  let lastBar = '';
  let lastTurn = '';

  function clear(): void {
    if (deps.isLive && bar !== '') deps.write('\r\u001b[2K');
  }
  function say(line: string): void {
    clear();
    deps.write(`${line}\n`);
    if (deps.isLive && bar !== '') deps.write(bar);
  }
  const at = (): string => {
    const seconds = Math.floor(deps.seconds());
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`.padStart(6);
  };
  const entry = (title: string, text: string): void => say(`${at()}  ${title.padEnd(TITLE_WIDTH)}  ${text}`);

  return {
    say,
    entry,
    story({ steps, turn }) {
      for (const { id, title, text, state } of steps) {
        // The job's beginning is worth a line; of the others only what came of them. The notification tells itself.
        const worth = id === 'job' ? 'now' : id === 'told' ? null : 'done';
        if (state === worth && told.get(id) !== state) entry(title, text);
        told.set(id, state);
      }
      const text = turn?.text ?? '';
      if (text !== '' && text !== lastTurn) {
        const seconds = turn?.byItselfAt == null ? null : Math.max(0, turn.byItselfAt - deps.now()) / 1000;
        entry('', `${text}${seconds === null ? '' : ` In ${Math.round(seconds)} s it is done for you.`}`);
      }
      lastTurn = text;
    },
    menuBar({ title, icon }) {
      const face = `${ICONS[icon] ?? '?'} ${title}`.trimEnd();
      if (face === lastBar) return;
      // Where lines stay, only each tenth is worth one.
      const isNews = tenth(face) !== tenth(lastBar);
      lastBar = face;
      if (deps.isLive) {
        clear();
        bar = `${at()}  ${'menu bar'.padEnd(TITLE_WIDTH)}  ${face}`;
        deps.write(bar);
      } else if (isNews) entry('menu bar', face);
    },
    notification({ title, body, actions }) {
      const lines = [
        title,
        ...body.split('\n'),
        ...(actions.length > 0 ? [actions.map((each) => `[ ${each} ]`).join(' ')] : []),
      ];
      const width = Math.max(...lines.map((line) => line.length));
      entry('notification', `╭${'─'.repeat(width + 2)}╮`);
      for (const line of lines) say(`${MARGIN}│ ${line.padEnd(width)} │`);
      say(`${MARGIN}╰${'─'.repeat(width + 2)}╯`);
    },
    end() {
      clear();
      bar = '';
    },
  };
}

/** The icon, and the percent without its last digit. */
function tenth(face: string): string {
  return face.replace(/(\d*)\d%.*/, '$1');
}
