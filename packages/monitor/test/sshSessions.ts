import { readFileSync } from 'node:fs';
import type { TestSshd } from '@milepost/testing/sshd';

/** The processes of the server's open connections: they outlive the listening one. */
export function sessionPids(sshd: TestSshd): number[] {
  return descendants(sshd.pid());
}

export function descendants(pid: number): number[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  } catch {
    return [];
  }
  const children = text.split(' ').filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

/** Signals every process of the server's open connections. */
export function signalSessions(sshd: TestSshd, signal: NodeJS.Signals): void {
  for (const pid of sessionPids(sshd)) {
    try {
      process.kill(pid, signal);
    } catch {
      // It ended in the meantime.
    }
  }
}
