import { EXIT } from '@milepost/shared/answers';

export type RefusalKind = keyof typeof EXIT;

/**
 * A command that can't do what was asked. It is shown as one message and what to do next, without a stack trace, and
 * decides the exit code.
 */
export class Refusal extends Error {
  readonly kind: RefusalKind;
  readonly hint: string | null;

  constructor(kind: RefusalKind, message: string, hint: string | null = null) {
    super(message);
    this.name = 'Refusal';
    this.kind = kind;
    this.hint = hint;
  }

  get exitCode(): number {
    return EXIT[this.kind];
  }
}
