// Values as they cross between the two worlds of a page, and between a page and main: what a structured clone would
// carry of the kinds that the bridge uses. Anything else throws, as Electron does. Every non-primitive is a tagged
// array, so that no value can be taken for a tag.

export type Encoded = string | number | boolean | null | [string, ...unknown[]];

export interface References {
  /** Keeps a function or promise on this side and gives its number; without it such a value cannot cross. */
  keepFunction?(value: (...args: unknown[]) => unknown): number;
  keepPromise?(value: Promise<unknown>): number;
  functionOf?(id: number): unknown;
  promiseOf?(id: number): unknown;
}

export function encode(value: unknown, references: References = {}): Encoded {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (value === undefined) return ['undefined'];
  if (typeof value === 'number') return Number.isFinite(value) ? value : ['number', String(value)];
  if (typeof value === 'function' && references.keepFunction !== undefined) {
    return [
      'function',
      references.keepFunction((...args: unknown[]) => Reflect.apply(value, undefined, args)),
    ];
  }
  if (value instanceof Promise && references.keepPromise !== undefined) {
    return ['promise', references.keepPromise(value)];
  }
  if (value instanceof Error) return ['error', value.message];
  if (Array.isArray(value)) return ['array', ...value.map((item) => encode(item, references))];
  if (typeof value === 'object' && isPlain(value)) {
    return ['object', Object.entries(value).map(([key, item]) => [key, encode(item, references)])];
  }
  throw new Error('An object could not be cloned.');
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export function decode(encoded: unknown, references: References = {}): unknown {
  if (!Array.isArray(encoded)) return encoded;
  const [tag, ...rest] = encoded as unknown[];
  switch (tag) {
    case 'undefined':
      return undefined;
    case 'number':
      return Number(rest[0]);
    case 'error':
      return new Error(String(rest[0]));
    case 'array':
      return rest.map((item) => decode(item, references));
    case 'object': {
      const pairs = rest[0] as [string, unknown][];
      return Object.fromEntries(pairs.map(([key, item]) => [key, decode(item, references)]));
    }
    case 'function':
      return references.functionOf?.(Number(rest[0]));
    case 'promise':
      return references.promiseOf?.(Number(rest[0]));
    default:
      throw new Error(`The stand-in met a value of an unknown kind: ${String(tag)}`);
  }
}
