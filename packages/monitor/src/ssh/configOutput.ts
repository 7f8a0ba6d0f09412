import { isAbsolute, join } from 'node:path';
import { z } from 'zod';

/** One host as `ssh -G` resolved it, paths made absolute. */
export interface ResolvedHost {
  hostname: string;
  port: number;
  user: string;
  identityFiles: string[];
  identitiesOnly: boolean;
  certificateFiles: string[];
  /** A path, `none`, or null: $SSH_AUTH_SOCK. */
  identityAgent: string | null;
  hostKeyAlias: string | null;
  userKnownHostsFiles: string[];
  globalKnownHostsFiles: string[];
  proxyJump: string | null;
  proxyCommand: string | null;
}

/** What paths of the configuration are expanded with. */
export interface Expansion {
  homeDir: string;
  localUser: string;
  env: Readonly<Record<string, string | undefined>>;
}

const outputSchema = z.object({
  hostname: z
    .string()
    .min(1)
    .max(255)
    .refine((name) => !name.startsWith('-') && !/[\s\u0000-\u001f\u007f]/.test(name), 'not a host name'),
  port: z.coerce.number().int().min(1).max(65_535),
  user: z.string().min(1).max(255),
});

/** Parses what `ssh -G` prints. Null with a reason where it is no such output. */
export function parseConfigOutput(
  output: string,
  expansion: Expansion,
): { kind: 'ok'; host: ResolvedHost } | { kind: 'failed'; reason: string } {
  const values = new Map<string, string[]>();
  for (const line of output.split('\n')) {
    const space = line.indexOf(' ');
    if (space <= 0) continue;
    const key = line.slice(0, space).toLowerCase();
    const list = values.get(key) ?? [];
    list.push(line.slice(space + 1).trim());
    values.set(key, list);
  }
  const first = (key: string): string | undefined => values.get(key)?.[0];
  const given = (key: string): string | null => {
    const value = first(key);
    return value === undefined || value === '' || value.toLowerCase() === 'none' ? null : value;
  };
  const parsed = outputSchema.safeParse({
    hostname: first('hostname'),
    port: first('port'),
    user: first('user'),
  });
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return { kind: 'failed', reason: `ssh -G gave no usable ${issue?.path.join('.') ?? 'answer'}` };
  }
  const { hostname, port, user } = parsed.data;
  const path = (text: string): string => expandPath(text, { ...expansion, hostname, port, user });
  const agent = first('identityagent');
  return {
    kind: 'ok',
    host: {
      hostname,
      port,
      user,
      identityFiles: [...new Set((values.get('identityfile') ?? []).filter(isGiven).map(path))],
      certificateFiles: (values.get('certificatefile') ?? []).filter(isGiven).map(path),
      identitiesOnly: first('identitiesonly') === 'yes',
      identityAgent: agent === undefined || agent === 'SSH_AUTH_SOCK' ? null : agentPath(agent, path),
      hostKeyAlias: given('hostkeyalias'),
      userKnownHostsFiles: fileList(first('userknownhostsfile')).map(path),
      globalKnownHostsFiles: fileList(first('globalknownhostsfile')).map(path),
      proxyJump: given('proxyjump'),
      proxyCommand: given('proxycommand'),
    },
  };
}

function isGiven(text: string): boolean {
  return text !== '' && text.toLowerCase() !== 'none';
}

function agentPath(text: string, path: (text: string) => string): string {
  return text.toLowerCase() === 'none' ? 'none' : path(text);
}

/** Several files stand on one line; one with white space in its name stands in quotes. */
function fileList(text: string | undefined): string[] {
  if (text === undefined) return [];
  const words = text.match(/"[^"]*"|\S+/g) ?? [];
  return words.map((word) => word.replace(/^"(.*)"$/, '$1')).filter(isGiven);
}

function expandPath(
  text: string,
  { homeDir, localUser, env, hostname, port, user }: Expansion & Omit<z.infer<typeof outputSchema>, never>,
): string {
  const tokens: Record<string, string> = {
    '%': '%',
    d: homeDir,
    h: hostname,
    n: hostname,
    p: String(port),
    r: user,
    u: localUser,
  };
  let expanded = text.replace(/^"(.*)"$/, '$1');
  if (expanded === '~' || expanded.startsWith('~/')) expanded = join(homeDir, expanded.slice(1));
  expanded = expanded.replace(/^\$(\w+)/, (whole, name: string) => env[name] ?? whole);
  expanded = expanded.replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole);
  expanded = expanded.replace(/%([%dhnpru])/g, (whole, token: string) => tokens[token] ?? whole);
  return isAbsolute(expanded) ? expanded : join(homeDir, expanded);
}
