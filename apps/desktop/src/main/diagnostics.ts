import type { MonitorView } from '@milepost/monitor/view';

// What a person pastes into a bug report. Pure. It is made of named values only: no command, environment, key or log.

/** The text for a job, with addresses, accounts and home folders taken out. Undefined: no such job. */
export function diagnosticsOf(
  view: MonitorView,
  jobKey: string,
  about: { version: string; platform: string; now: number },
): string | undefined {
  const job = view.jobs.find(({ key }) => key === jobKey);
  if (job === undefined) return undefined;
  const host = view.hosts.find(({ id }) => id === job.hostId);
  const { progress } = job;
  const at = (ms: number | null): string => (ms === null ? 'unknown' : new Date(ms).toISOString());
  const lines: [string, unknown][] = [
    ['Milepost', `${about.version} on ${about.platform}`],
    ['Now', at(about.now)],
    ['Agent', host?.agent == null ? 'none' : `${host.agent.version}, protocol ${host.agent.protocol}`],
    ['Link', host?.link.kind ?? 'unknown'],
    ['Link problem', host !== undefined && 'problem' in host.link ? host.link.problem?.kind : null],
    ['Host problem', host?.problem?.kind],
    ['Job', job.id === null ? 'a file without an agent' : 'of an agent'],
    ['State', job.state],
    ['Since', at(job.sinceAt)],
    ['Seen', at(job.seenAt)],
    ['Reason', job.reason],
    ['Run', job.runId],
    ['Action', job.action?.kind],
    ['File says', progress.status],
    ['Completed', `${progress.completed ?? 'unknown'} of ${progress.total ?? 'unknown'}`],
    ['Checkpoints', progress.checkpoints],
    ['At risk (s)', progress.atRiskSeconds],
    ['Runs', progress.runs],
    ['Stage', progress.stage],
    ['Last update', progress.lastUpdate],
    ['Problem', progress.problem],
  ];
  return lines
    .filter(([, value]) => value !== null && value !== undefined)
    .map(([name, value]) => `${name}: ${withoutPrivate(String(value))}`)
    .join('\n');
}

/** Texts of hosts and jobs may quote anything. */
function withoutPrivate(text: string): string {
  return text
    .replace(/\b(\w*(?:token|secret|passw(?:or)?d|key)\w*)(\s*[=:]\s*)\S+/gi, '$1$2(removed)')
    .replace(/[A-Za-z0-9._-]+@[A-Za-z0-9._-]+/g, '(account)')
    .replace(/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, '(address)')
    .replace(/\/(?:home|Users)\/[^/\s]+/g, '~')
    .replace(/[A-Za-z0-9+/_-]{32,}=*/g, (long) => (/^[0-9a-f-]{36}$/.test(long) ? long : '(removed)'));
}
