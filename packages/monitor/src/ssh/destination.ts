/**
 * Why a destination (`host` or `user@host`) is not used, as one sentence; null: it is fine. What ssh would take for an
 * option and what a shell would take for anything but a word is refused.
 */
export function faultOfDestination(destination: string): string | null {
  if (destination === '') return 'No host is named.';
  if (destination.length > 255) return 'The host is longer than 255 characters.';
  if (/[\s\u0000-\u001f\u007f-\u009f]/.test(destination)) {
    return 'The host holds white space or a control character.';
  }
  if (/['"`$&|;<>(){}[\]*?!#\\^~]/.test(destination)) return 'The host holds a character of the shell.';
  const at = destination.lastIndexOf('@');
  const host = destination.slice(at + 1);
  if (host === '' || at === 0) return 'The host or the user before @ is empty.';
  if (destination.startsWith('-') || host.startsWith('-')) return 'The host or the user begins with “-”.';
  return null;
}
