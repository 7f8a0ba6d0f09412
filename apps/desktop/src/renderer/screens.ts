// Which screen the popover shows, and the way back. Pure.

/** The list of jobs is the first; the others lie behind it. */
export type Screen =
  | { kind: 'jobs' }
  | { kind: 'settings' }
  | { kind: 'job'; jobKey: string }
  | { kind: 'host'; hostId: string }
  | { kind: 'add-host' };

export interface Place {
  screen: Screen;
  /** The screens before it, the nearest last, each with the control that led on from it (see `data-return`). */
  behind: readonly { screen: Screen; control: string | null }[];
  /** The control that the keyboard goes back to; null: the screen's own first one. */
  returnTo: string | null;
}

/** A screen as the first that is seen; one that is not the jobs leads back to them. */
export function firstPlace(screen: Screen): Place {
  return {
    screen,
    behind: screen.kind === 'jobs' ? [] : [{ screen: { kind: 'jobs' }, control: null }],
    returnTo: null,
  };
}

export function goOn({ screen, behind }: Place, next: Screen, control: string | null): Place {
  return { screen: next, behind: [...behind, { screen, control }], returnTo: null };
}

/** The screen before this one; null: this is the first. */
export function goBack({ behind }: Place): Place | null {
  const last = behind.at(-1);
  if (last === undefined) return null;
  return { screen: last.screen, behind: behind.slice(0, -1), returnTo: last.control };
}
