import { execFile } from 'node:child_process';
import { cleanText } from '@milepost/shared/text';
import { LinkError } from '../hostConnection.ts';
import { computeConfig } from './computeConfig.ts';
import { type Expansion, parseConfigOutput, type ResolvedHost } from './configOutput.ts';
import { faultOfDestination } from './destination.ts';

export interface ResolveOptions {
  /** An ssh config file in place of the person's own (`ssh -F`). */
  configFile: string | undefined;
  /** The ssh program. */
  sshPath: string;
  timeoutMs: number;
  signal: AbortSignal;
  expansion: Expansion;
  /** Stand above the configuration's, as a ProxyJump gives them; null: the configuration's own. */
  user: string | null;
  port: number | null;
}

/**
 * Resolves a destination exactly as OpenSSH would, by `ssh -G` (which runs the person's own `Match exec` lines, as any
 * ssh does); where there is no ssh, by reading the same files. Throws a refused {@link LinkError}: what is wrong in a configuration stays wrong until a person mends it.
 */
export async function resolveHost(destination: string, options: ResolveOptions): Promise<ResolvedHost> {
  const fault = faultOfDestination(destination);
  if (fault !== null) {
    throw new LinkError(
      {
        kind: 'destination',
        what: `“${cleanText(destination, 80)}” is not used as a host: ${fault}`,
        next: 'Name a Host of ~/.ssh/config, or user@host.',
      },
      true,
    );
  }
  const args = [
    ...(options.configFile === undefined ? [] : ['-F', options.configFile]),
    ...(options.user === null ? [] : ['-l', options.user]),
    ...(options.port === null ? [] : ['-p', String(options.port)]),
    '-G',
    '--',
    destination,
  ];
  const output = (await run(destination, args, options)) ?? (await readConfig(destination, options));
  const parsed = parseConfigOutput(output, options.expansion);
  if (parsed.kind === 'failed') throw configError(destination, parsed.reason);
  return parsed.host;
}

/** Where there is no ssh program (it may be a bare container): the files are read here. */
async function readConfig(destination: string, options: ResolveOptions): Promise<string> {
  const at = destination.lastIndexOf('@');
  try {
    return await computeConfig({
      host: destination.slice(at + 1),
      user: options.user ?? (at < 0 ? null : destination.slice(0, at)),
      port: options.port,
      configFile: options.configFile,
      expansion: options.expansion,
    });
  } catch (error) {
    throw configError(destination, error instanceof Error ? error.message : String(error));
  }
}

/** What ssh printed; null: there is no such program. */
function run(destination: string, args: readonly string[], options: ResolveOptions): Promise<string | null> {
  return new Promise((resolve, reject) => {
    execFile(
      options.sshPath,
      args,
      {
        timeout: options.timeoutMs,
        killSignal: 'SIGKILL',
        maxBuffer: 1024 * 1024,
        signal: options.signal,
        windowsHide: true,
      },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else if (error.code === 'ENOENT') resolve(null);
        else if (error.killed === true || options.signal.aborted) {
          reject(
            new LinkError({
              kind: 'config-timeout',
              what: `Reading the ssh configuration for ${destination} took over ${options.timeoutMs / 1000} s.`,
              next: 'Look for a slow “Match exec” in ~/.ssh/config.',
            }),
          );
        } else reject(configError(destination, lastLine(stderr) || `ssh ended with ${String(error.code)}`));
      },
    );
  });
}

function configError(destination: string, reason: string): LinkError {
  return new LinkError(
    {
      kind: 'config',
      what: `The ssh configuration for ${destination} could not be read: ${cleanText(reason)}`,
      next: `Try “ssh -G ${destination}” in a terminal.`,
    },
    true,
  );
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}
