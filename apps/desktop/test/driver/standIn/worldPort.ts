import { decode, encode, type References } from './wireValue.ts';

// Runs in the page, once in each of its two worlds. The worlds share no JavaScript objects, only the DOM: each call is
// an event with text in it, which the other world answers before the dispatch returns. So functions cross as
// contextBridge's do, with results at once.

type World = 'page' | 'preload';

export interface WorldPort {
  /** Gives the other world `window[key]`. */
  expose(key: string, api: unknown): void;
}

export function createWorldPort(own: World): WorldPort {
  const other: World = own === 'page' ? 'preload' : 'page';
  const functions = new Map<number, (...args: unknown[]) => unknown>();
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: unknown): void }>();
  let lastId = 0;
  let answer: string | undefined;

  const references: References = {
    keepFunction(value) {
      lastId += 1;
      functions.set(lastId, value);
      return lastId;
    },
    keepPromise(value) {
      lastId += 1;
      const id = lastId;
      value.then(
        (result) => send('settle', { id, value: encode(result, references) }),
        (error: unknown) => send('settle', { id, error: messageOf(error) }),
      );
      return id;
    },
    functionOf:
      (id) =>
      (...args: unknown[]) =>
        call(id, args),
    promiseOf: (id) => new Promise((resolve, reject) => waiting.set(id, { resolve, reject })),
  };

  function send(kind: string, body: unknown): void {
    window.dispatchEvent(new CustomEvent(`stand-in:${other}:${kind}`, { detail: JSON.stringify(body) }));
  }
  function receive(kind: string, listener: (body: Record<string, unknown>) => void): void {
    window.addEventListener(`stand-in:${own}:${kind}`, (event) => {
      if (event instanceof CustomEvent) listener(JSON.parse(String(event.detail)));
    });
  }
  function call(id: number, args: unknown[]): unknown {
    send('call', { id, args: args.map((arg) => encode(arg, references)) });
    if (answer === undefined) throw new Error('The other world did not answer.');
    const { value, error } = JSON.parse(answer);
    answer = undefined;
    if (error !== undefined) throw new Error(String(error));
    return decode(value, references);
  }

  receive('call', ({ id, args }) => {
    let body: unknown;
    try {
      const own = functions.get(Number(id));
      if (own === undefined || !Array.isArray(args)) throw new Error('No such function.');
      body = { value: encode(own(...args.map((arg) => decode(arg, references))), references) };
    } catch (error) {
      body = { error: messageOf(error) };
    }
    send('answer', body);
  });
  receive('answer', (body) => {
    answer = JSON.stringify(body);
  });
  receive('settle', ({ id, value, error }) => {
    const promise = waiting.get(Number(id));
    waiting.delete(Number(id));
    if (error !== undefined) promise?.reject(new Error(String(error)));
    else promise?.resolve(decode(value, references));
  });
  receive('expose', ({ key, api }) => {
    Object.defineProperty(window, String(key), {
      value: freeze(decode(api, references)),
      enumerable: true,
      configurable: false,
      writable: false,
    });
  });

  return { expose: (key, api) => send('expose', { key, api: encode(api, references) }) };
}

function freeze(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) {
    for (const item of Object.values(value)) freeze(item);
    Object.freeze(value);
  }
  return value;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
