import { type Claim, PLAIN_CLAIM, sourceName } from './claim.ts';
import { readCount } from './count.ts';
import { prefixOf } from './linePrefix.ts';

/** Loops whose one turn takes long: a line names the turn that begins, so that one less is done. */
const LONG_TURNS = 'epoch|fold|round|generation|trial|episode';
const SHORT_TURNS =
  'global[ _]step|training step|step|iteration|iter|mini-?batch|batch|sample|example|item|image|frame|file|shard|row|record|document|simulation';

/** `Epoch 3/100`, `epoch: [3/100]`, `Step 1200 of 5000`. */
const COUNTER = new RegExp(
  `^(${LONG_TURNS}|${SHORT_TURNS})s?\\s{0,3}[:=#]?\\s{0,3}[[(]?\\s{0,6}#?(\\d{1,16})\\s{0,3}(?:/|(?:out )?of\\s)\\s{0,6}(\\d{1,16})\\s{0,3}[\\])]?(?![\\w/%\\\\]|\\.\\w|[:,]\\d)`,
  'i',
);
/** Where a bar's text may count its turns. */
const LONG_TURN = new RegExp(`(?:${LONG_TURNS})s?\\s{0,3}[:=#]?\\s{0,3}[[(]?\\s{0,6}#?\\d`, 'i');
/** Words with which one line is enough. */
const ALONE = /step$|^iter|batch$/;
const IS_LONG = new RegExp(`^(?:${LONG_TURNS})$`);
const INDEXED = new RegExp(
  `(?:^|[^a-z])(?:${LONG_TURNS})\\s{0,3}[:=#]?\\s{0,3}[[(]?#?\\d{1,16}(?![\\d.]*\\d?\\s{0,3}(?:/|of\\s))`,
  'i',
);

const VERB = /^(?:[a-z]{2,20}ing|train|current|global|finished|completed|done with|end of)\s{1,3}/i;

const FINISHED = /\b(?:done|finished|completed?|ended)\b/i;
const NOT_FINISHED = /\b(?:not|n't|before|until|will|to be)\b/i;

/** A total below this makes one too many a visible mistake: such a step counts as begun, not as done. */
const FEW = 50;

/** `Epoch 3/100` and `step 1200 of 5000` where a line begins with them. */
export function readCounter(text: string): Claim | null {
  let rest = text;
  for (let more = 0; more < 6; more += 1) {
    const verb = VERB.exec(rest)?.[0] ?? '';
    const found = COUNTER.exec(rest.slice(verb.length)) ?? COUNTER.exec(rest);
    if (found) return counterClaim(found, rest, rest.slice(rest.indexOf(found[0]) + found[0].length), null);
    const before = prefixOf(rest);
    if (before === '') return readBracket(rest);
    if (before.startsWith('[')) {
      const bracket = readBracket(rest);
      if (bracket) return bracket;
    }
    rest = rest.slice(before.length);
  }
  return null;
}

/** The epochs that a bar's own text counts, as in `Epoch 3/100:  12%|█▏ ...`: the bar is of one of them. */
export function epochOf(label: string, name: string): Claim | null {
  const at = label.search(LONG_TURN);
  const found = at < 0 ? null : COUNTER.exec(label.slice(at));
  // The bar ends an epoch as little as it ends the job.
  return found ? counterClaim(found, label, '', name) : null;
}

/** Whether a bar's text says that it is the third of something, and not of how many. */
export function isIndexed(label: string): boolean {
  return INDEXED.test(label);
}

function counterClaim(found: RegExpExecArray, line: string, rest: string, bar: string | null): Claim | null {
  const [matched, word = '', atText = '', totalText = ''] = found;
  const at = readCount(atText);
  const total = readCount(totalText);
  if (at === null || total === null || total === 0 || at > total) return null;
  // "step 3/4 of the way": a part of something else.
  if (/^\s{0,3}of\b/i.test(rest)) return null;
  if (mayBeYear(at, total)) return null;
  const name = word.toLowerCase().replace(/[ _-]/g, '');
  const isLong = IS_LONG.test(name);
  const isFinished = FINISHED.test(`${line.slice(0, 20)} ${rest}`) && !NOT_FINISHED.test(line);
  return {
    ...PLAIN_CLAIM,
    kind: name === 'epoch' ? 'epoch' : 'counter',
    key: `count:${name}`,
    from: bar === null ? sourceName('', matched).trim() : sourceName(bar, matched),
    at,
    total,
    unit: unitOf(name),
    // "record 11/24" alone may be a date, "sample 3/10" a name.
    risesNeeded: isLong || ALONE.test(name) ? 0 : 1,
    isBegun: !isFinished && (isLong || total < FEW),
  };
}

const BRACKET = /^[[(]\s{0,8}(\d{1,16})\s{0,2}\/\s{0,2}(\d{1,16})\s{0,2}[\])](?=[\s:,-]|$)/;

/** `[12/100] Building ...`, what ninja prints. One alone may be anything: it must rise twice with one total. */
function readBracket(text: string): Claim | null {
  const [matched, atText = '', totalText = ''] = BRACKET.exec(text) ?? [];
  if (matched === undefined) return null;
  const at = readCount(atText);
  const total = readCount(totalText);
  if (at === null || total === null || total === 0 || at > total) return null;
  if (mayBeDate(atText, totalText, at, total)) return null;
  return {
    ...PLAIN_CLAIM,
    kind: 'counter',
    key: `count:${matched.startsWith('[') ? '[]' : '()'}`,
    from: sourceName('', matched.replace(/\s+/g, '')).trim(),
    at,
    total,
    risesNeeded: 2,
    isBegun: total < FEW,
  };
}

/** A month and a year. */
function mayBeYear(at: number, total: number): boolean {
  return at > 0 && at <= 12 && total >= 1900 && total <= 2100;
}

/** `[11/2024]`, `[05/12]`. */
function mayBeDate(atText: string, totalText: string, at: number, total: number): boolean {
  if (mayBeYear(at, total)) return true;
  return atText.length === 2 && totalText.length === 2 && at <= 31 && total <= 12;
}

function unitOf(word: string): string {
  if (word.startsWith('iter')) return 'iterations';
  if (word.endsWith('step')) return 'steps';
  return word.endsWith('batch') ? 'batches' : `${word}s`;
}
