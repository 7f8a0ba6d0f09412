import type { HostView } from '../../bridge/view.ts';
import { FIRST_COMMAND, strings } from '../../strings.ts';
import { CopyButton } from '../components/CopyButton.tsx';
import { Signpost } from '../components/Signpost.tsx';
import { useApp } from '../store.ts';

const text = strings.empty;

/** No job to show: says why, and teaches the next step. */
export function Empty({ hosts }: { hosts: readonly HostView[] }) {
  const go = useApp((state) => state.go);
  if (hosts.length === 0) {
    return (
      <section className="empty">
        <Signpost />
        <h1>{text.noHostsTitle}</h1>
        <p>{text.noHostsText}</p>
        <button
          type="button"
          className="primary"
          data-return="add-host"
          onClick={() => go({ kind: 'add-host' })}
        >
          {text.addHost}
        </button>
        <p className="then">{text.firstCommand}</p>
        <FirstCommand />
        <p className="hint">{text.hint}</p>
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
  const bare = online.every(({ agent, problem }) => agent === null && problem === null)
    ? online[0]
    : undefined;
  if (bare !== undefined) return <NoAgent host={bare} />;
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

function NoAgent({ host }: { host: HostView }) {
  const startSetup = useApp((state) => state.startSetup);
  const go = useApp((state) => state.go);
  return (
    <section className="empty">
      <Signpost />
      <h1>{text.noAgentTitle(host.name)}</h1>
      <p>{text.noAgentText}</p>
      <button
        type="button"
        className="primary"
        data-return={`set-up:${host.id}`}
        onClick={() => {
          void startSetup({ hostId: host.id }).then((problem) => {
            if (problem === null) go({ kind: 'add-host' });
          });
        }}
      >
        {text.setUp}
      </button>
    </section>
  );
}

function FirstCommand() {
  const copyFirstCommand = useApp((state) => state.copyFirstCommand);
  return (
    <div className="command">
      <code className="snippet">{FIRST_COMMAND}</code>
      <CopyButton label={text.copy} copied={text.copied} name={text.copyLabel} copy={copyFirstCommand} />
    </div>
  );
}
