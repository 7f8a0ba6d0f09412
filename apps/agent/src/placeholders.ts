import { quoteShell } from '@milepost/shared/text';

// What {start} and its like become. Pure. Exactly these names are placeholders; every other brace stays as it is.

/** The values of one batch. `end` is the item after the last. */
export interface BatchValues {
  start: number;
  end: number;
  count: number;
  index: number;
  /** The path that the checkpoint is to be written to. */
  output: string;
}

const BATCH = /\{(start|end|count|index|output)\}/g;

/** Whether any argument holds a placeholder: then the job is batched. */
export function hasPlaceholder(command: readonly string[]): boolean {
  return command.some((argument) => argument.search(BATCH) >= 0);
}

/** Whether the command is given the path of its output. */
export function hasOutputPlaceholder(command: readonly string[]): boolean {
  return command.some((argument) => argument.includes('{output}'));
}

/** The command of one batch. An argument stays one argument whatever the values hold. */
export function fillCommand(command: readonly string[], values: BatchValues): string[] {
  return command.map((argument) =>
    argument.replace(BATCH, (_, name: keyof BatchValues) => String(values[name])),
  );
}

/** The same values as environment variables, for a batch's command. */
export function batchEnvironment(values: BatchValues): Record<string, string> {
  return {
    MILEPOST_START: String(values.start),
    MILEPOST_END: String(values.end),
    MILEPOST_COUNT: String(values.count),
    MILEPOST_INDEX: String(values.index),
    MILEPOST_OUTPUT: values.output,
  };
}

export interface MergeValues {
  inputs: readonly string[];
  list: string;
  output: string;
}

/** The shell line of a merge: each path is quoted for the shell. */
export function fillMerge(line: string, values: MergeValues): string {
  return line.replace(/\{(inputs|list|output)\}/g, (_, name: keyof MergeValues) =>
    name === 'inputs' ? values.inputs.map(quoteShell).join(' ') : quoteShell(values[name]),
  );
}
