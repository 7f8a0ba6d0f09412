import { connect } from 'node:net';
import {
  BaseAgent,
  type IdentityCallback,
  OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { typeOfKey } from './knownHosts.ts';

/** The keys that an ssh-agent holds; an empty list with a reason where it can't be asked. */
export function listAgentKeys(
  socketPath: string,
  timeoutMs: number,
): Promise<{ keys: ParsedKey[]; fault: string | null }> {
  return new Promise((resolve) => {
    const timer = setTimeout(
      () => resolve({ keys: [], fault: `the agent at ${socketPath} did not answer` }),
      timeoutMs,
    );
    new OpenSSHAgent(socketPath).getIdentities((error, keys) => {
      clearTimeout(timer);
      if (error !== undefined && error !== null) {
        resolve({ keys: [], fault: `the agent at ${socketPath} could not be asked` });
        return;
      }
      resolve({ keys: (keys ?? []).filter(isParsedKey), fault: null });
    });
  });
}

const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const MAX_ANSWER_BYTES = 256 * 1024;

/**
 * The types of all keys that an agent holds, also of those that ssh2 passes over (certificates, security devices).
 * Empty where it can't be asked.
 */
export function listAgentKeyTypes(socketPath: string, timeoutMs: number): Promise<string[]> {
  return new Promise((resolve) => {
    const socket = connect(socketPath);
    let answer = Buffer.alloc(0);
    const end = (types: string[]): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(types);
    };
    const timer = setTimeout(() => end([]), timeoutMs);
    socket.on('error', () => end([]));
    socket.on('close', () => end([]));
    socket.on('data', (bytes: Buffer) => {
      answer = Buffer.concat([answer, bytes]);
      if (answer.length > MAX_ANSWER_BYTES) end([]);
      else if (answer.length >= 4 && answer.length >= 4 + answer.readUInt32BE(0)) end(keyTypesOf(answer));
    });
    socket.write(Buffer.from([0, 0, 0, 1, REQUEST_IDENTITIES]));
  });
}

/** An agent's answer: its length, a 12, how many keys; of each the blob and a comment. */
function keyTypesOf(answer: Buffer): string[] {
  if (answer.length < 9 || answer[4] !== IDENTITIES_ANSWER) return [];
  const types: string[] = [];
  let at = 9;
  for (let left = answer.readUInt32BE(5); left > 0 && at + 4 <= answer.length; left -= 1) {
    const length = answer.readUInt32BE(at);
    types.push(typeOfKey(answer.subarray(at + 4, at + 4 + length)) ?? 'unknown');
    at += 4 + length;
    if (at + 4 > answer.length) break;
    at += 4 + answer.readUInt32BE(at);
  }
  return types;
}

function isParsedKey(key: unknown): key is ParsedKey {
  return typeof key === 'object' && key !== null && 'getPublicSSH' in key;
}

/**
 * An agent that shows only the keys that were chosen: ssh2 offers every key an agent has, and a server hangs up after
 * about six. `onAsk` is told when a signature is asked for and when it came, since a person may have to allow it.
 */
export class ChosenKeysAgent extends BaseAgent<ParsedKey> {
  readonly #agent: OpenSSHAgent;
  readonly #keys: readonly ParsedKey[];
  readonly #onAsk: (asking: boolean) => void;

  constructor(socketPath: string, keys: readonly ParsedKey[], onAsk: (asking: boolean) => void) {
    super();
    this.#agent = new OpenSSHAgent(socketPath);
    this.#keys = keys;
    this.#onAsk = onAsk;
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    callback(null, [...this.#keys]);
  }

  override sign(
    key: ParsedKey,
    data: Buffer,
    options: SigningRequestOptions | SignCallback,
    callback?: SignCallback,
  ): void {
    const done = typeof options === 'function' ? options : callback;
    this.#onAsk(true);
    this.#agent.sign(key, data, typeof options === 'function' ? {} : options, (error, signature) => {
      this.#onAsk(false);
      done?.(error, signature);
    });
  }
}
