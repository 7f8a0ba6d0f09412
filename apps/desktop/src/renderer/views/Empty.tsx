import { useState } from 'react';
import type { HostView } from '../../bridge/view.ts';
import { FIRST_COMMAND, strings } from '../../strings.ts';
import { Signpost } from '../components/Signpost.tsx';
import { useApp } from '../store.ts';

const text = strings.empty;

/** No job to show: says why, and teaches the next step. */
export function Empty({ hosts }: { hosts: readonly HostView[] }) {
  const showSettingsFile = useApp((state) => state.showSettingsFile);
  if (hosts.length === 0) {
    return (
      <section className="empty">
        <Signpost />
        <h1>{text.noHostsTitle}</h1>
        <p>{text.noHostsText}</p>
        <code className="snippet">{text.settingsExample}</code>
        <button type="button" className="primary" onClick={showSettingsFile}>
          {text.settingsButton}
        </button>
        <p className="hint">{text.settingsHint}</p>
      </section>
    );
  }
  const online = hosts.filter((host) => host.link.kind === 'online');
  if (online.length === 0) {
    const connecting = hosts.some((host) => host.link.kind === 'connecting');
    return (
      <section className="empty">
        <Signpost />
        <h1>{connecting ? text.connectingTitle : text.offlineTitle}</h1>
      </section>
    );
  }
  const [first] = online;
  return (
    <section className="empty">
      <Signpost />
      <h1>{text.noJobsTitle}</h1>
      <p>{online.length === 1 && first ? text.noJobsText(first.name) : text.noJobsTextMany}</p>
      <FirstCommand />
      <p className="hint">{text.hint}</p>
    </section>
  );
}

function FirstCommand() {
  const copyFirstCommand = useApp((state) => state.copyFirstCommand);
  const [copied, setCopied] = useState(false);
  return (
    <div className="command">
      <code className="snippet">{FIRST_COMMAND}</code>
      <button
        type="button"
        aria-label={text.copyLabel}
        onClick={() => void copyFirstCommand().then(() => setCopied(true))}
      >
        {copied ? text.copied : text.copy}
      </button>
    </div>
  );
}
