/** Characters by their code, from and to, in rising order and apart from each other. */
export type Ranges = readonly (readonly [from: number, to: number])[];

/** A regular expression as a tree. */
export type Node =
  | { type: 'set'; ranges: Ranges }
  | { type: 'start' | 'end' | 'edge' | 'noEdge' }
  | { type: 'sequence'; parts: readonly Node[] }
  | { type: 'choice'; parts: readonly Node[] }
  | { type: 'group'; name: string; part: Node }
  | { type: 'repeat'; part: Node; min: number; max: number | null; isLazy: boolean };

/** What is wrong with a pattern, for a person. */
export class PatternProblem extends Error {}

const MAX_CODE = 0xffff;
const DIGITS: Ranges = [[48, 57]];
const WORDS: Ranges = [
  [48, 57],
  [65, 90],
  [95, 95],
  [97, 122],
];
const SPACES: Ranges = [
  [9, 13],
  [32, 32],
  [160, 160],
  [0x1680, 0x1680],
  [0x2000, 0x200a],
  [0x2028, 0x2029],
  [0x202f, 0x202f],
  [0x205f, 0x205f],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];
const LINE_ENDS: Ranges = [
  [10, 10],
  [13, 13],
  [0x2028, 0x2029],
];

/** All characters but these. */
function allBut(ranges: Ranges): Ranges {
  const rest: [number, number][] = [];
  let from = 0;
  for (const [low, high] of merged(ranges)) {
    if (low > from) rest.push([from, low - 1]);
    from = high + 1;
  }
  if (from <= MAX_CODE) rest.push([from, MAX_CODE]);
  return rest;
}

function merged(ranges: Ranges): Ranges {
  const sorted = [...ranges].sort(([a], [b]) => a - b);
  const result: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = result.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else result.push([low, high]);
  }
  return result;
}

const CLASSES: Record<string, Ranges> = {
  d: DIGITS,
  w: WORDS,
  s: SPACES,
  D: allBut(DIGITS),
  W: allBut(WORDS),
  S: allBut(SPACES),
};
const CONTROLS: Record<string, number> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };
const MAX_DEPTH = 30;
const MAX_REPEAT = 100;

/** Parses JavaScript's syntax, without what can't be matched in linear time. @throws PatternProblem */
export function parsePattern(text: string): Node {
  let at = 0;
  let depth = 0;

  function problem(what: string): PatternProblem {
    return new PatternProblem(`${what} (at character ${Math.min(at, text.length) + 1})`);
  }

  function choice(): Node {
    const parts = [sequence()];
    while (text[at] === '|') {
      at += 1;
      parts.push(sequence());
    }
    const [only] = parts;
    return parts.length === 1 && only ? only : { type: 'choice', parts };
  }

  function sequence(): Node {
    const parts: Node[] = [];
    while (at < text.length && text[at] !== '|' && text[at] !== ')') parts.push(repeated(atom()));
    return { type: 'sequence', parts };
  }

  function atom(): Node {
    const char = text[at] ?? '';
    if (char === '(') return group();
    if (char === '[') return { type: 'set', ranges: charClass() };
    if ('*+?'.includes(char)) throw problem(`there is nothing before ${char} to repeat`);
    at += 1;
    if (char === '^') return { type: 'start' };
    if (char === '$') return { type: 'end' };
    if (char === '.') return { type: 'set', ranges: allBut(LINE_ENDS) };
    if (char !== '\\') return single(char.charCodeAt(0));
    if (text[at] === 'b' || text[at] === 'B') {
      at += 1;
      return { type: text[at - 1] === 'b' ? 'edge' : 'noEdge' };
    }
    return { type: 'set', ranges: escaped() };
  }

  function group(): Node {
    const opening = /^\((?:\?(?::|<([A-Za-z_]\w*)>|[=!]|<[=!]|.?))?/.exec(text.slice(at));
    const [begun = '(', name] = opening ?? [];
    if (/^\(\?<?[=!]/.test(begun)) {
      throw problem('looking ahead or behind, (?=, (?!, (?<= or (?<!, is not taken');
    }
    if (begun !== '(' && begun !== '(?:' && name === undefined) throw problem(`${begun} is not taken`);
    depth += 1;
    if (depth > MAX_DEPTH) throw problem('too many brackets within each other');
    at += begun.length;
    const part = choice();
    if (text[at] !== ')') throw problem('a bracket is not closed');
    at += 1;
    depth -= 1;
    return name === undefined ? part : { type: 'group', name, part };
  }

  function repeated(part: Node): Node {
    const [matched, sign, minText, comma, maxText] =
      /^(?:([*+?])|\{(\d{1,4})(?:(,)(\d{1,4})?)?\})/.exec(text.slice(at)) ?? [];
    if (matched === undefined) return part;
    at += matched.length;
    if (part.type === 'start' || part.type === 'end' || part.type === 'edge' || part.type === 'noEdge') {
      throw problem(`${matched} stands behind something that has no length`);
    }
    const isLazy = text[at] === '?';
    if (isLazy) at += 1;
    if (/^[*+?]/.test(text.slice(at))) throw problem(`${text[at]} stands behind ${matched}`);
    if (sign !== undefined) {
      return { type: 'repeat', part, min: sign === '+' ? 1 : 0, max: sign === '?' ? 1 : null, isLazy };
    }
    const min = Number(minText);
    const max = comma === undefined ? min : maxText === undefined ? null : Number(maxText);
    if (max !== null && max < min) throw problem(`in ${matched} the second number is the smaller one`);
    if (Math.max(min, max ?? 0) > MAX_REPEAT) throw problem(`${matched} is more than ${MAX_REPEAT} times`);
    return { type: 'repeat', part, min, max, isLazy };
  }

  /** What stands behind a backslash. */
  function escaped(): Ranges {
    const char = text[at];
    if (char === undefined) throw problem('there is nothing behind the last backslash');
    at += 1;
    const known = CLASSES[char];
    if (known) return known;
    const control = CONTROLS[char];
    if (control !== undefined) return [[control, control]];
    if (/[1-9k]/.test(char)) throw problem(`\\${char}, what a group found before, is not taken`);
    if (char === 'p' || char === 'P') throw problem(`\\${char} is not taken`);
    const [digits] =
      (char === 'x' ? /^[\da-f]{2}/i : char === 'u' ? /^[\da-f]{4}/i : /^$/).exec(text.slice(at)) ?? [];
    if (char === 'x' || char === 'u') {
      if (!digits) throw problem(`\\${char} needs its hexadecimal digits`);
      at += digits.length;
      const code = Number.parseInt(digits, 16);
      return [[code, code]];
    }
    if (/[a-z\d]/i.test(char)) throw problem(`\\${char} is not known`);
    return [[char.charCodeAt(0), char.charCodeAt(0)]];
  }

  function charClass(): Ranges {
    at += 1;
    const isNegated = text[at] === '^';
    if (isNegated) at += 1;
    const ranges: (readonly [number, number])[] = [];
    while (text[at] !== ']') {
      const low = classPart();
      const [first] = low;
      if (text[at] === '-' && text[at + 1] !== ']' && low.length === 1 && first && first[0] === first[1]) {
        at += 1;
        const high = classPart();
        const last = high[0];
        if (high.length !== 1 || !last || last[0] !== last[1]) throw problem('a range ends with a class');
        if (last[0] < first[0]) throw problem('a range has its ends the wrong way round');
        ranges.push([first[0], last[0]]);
      } else ranges.push(...low);
    }
    at += 1;
    return isNegated ? allBut(ranges) : merged(ranges);
  }

  function classPart(): Ranges {
    const char = text[at];
    if (char === undefined) throw problem('a [ is not closed');
    at += 1;
    if (char !== '\\') return [[char.charCodeAt(0), char.charCodeAt(0)]];
    if (text[at] === 'b') {
      at += 1;
      return [[8, 8]];
    }
    if (text[at] === '-') {
      at += 1;
      return [[45, 45]];
    }
    return escaped();
  }

  const node = choice();
  if (at < text.length) throw problem('a ) closes nothing');
  return node;
}

function single(code: number): Node {
  return { type: 'set', ranges: [[code, code]] };
}
