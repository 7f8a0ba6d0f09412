import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { describe, expect, it } from 'vitest';
import { createEndings } from '../endings.ts';
import { programFor } from '../openInBrowser.ts';
import { endAllOf, familyOf, parseProcesses } from '../processes.ts';
import { beginStory, lossText, withStep } from '../story.ts';
import { createTerminal } from '../terminal.ts';

describe('the terminal', () => {
  function terminal(isLive: boolean) {
    let text = '';
    const made = createTerminal({
      write: (piece) => {
        text += piece;
      },
      isLive,
      seconds: () => 65.4,
      now: () => 1000,
    });
    return { ...made, text: () => text };
  }

  it('tells each step once, when it has come about', () => {
    const shown = terminal(false);
    const story = beginStory();
    shown.story(story);
    expect(shown.text()).toBe('');
    const killed = withStep(story, 'killed', { state: 'done', text: 'SIGKILL.' });
    shown.story(killed);
    shown.story(killed);
    expect(shown.text()).toBe('  1:05  Killed              SIGKILL.\n');
  });

  it('tells a turn with how long there is for it', () => {
    const shown = terminal(false);
    shown.story({ ...beginStory(), turn: { text: 'Press it.', byItselfAt: 21_000 } });
    expect(shown.text()).toContain('Press it. In 20 s it is done for you.');
  });

  it('keeps the menu bar in the last line of a live one', () => {
    const shown = terminal(true);
    shown.menuBar({ title: '33% 1m', icon: 'running' });
    shown.say('A line.');
    expect(shown.text().split('\r\u001b[2K')).toEqual([
      '  1:05  menu bar            ◐ 33% 1m',
      'A line.\n  1:05  menu bar            ◐ 33% 1m',
    ]);
  });

  it('where lines stay, tells of the menu bar each tenth and each state', () => {
    const shown = terminal(false);
    for (const title of ['31%', '32%', '39%', '41%']) shown.menuBar({ title, icon: 'running' });
    shown.menuBar({ title: '42%', icon: 'problem' });
    expect(shown.text().match(/\d+%/g)).toEqual(['31%', '41%', '42%']);
  });

  it('frames a notification, whatever its widths', () => {
    const shown = terminal(false);
    shown.notification({ title: 'Short', body: 'a longer line', actions: ['Resume'] });
    const lines = shown.text().trimEnd().split('\n');
    expect(lines.map((line) => line.slice(28))).toEqual([
      '╭───────────────╮',
      '│ Short         │',
      '│ a longer line │',
      '│ [ Resume ]    │',
      '╰───────────────╯',
    ]);
  });
});

it('what was lost is told in seconds and frames', () => {
  const loss = { seconds: 3.64, framesInFlight: 1, framesSaved: 24, framesTotal: 72 };
  expect(lossText(loss)).toBe(
    'The kill cost 3.6 s of work: 1 frame of batches that were running. The 24 of 72 frames that were saved were not made again.',
  );
});

describe('processes', () => {
  const lines = parseProcesses(`    1     0 Ss   /sbin/init
  100     1 Ssl  node milepost.mjs run
  101   100 S    sh -c python3
  102   101 R    python3 render.py
  103   100 Z    [python3] <defunct>
  200     1 S    other
`);

  it('are read from ps, zombies apart', () => {
    expect(lines.map(({ pid }) => pid)).toEqual([1, 100, 101, 102, 200]);
    expect(lines[1]).toEqual({ pid: 100, parent: 1, command: 'node milepost.mjs run' });
  });

  it('make a family with all that one of them started', () => {
    expect(familyOf(100, lines)).toEqual([100, 101, 102]);
  });
});

it('what runs out of a folder is waited for, and ended where it does not end', async () => {
  const temp = await makeTempDir();
  const program = join(temp.path, 'sleep');
  await symlink('/bin/sleep', program);
  const start = (seconds: number) => spawn(program, [String(seconds)], { stdio: 'ignore' });
  const [short, long] = [start(0.3), start(600)];
  const ends = [short, long].map((child) => once(child, 'exit'));
  await endAllOf(temp.path, 1000);
  expect(await Promise.all(ends)).toEqual([
    [0, null],
    [null, 'SIGKILL'],
  ]);
  await temp.remove();
});

it('everything is ended, the last first, also after something could not be', async () => {
  const ended: string[] = [];
  const endings = createEndings();
  endings.add(async () => ended.push('host'));
  endings.add(async () => {
    throw new Error('the app hangs');
  });
  endings.add(async () => ended.push('job'));
  const [first, second] = await Promise.all([endings.endAll(), endings.endAll()]);
  expect(ended).toEqual(['job', 'host']);
  expect(first.map(({ message }) => message)).toEqual(['the app hangs']);
  expect(second).toBe(first);
});

it('a browser is opened only where there is a screen', () => {
  expect(programFor('darwin', {})).toBe('open');
  expect(programFor('linux', { DISPLAY: ':0' })).toBe('xdg-open');
  expect(programFor('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe('xdg-open');
  expect(programFor('linux', {})).toBeNull();
});
