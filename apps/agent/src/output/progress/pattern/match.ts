import { type Node, PatternProblem, type Ranges } from './syntax.ts';

type Step =
  | { do: 'char'; ascii: Uint8Array; ranges: Ranges }
  | { do: 'test'; what: 'start' | 'end' | 'edge' | 'noEdge' }
  | { do: 'save'; slot: number }
  | { do: 'split'; first: number; second: number }
  | { do: 'jump'; to: number }
  | { do: 'match' };

/** A pattern with more steps than this would be slow on every line. */
const MAX_STEPS = 300;

/** Finds the first place where a pattern matches, and what its named groups found there. */
export type Matcher = (text: string) => Readonly<Record<string, string>> | null;

/**
 * Makes a matcher of a parsed pattern that takes time in proportion to the text's length, whatever the pattern: all ways
 * of matching are followed side by side, one character at a time, and two that stand at one place are one.
 *
 * It prefers what JavaScript's own would find. @throws PatternProblem where the pattern is too large.
 */
export function matcherOf(node: Node): Matcher {
  const names: string[] = [];
  const steps: Step[] = [];
  emit(node, steps, names);
  steps.push({ do: 'match' });
  const slots = names.length * 2;

  return (text) => {
    let now = newThreads(steps.length);
    let next = newThreads(steps.length);
    let found: Int32Array | null = null;
    for (let at = 0; at <= text.length; at += 1) {
      // A later beginning is only looked for until there is a match.
      if (found === null) follow(now, 0, new Int32Array(slots).fill(-1), at, text, steps);
      if (now.count === 0 && found !== null) break;
      const code = at < text.length ? text.charCodeAt(at) : -1;
      for (let one = 0; one < now.count; one += 1) {
        const place = now.list[one] ?? 0;
        const step = steps[place];
        const saved = now.saved[one];
        if (!step || !saved) continue;
        if (step.do === 'match') {
          // The ways behind it are less preferred.
          found = saved;
          break;
        }
        if (step.do === 'char' && code >= 0 && isIn(step, code)) {
          follow(next, place + 1, saved, at + 1, text, steps);
        }
      }
      [now, next] = [next, now];
      next.count = 0;
      next.mark += 1;
    }
    return found && groupsOf(found, names, text);
  };
}

/** The places at which the ways of matching stand, the preferred first; none twice. */
interface Threads {
  list: Int32Array;
  saved: Int32Array[];
  count: number;
  seen: Int32Array;
  mark: number;
}

function newThreads(size: number): Threads {
  return { list: new Int32Array(size), saved: [], count: 0, seen: new Int32Array(size), mark: 1 };
}

/** Adds a place, or the places that can be reached from it without taking a character. */
function follow(
  threads: Threads,
  from: number,
  captures: Int32Array,
  at: number,
  text: string,
  steps: Step[],
): void {
  const stack: { place: number; saved: Int32Array }[] = [{ place: from, saved: captures }];
  for (let one = stack.pop(); one; one = stack.pop()) {
    let { place, saved } = one;
    for (;;) {
      if (threads.seen[place] === threads.mark) break;
      threads.seen[place] = threads.mark;
      const step = steps[place];
      if (!step) break;
      if (step.do === 'jump') place = step.to;
      else if (step.do === 'split') {
        stack.push({ place: step.second, saved });
        place = step.first;
      } else if (step.do === 'save') {
        saved = saved.slice();
        saved[step.slot] = at;
        place += 1;
      } else if (step.do === 'test') {
        if (!holds(step.what, text, at)) break;
        place += 1;
      } else {
        threads.list[threads.count] = place;
        threads.saved[threads.count] = saved;
        threads.count += 1;
        break;
      }
    }
  }
}

function holds(what: 'start' | 'end' | 'edge' | 'noEdge', text: string, at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  return (isWord(text, at - 1) !== isWord(text, at)) === (what === 'edge');
}

function isWord(text: string, at: number): boolean {
  return /^\w$/.test(text[at] ?? '');
}

function isIn(step: { ascii: Uint8Array; ranges: Ranges }, code: number): boolean {
  if (code < 128) return step.ascii[code] === 1;
  return step.ranges.some(([low, high]) => code >= low && code <= high);
}

function groupsOf(saved: Int32Array, names: readonly string[], text: string): Record<string, string> {
  const groups: Record<string, string> = {};
  names.forEach((name, index) => {
    const from = saved[index * 2] ?? -1;
    const to = saved[index * 2 + 1] ?? -1;
    if (from >= 0 && to >= from) groups[name] = text.slice(from, to);
  });
  return groups;
}

function emit(node: Node, steps: Step[], names: string[]): void {
  if (steps.length > MAX_STEPS) throw new PatternProblem('the pattern is too long, or repeats too much');
  switch (node.type) {
    case 'set': {
      const ascii = new Uint8Array(128);
      for (const [low, high] of node.ranges) if (low < 128) ascii.fill(1, low, Math.min(high, 127) + 1);
      steps.push({ do: 'char', ascii, ranges: node.ranges });
      return;
    }
    case 'sequence':
      for (const part of node.parts) emit(part, steps, names);
      return;
    case 'group': {
      let index = names.indexOf(node.name);
      if (index < 0) index = names.push(node.name) - 1;
      steps.push({ do: 'save', slot: index * 2 });
      emit(node.part, steps, names);
      steps.push({ do: 'save', slot: index * 2 + 1 });
      return;
    }
    case 'choice': {
      const jumps: { do: 'jump'; to: number }[] = [];
      node.parts.forEach((part, index) => {
        if (index === node.parts.length - 1) {
          emit(part, steps, names);
          return;
        }
        const split = { do: 'split' as const, first: steps.length + 1, second: 0 };
        const jump = { do: 'jump' as const, to: 0 };
        steps.push(split);
        emit(part, steps, names);
        steps.push(jump);
        jumps.push(jump);
        split.second = steps.length;
      });
      for (const jump of jumps) jump.to = steps.length;
      return;
    }
    case 'repeat': {
      for (let count = 0; count < node.min; count += 1) emit(node.part, steps, names);
      const optional = node.max === null ? 1 : node.max - node.min;
      const splits: { first: number; second: number }[] = [];
      for (let count = 0; count < optional; count += 1) {
        const split = { do: 'split' as const, first: steps.length + 1, second: steps.length + 1 };
        const begin = steps.length;
        steps.push(split);
        splits.push(split);
        emit(node.part, steps, names);
        if (node.max === null) steps.push({ do: 'jump', to: begin });
      }
      for (const split of splits) {
        if (node.isLazy) split.first = steps.length;
        else split.second = steps.length;
      }
      return;
    }
    default:
      steps.push({ do: 'test', what: node.type });
  }
}
