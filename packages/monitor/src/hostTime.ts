/** A time that a host's records name, in ms since the epoch; null: it is not understood. Pure. */
export function hostTimeOf(iso: string): number | null {
  const at = Date.parse(iso);
  return Number.isFinite(at) ? at : null;
}
