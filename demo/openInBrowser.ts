import { spawn } from 'node:child_process';

/** Shows an address in the person's browser, where this machine has a screen. What cannot be shown is no failure. */
export function openInBrowser(address: string, env: NodeJS.ProcessEnv = process.env): boolean {
  const program = programFor(process.platform, env);
  if (program === null) return false;
  spawn(program, [address], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
  return true;
}

export function programFor(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string | null {
  if (platform === 'darwin') return 'open';
  const hasScreen = [env['DISPLAY'], env['WAYLAND_DISPLAY']].some(
    (name) => name !== undefined && name !== '',
  );
  return platform === 'linux' && hasScreen ? 'xdg-open' : null;
}
