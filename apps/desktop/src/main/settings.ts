import { open, readFile, rename } from 'node:fs/promises';
import { basename } from 'node:path';
import { writeFileAtomic } from '@milepost/monitor/atomicFile';
import type { Problem } from '@milepost/monitor/view';
import { cleanText } from '@milepost/shared/text';
import { readVersionedJson } from '@milepost/shared/versioned';
import { strings } from '../strings.ts';
import { DEFAULT_SETTINGS, type Settings, settingsSchema } from './settingsSchema.ts';

/** Much more than settings can take; a larger file is none of ours. */
const MAX_BYTES = 1024 * 1024;

export interface SettingsFile {
  readonly path: string;
  current(): Settings;
  /** What a person should know about the file; empty when all is well. */
  notices(): Problem[];
  /**
   * Reads the file again, as a person may have edited it; true where the settings changed. One that cannot be read
   * stays where it is, the settings stay as they were, and {@link SettingsFile.notices} says why.
   */
  reload(): Promise<boolean>;
  /**
   * Writes the settings as `edit` makes them of those in the file now. Where that can't be done nothing is changed, and
   * the answer says why. One change at a time.
   */
  change(edit: (settings: Settings) => Settings): Promise<Problem | null>;
}

type Reading =
  | { kind: 'ok'; settings: Settings }
  | { kind: 'absent' }
  | { kind: 'damaged' | 'newer' | 'unopened'; reason: string };

/**
 * Opens the settings at `path`. A missing file is made; a damaged one is set aside and told; a newer one, or one that
 * cannot be opened, is left alone and told, and the defaults are used. `now` in ms since the epoch. Never throws.
 */
export async function openSettings(path: string, now: number): Promise<SettingsFile> {
  let settings = DEFAULT_SETTINGS;
  /** Of this start, kept; and of the last reading. */
  const started: Problem[] = [];
  let latest: Problem[] = [];

  const first = await readSettings(path);
  if (first.kind === 'ok') settings = first.settings;
  if (first.kind === 'damaged') {
    const aside = `${path}.damaged-${new Date(now).toISOString().replaceAll(':', '-')}`;
    try {
      await rename(path, aside);
      started.push(
        problem('settings-damaged', strings.settings.damaged(path, first.reason, basename(aside))),
      );
    } catch (error) {
      latest = [problem('settings-unreadable', strings.settings.unreadable(path, reasonOf(error)))];
    }
  }
  if (first.kind === 'newer') {
    latest = [problem('settings-newer', strings.settings.newer(path, first.reason))];
  }
  if (first.kind === 'unopened') {
    latest = [problem('settings-unreadable', strings.settings.unreadable(path, first.reason))];
  }
  if (latest.length === 0 && first.kind !== 'ok') {
    try {
      await writeSettings(path, settings);
    } catch (error) {
      latest = [problem('settings-not-written', strings.settings.notWritten(path, reasonOf(error)))];
    }
  }

  let changing: Promise<unknown> = Promise.resolve();
  return {
    path,
    current: () => settings,
    notices: () => [...started, ...latest],
    reload,
    change(edit) {
      const changed = changing.then(() => change(edit));
      changing = changed;
      return changed;
    },
  };

  async function reload(): Promise<boolean> {
    const reading = await readSettings(path);
    if (reading.kind === 'absent') return false;
    if (reading.kind === 'ok') {
      latest = [];
      const changed = JSON.stringify(reading.settings) !== JSON.stringify(settings);
      settings = reading.settings;
      return changed;
    }
    latest = [
      reading.kind === 'newer'
        ? problem('settings-newer', strings.settings.newer(path, reading.reason))
        : problem('settings-unreadable', strings.settings.unreadable(path, reading.reason)),
    ];
    return false;
  }

  async function change(edit: (before: Settings) => Settings): Promise<Problem | null> {
    // A person may have edited the file since; and one that could not be read is not written over.
    await reload();
    const [unread] = latest.filter(({ kind }) => kind !== 'settings-not-written');
    if (unread !== undefined) return unread;
    const next = edit(settings);
    try {
      await writeSettings(path, next);
    } catch (error) {
      return problem('settings-not-written', strings.settings.notWritten(path, reasonOf(error)));
    }
    settings = next;
    latest = [];
    return null;
  }
}

async function readSettings(path: string): Promise<Reading> {
  let text: string;
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > MAX_BYTES) return { kind: 'damaged', reason: `it is ${size} bytes long` };
      text = await readFile(file, 'utf8');
    } finally {
      await file.close();
    }
  } catch (error) {
    return isAbsent(error) ? { kind: 'absent' } : { kind: 'unopened', reason: reasonOf(error) };
  }
  const record = readVersionedJson(settingsSchema, text);
  if (record.kind === 'ok') return { kind: 'ok', settings: record.value };
  return { kind: record.kind, reason: record.reason };
}

function writeSettings(path: string, settings: Settings): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(settings, null, 2)}\n`);
}

function problem(kind: string, text: { what: string; next: string }): Problem {
  return { kind, what: cleanText(text.what, 600), next: cleanText(text.next, 600) };
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function reasonOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : String(error);
}
