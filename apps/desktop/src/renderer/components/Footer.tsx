import type { HostView } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

export function Footer({ hosts, paused }: { hosts: readonly HostView[]; paused: boolean }) {
  const pollNow = useApp((state) => state.pollNow);
  const go = useApp((state) => state.go);
  const online = hosts.filter((host) => host.link.kind === 'online').length;
  const [only] = hosts;
  const text =
    only === undefined
      ? strings.footer.noHost
      : paused
        ? strings.footer.paused
        : hosts.length === 1
          ? ofOneHost(only)
          : strings.footer.hosts(online, hosts.length);
  return (
    <footer className="footer">
      {only !== undefined && (
        <span className={online === hosts.length && !paused ? 'dot online' : 'dot'} aria-hidden="true" />
      )}
      <span title={text}>{text}</span>
      {only !== undefined && !paused && (
        <button type="button" className="plain" onClick={() => pollNow(null)}>
          {strings.footer.pollNow}
        </button>
      )}
      <button
        type="button"
        className="plain gear"
        data-return="settings"
        aria-label={strings.screens.settings}
        title={strings.screens.settings}
        onClick={() => go({ kind: 'settings' })}
      >
        <Gear />
      </button>
    </footer>
  );
}

function ofOneHost({ name, link }: HostView): string {
  if (link.kind === 'connecting') return strings.footer.connecting(name);
  if (link.kind === 'refused') return strings.footer.refused(name);
  return strings.footer.oneHost(name, link.kind === 'online');
}

function Gear() {
  return (
    <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <g fill="none" stroke="currentColor">
        <circle cx="8" cy="8" r="4.4" strokeWidth="1.5" />
        <circle cx="8" cy="8" r="6.3" strokeWidth="2" strokeDasharray="2.47 2.478" strokeDashoffset="1.23" />
        <circle cx="8" cy="8" r="1.6" strokeWidth="1.2" />
      </g>
    </svg>
  );
}
