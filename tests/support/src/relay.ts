import { connect, createServer, type Socket } from 'node:net';

/** A TCP relay on loopback that makes the way to a server as bad as a test wants it. */
export interface Relay {
  port: number;
  /** Milliseconds each way; opening a connection costs a round trip more, as TCP has it. */
  setDelay(oneWayMs: number): void;
  /** Bytes per second each way; null: as fast as it goes. */
  setBandwidth(bytesPerSecond: number | null): void;
  /** Nothing passes any more, and nobody is told: a link that is down. What was under way waits for {@link Relay.heal}. */
  cut(): void;
  /** {@link Relay.cut} as soon as this many more bytes have reached the client: in the middle of an answer. */
  cutAfter(bytesToClient: number): void;
  heal(): void;
  /** Resets every open connection. */
  reset(): void;
  /** New connections go to this port. */
  setTarget(port: number): void;
  /** What passed so far, without the relay's own. */
  passed(): { toServer: number; toClient: number; connections: number };
  /** Connections that are open now. */
  open(): number;
  close(): Promise<void>;
}

/** Bytes that may wait in one direction before their source is held back. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export async function startRelay(targetPort: number): Promise<Relay> {
  let target = targetPort;
  let delayMs = 0;
  let bytesPerMs: number | null = null;
  let isCut = false;
  let bytesUntilCut: number | null = null;
  const passed = { toServer: 0, toClient: 0, connections: 0 };
  const links = new Set<{ destroy(): void; reset(): void; wake(): void }>();

  function cut(): void {
    isCut = true;
    bytesUntilCut = null;
  }

  /** Carries what `from` sends to `to`, each piece when its time has come and in its order. */
  function carry(from: Socket, to: Socket, count: (bytes: number) => void): { wake(): void; end(): void } {
    const waiting: { dueAt: number; bytes: Buffer | null }[] = [];
    let waitingBytes = 0;
    let freeAt = 0;
    let timer: NodeJS.Timeout | undefined;

    function deliver(): void {
      clearTimeout(timer);
      timer = undefined;
      while (!isCut) {
        const first = waiting[0];
        if (first === undefined) break;
        const leftMs = first.dueAt - performance.now();
        if (leftMs > 0.5) {
          timer = setTimeout(deliver, leftMs);
          break;
        }
        waiting.shift();
        if (first.bytes === null) {
          to.end();
          continue;
        }
        waitingBytes -= first.bytes.length;
        count(first.bytes.length);
        to.write(first.bytes);
      }
      if (waitingBytes < MAX_WAITING_BYTES && from.isPaused()) from.resume();
    }

    function take(bytes: Buffer | null): void {
      const takesMs = bytesPerMs === null ? 0 : (bytes?.length ?? 0) / bytesPerMs;
      freeAt = Math.max(freeAt, performance.now()) + takesMs;
      waiting.push({ dueAt: freeAt + delayMs, bytes });
      waitingBytes += bytes?.length ?? 0;
      if (waitingBytes >= MAX_WAITING_BYTES) from.pause();
      if (timer === undefined) deliver();
    }

    from.on('data', take);
    from.on('end', () => take(null));
    return { wake: deliver, end: () => clearTimeout(timer) };
  }

  const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (client) => {
    passed.connections += 1;
    const upstream = connect({ port: target, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    const both = [client, upstream];
    const toServer = carry(client, upstream, (bytes) => {
      passed.toServer += bytes;
    });
    const toClient = carry(upstream, client, (bytes) => {
      passed.toClient += bytes;
      if (bytesUntilCut === null) return;
      bytesUntilCut -= bytes;
      if (bytesUntilCut <= 0) cut();
    });
    const link = {
      wake() {
        toServer.wake();
        toClient.wake();
      },
      destroy() {
        for (const socket of both) socket.destroy();
      },
      reset() {
        for (const socket of both) resetSocket(socket);
      },
    };
    links.add(link);
    let begin: NodeJS.Timeout | undefined = setTimeout(() => {
      begin = undefined;
      client.resume();
    }, delayMs * 2);
    for (const socket of both) {
      // A fault on one side is one on the other; which one it was is in neither's words.
      socket.on('error', () => link.reset());
      socket.on('close', () => {
        clearTimeout(begin);
        if (!both.every(({ destroyed }) => destroyed)) return;
        toServer.end();
        toClient.end();
        links.delete(link);
      });
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The relay has no port.');

  return {
    port: address.port,
    setDelay(oneWayMs) {
      delayMs = oneWayMs;
    },
    setBandwidth(bytesPerSecond) {
      bytesPerMs = bytesPerSecond === null ? null : bytesPerSecond / 1000;
    },
    cut,
    cutAfter(bytesToClient) {
      bytesUntilCut = bytesToClient;
    },
    heal() {
      isCut = false;
      bytesUntilCut = null;
      for (const link of [...links]) link.wake();
    },
    reset() {
      for (const link of [...links]) link.reset();
    },
    setTarget(port) {
      target = port;
    },
    passed: () => ({ ...passed }),
    open: () => links.size,
    close() {
      for (const link of [...links]) link.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** One that is just saying goodbye can't be reset: Node then reports EINVAL and never closes its descriptor. */
function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
