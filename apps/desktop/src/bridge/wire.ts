import type { ZodType } from 'zod';

// How a channel's contract becomes a function of the page. What crosses is parsed on both sides.

/** A question of the renderer's to main, and its answer. */
export interface RequestChannel<Q, A> {
  channel: string;
  request: ZodType<Q>;
  response: ZodType<A>;
}

/** What main tells the renderer unasked. */
export interface PushChannel<M> {
  channel: string;
  message: ZodType<M>;
}

export function request<Q, A>(name: string, contract: { request: ZodType<Q>; response: ZodType<A> }) {
  return { channel: `milepost:${name}`, ...contract } satisfies RequestChannel<Q, A>;
}

export function push<M>(name: string, message: ZodType<M>) {
  return { channel: `milepost:push:${name}`, message } satisfies PushChannel<M>;
}

/** The two ways out of a renderer, as the preload has them. */
export interface Wire {
  invoke(channel: string, body: unknown): Promise<unknown>;
  /** Returns its own end. */
  listen(channel: string, listener: (message: unknown) => void): () => void;
}

/** A function that asks; it rejects for a question or an answer that does not parse. */
export function caller<Q, A>(wire: Wire, { channel, request: schema, response }: RequestChannel<Q, A>) {
  return async (body: Q): Promise<A> => response.parse(await wire.invoke(channel, schema.parse(body)));
}

/** A function that subscribes; a push that does not parse is dropped and told on the console. */
export function subscriber<M>(wire: Wire, { channel, message }: PushChannel<M>) {
  return (listener: (message: M) => void): (() => void) =>
    wire.listen(channel, (raw) => {
      const parsed = message.safeParse(raw);
      if (parsed.success) listener(parsed.data);
      else console.error(`A message on ${channel} was not understood: ${parsed.error.message}`);
    });
}
