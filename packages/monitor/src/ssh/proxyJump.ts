import { faultOfDestination } from './destination.ts';

/** One host of a ProxyJump; null: as the configuration has it. */
export interface JumpHop {
  host: string;
  user: string | null;
  port: number | null;
}

/**
 * The last hop of a ProxyJump, which is connected to for the host itself, and what is before it (null: the last hop's
 * own configuration says how to reach it).
 */
export function splitProxyJump(
  proxyJump: string,
): { kind: 'ok'; hop: JumpHop; before: string | null } | { kind: 'failed'; reason: string } {
  const comma = proxyJump.lastIndexOf(',');
  const text = proxyJump.slice(comma + 1).trim();
  const before = comma < 0 ? null : proxyJump.slice(0, comma).trim();
  const plain = text.replace(/^ssh:\/\//i, '').replace(/\/$/, '');
  const at = plain.lastIndexOf('@');
  const user = at < 0 ? null : plain.slice(0, at);
  const rest = plain.slice(at + 1);
  const match = /^(?:\[([^\]]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(rest);
  // An IPv6 address without brackets has no port.
  const host = match === null ? rest : (match[1] ?? match[2] ?? '');
  const port = match?.[3] === undefined ? null : Number(match[3]);
  const fault = faultOfDestination(user === null ? host : `${user}@${host}`);
  if (fault !== null) return { kind: 'failed', reason: fault };
  if (port !== null && (port < 1 || port > 65_535)) return { kind: 'failed', reason: `${port} is no port.` };
  return { kind: 'ok', hop: { host, user, port }, before };
}
