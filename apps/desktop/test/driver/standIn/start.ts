import { pathToFileURL } from 'node:url';
import { standInApp } from './app.ts';
import { type Act, type Recorded, requestSchema } from './control.ts';
import { state } from './state.ts';

function say(message: unknown): void {
  if (process.connected) process.send?.(message);
}

function recorded(): Recorded {
  return { ...state.record, tray: state.tray(), windows: state.windows() };
}

/** Does what a person, a system or a test does to the app. */
export async function perform(act: Act): Promise<unknown> {
  if (act.kind === 'record') return recorded();
  const action = state.actions.get(act.kind);
  if (action === undefined) throw new Error(`The stand-in cannot do ${act.kind}.`);
  return action(act);
}

/** Starts the app's main bundle, which the command line names, and obeys whoever started this process. */
export function startApp(): void {
  process.on('message', (raw) => {
    const { id, act } = requestSchema.parse(raw);
    perform(act).then(
      (value) => say({ kind: 'answer', id, value: value === undefined ? null : value }),
      (error: unknown) =>
        say({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) }),
    );
  });
  // A test that dies leaves no app behind.
  process.on('disconnect', () => standInApp.exit(1));

  const mainBundle = process.argv[2];
  if (mainBundle === undefined) throw new Error('The stand-in needs the path of the main bundle.');

  standInApp.on('web-contents-created', (_event, contents) => {
    contents.once('did-finish-load', () => say({ kind: 'started' }));
  });

  import(pathToFileURL(mainBundle).href).then(
    () => standInApp.start(),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
