import type { Problem } from '@milepost/monitor/view';
import type { SettingsAnswer } from '../bridge/settings.ts';
import { strings } from '../strings.ts';
import {
  type Changed,
  type Typed,
  typedCommand,
  typedWatch,
  withoutHost,
  withoutWatch,
  withResumeCommand,
  withWatch,
} from './hostSettings.ts';
import type { Handlers } from './ipc.ts';
import type { LoginItem } from './loginItem.ts';
import { withChange } from './settingsChange.ts';
import { DEFAULT_SETTINGS, type Settings } from './settingsSchema.ts';

/** Changes the settings in their file and in use; see settings.ts. */
export type ChangeSettings = (edit: (before: Settings) => Settings) => Promise<SettingsAnswer>;

type SettingsHandlers = Pick<
  Handlers,
  'changeSettings' | 'resetSettings' | 'removeHost' | 'addWatch' | 'removeWatch' | 'setResumeCommand'
>;

/** What the settings' screen asks for. */
export function settingsHandlers(deps: {
  change: ChangeSettings;
  loginItem: LoginItem;
  /** The person turned alerts on: the system may ask now. */
  alertsTurnedOn(): void;
}): SettingsHandlers {
  const { change, loginItem } = deps;
  return {
    async changeSettings(wanted) {
      const { launchAtLogin } = wanted;
      if (launchAtLogin !== undefined) loginItem.set(launchAtLogin);
      const answer = await change((before) => withChange(before, wanted));
      if (answer.kind === 'saved' && wanted.alerts?.state === 'on') deps.alertsTurnedOn();
      return launchAtLogin === true && loginItem.state() === 'off' ? notRegistered() : answer;
    },
    resetSettings() {
      if (loginItem.state() !== 'unavailable') loginItem.set(false);
      return change(() => DEFAULT_SETTINGS);
    },
    removeHost: ({ hostId }) => change((before) => withoutHost(before, hostId)),
    addWatch({ hostId, ...typed }) {
      const watch = typedWatch(typed);
      if (watch.kind === 'wrong') return { kind: 'failed', problem: wrong(watch.what) };
      const { value } = watch;
      if (value === null) return { kind: 'failed', problem: wrong('path') };
      return changeIfRight(change, (before) => withWatch(before, hostId, value));
    },
    removeWatch: ({ watchKey }) => change((before) => withoutWatch(before, watchKey)),
    setResumeCommand({ watchKey, resumeCommand }) {
      const command = typedCommand(resumeCommand);
      if (command.kind === 'wrong') return { kind: 'failed', problem: wrong(command.what) };
      return changeIfRight(change, (before) => withResumeCommand(before, watchKey, command.value));
    },
  };
}

/** A change that can turn out to be none, once the settings in the file are known. */
export async function changeIfRight(
  change: ChangeSettings,
  edit: (before: Settings) => Changed,
): Promise<SettingsAnswer> {
  let problem: Problem | null = null;
  const answer = await change((before) => {
    const changed = edit(before);
    if (changed.kind === 'ok') return changed.value;
    problem = wrong(changed.what);
    return before;
  });
  return problem === null ? answer : { kind: 'failed', problem };
}

/** Why what was typed is not used. */
export function wrong(what: Extract<Typed<unknown>, { kind: 'wrong' }>['what']): Problem {
  return { kind: `typed-${what}`, ...strings.settings.typed[what] };
}

function notRegistered(): SettingsAnswer {
  return { kind: 'failed', problem: { kind: 'launch-at-login', ...strings.settings.notRegistered } };
}
