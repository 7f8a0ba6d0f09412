import { Refusal } from './refusal.ts';

/** What an item is called where nobody says. */
export const DEFAULT_UNIT = 'items';

/** A wrong use of the command line. */
export function usage(message: string, hint: string | null = null): Refusal {
  return new Refusal('usage', message, hint);
}

/** A text that an option needs. */
export function filled(option: string, text: string): string {
  if (text !== '') return text;
  throw usage(`${option} is empty.`, 'Leave it out, or is a variable not set that it was to hold?');
}

/** A whole number of an option, thousands separators allowed. Throws a {@link Refusal} of kind `usage`. */
export function wholeNumber(
  option: string,
  text: string | undefined,
  least: number,
  most: number = Number.MAX_SAFE_INTEGER,
): number {
  if (text === undefined)
    throw usage(`${option} is missing.`, `Say how many items there are: ${option} 1000`);
  const plain = text.replaceAll(/[_,](?=\d{3}(\D|$))/g, '');
  const value = /^\d+$/.test(plain) ? Number(plain) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const range = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `from ${least} to ${most}`;
  throw usage(`${option} takes a whole number, ${range}, and not ${JSON.stringify(text)}.`);
}

/** Refuses options that only a command in batches has. @param because what is so instead, such as `this one runs whole`. */
export function refuseBatchOptions<K extends string>(
  options: Readonly<Partial<Record<K, unknown>>>,
  batchOptions: readonly (readonly [K, string])[],
  because: string,
): void {
  for (const [key, option] of batchOptions) {
    if (options[key] === undefined) continue;
    throw usage(
      `${option} is for a command that runs in batches, and ${because}.`,
      'Leave it out. A new job gets batches by a placeholder such as {start} in its command, or by --every.',
    );
  }
}

/** Refuses options that only a command that runs whole has; empty lists are not given. */
export function refuseProcessOptions(
  options: { checkpoints?: string[]; progress?: string[]; resumeArgs?: string },
  because: string,
): void {
  for (const [option, value] of [
    ['--checkpoints', options.checkpoints],
    ['--progress', options.progress],
    ['--resume-args', options.resumeArgs],
  ] as const) {
    if (value === undefined || value.length === 0) continue;
    throw usage(
      `${option} is for a command that runs whole, and ${because}.`,
      'Its checkpoints and its progress are known by its batches. Leave the option out.',
    );
  }
}
