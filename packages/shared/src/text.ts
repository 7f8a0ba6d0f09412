/** The longest free text that is written, shown or sent on, in code points. */
export const MAX_TEXT = 200;

const ESC = '\u001b';
const BEL = '\u0007';
/** A string sequence's body is cut at this length when its end never comes. */
const MAX_SEQUENCE = 4096;

/**
 * Removes whole terminal escape sequences (ECMA-48: CSI, OSC, DCS, SOS, PM, APC, two-character escapes, and the
 * 8-bit C1 forms) and bidirectional controls, keeping everything else, line breaks included.
 *
 * One pass, linear in the length of the input.
 */
export function stripTerminal(text: string): string {
  let out = '';
  let from = 0;
  for (let at = nextIntroducer(text, 0); at !== -1; at = nextIntroducer(text, from)) {
    out += text.slice(from, at);
    from = at + sequenceLength(text, at);
  }
  return (out + text.slice(from)).replace(BIDI_CONTROLS, '');
}

/** What an escape sequence can begin with: ESC, or DCS, SOS, CSI, OSC, PM, APC in one character. */
const INTRODUCERS = /[\u001b\u0090\u0098\u009b\u009d-\u009f]/g;

function nextIntroducer(text: string, from: number): number {
  INTRODUCERS.lastIndex = from;
  return INTRODUCERS.exec(text)?.index ?? -1;
}

/** The marks, embeddings, overrides and isolates of UAX #9, with which text can be shown in another order. */
const BIDI_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** How many UTF-16 units the escape sequence takes whose introducer is at `at`; at least 1. */
function sequenceLength(text: string, at: number): number {
  const char = text[at];
  if (char === ESC) {
    const next = text[at + 1];
    if (next === undefined) return 1;
    if (next === '[') return 2 + controlSequenceBody(text, at + 2);
    if (next === ']' || next === 'P' || next === 'X' || next === '^' || next === '_') {
      return 2 + stringBody(text, at + 2);
    }
    // nF escapes: intermediates 0x20-0x2f, then one final byte.
    let end = at + 1;
    while (inRange(text.charCodeAt(end), 0x20, 0x2f) && end - at < MAX_SEQUENCE) end += 1;
    return inRange(text.charCodeAt(end), 0x30, 0x7e) ? end - at + 1 : Math.max(1, end - at);
  }
  return 1 + (char === '\u009b' ? controlSequenceBody(text, at + 1) : stringBody(text, at + 1));
}

function controlSequenceBody(text: string, start: number): number {
  let at = start;
  while (inRange(text.charCodeAt(at), 0x20, 0x3f) && at - start < MAX_SEQUENCE) at += 1;
  return inRange(text.charCodeAt(at), 0x40, 0x7e) ? at - start + 1 : at - start;
}

function stringBody(text: string, start: number): number {
  const limit = Math.min(text.length, start + MAX_SEQUENCE);
  for (let at = start; at < limit; at += 1) {
    const char = text[at];
    if (char === BEL || char === '\u009c') return at - start + 1;
    if (char === ESC) return text[at + 1] === '\\' ? at - start + 2 : at - start;
    // An unfinished sequence does not swallow the lines after it.
    if (char === '\n' || char === '\r') return at - start;
  }
  return limit - start;
}

function inRange(code: number, low: number, high: number): boolean {
  return code >= low && code <= high;
}

/** Words of visible ASCII with one space between them: nearly every text, and nothing in it is to be cleaned. */
const PLAIN = /^(?:[!-~]+(?: [!-~]+)*)?$/;

/**
 * Makes untrusted text fit to show, log or put in a notification: escape sequences and bidirectional controls are
 * removed, line breaks and other control characters become one space, lone surrogates are replaced, and at most
 * `max` code points (default {@link MAX_TEXT}) are kept, the last one an ellipsis where something was cut.
 */
export function cleanText(text: string, max: number = MAX_TEXT): string {
  if (text.length <= max && PLAIN.test(text)) return text;
  const plain = stripTerminal(text.slice(0, 64 * 1024))
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff]+/g, ' ')
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    .replace(/\s+/g, ' ')
    .trim();
  if (max < 1) return '';
  if (plain.length <= max) return plain;
  const points = [...plain];
  return points.length <= max
    ? plain
    : `${points
        .slice(0, max - 1)
        .join('')
        .trimEnd()}…`;
}

/**
 * Quotes one argument for a POSIX shell, so that it arrives as it is whatever it holds.
 * A NUL character can't be passed to a command at all: it throws a RangeError.
 */
export function quoteShell(argument: string): string {
  if (argument.includes('\0')) throw new RangeError('An argument of a command cannot hold a NUL character.');
  // An equals sign is plain only behind an option's dash: `a=b` may be an assignment, and zsh expands `=a`.
  if (/^(?:[A-Za-z0-9_@%+:,./-]+|-[A-Za-z0-9_@%+=:,./-]+)$/.test(argument)) return argument;
  return `'${argument.replaceAll("'", `'\\''`)}'`;
}
