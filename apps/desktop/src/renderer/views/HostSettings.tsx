import { useRef, useState } from 'react';
import type { SettingsView, WatchView } from '../../bridge/settings.ts';
import { strings } from '../../strings.ts';
import { InlineQuestion } from '../components/InlineQuestion.tsx';
import { ScreenHeader } from '../components/ScreenHeader.tsx';
import { WatchForm } from '../components/WatchForm.tsx';
import { useApp } from '../store.ts';

const text = strings.settings.host;

/** One host in the settings: what is watched on it by path, its connection, and its removal. */
export function HostSettings({ settings, hostId }: { settings: SettingsView; hostId: string }) {
  const startSetup = useApp((state) => state.startSetup);
  const go = useApp((state) => state.go);
  const host = settings.hosts.find(({ id }) => id === hostId);
  if (host === undefined) return <ScreenHeader title={strings.screens.settings} />;
  return (
    <>
      <ScreenHeader title={host.name} />
      <Watches hostId={hostId} watches={host.watches} />
      <section className="group">
        <div className="rows">
          <div className="row">
            <span>{text.connection}</span>
            <button
              type="button"
              data-return="check"
              aria-label={text.checkLabel(host.name)}
              onClick={() => {
                void startSetup({ hostId }).then((problem) => {
                  if (problem === null) go({ kind: 'add-host' });
                });
              }}
            >
              {text.check}
            </button>
          </div>
          <RemoveRow hostId={hostId} name={host.name} />
        </div>
      </section>
    </>
  );
}

function Watches({ hostId, watches }: { hostId: string; watches: readonly WatchView[] }) {
  const addWatch = useApp((state) => state.addWatch);
  const removeWatch = useApp((state) => state.removeWatch);
  const [adding, setAdding] = useState(false);
  const addButton = useRef<HTMLButtonElement>(null);
  return (
    <section className="group" aria-labelledby="watches-title">
      <h2 id="watches-title">{text.watches}</h2>
      <div className="rows">
        {watches.length === 0 && !adding && <p className="row-note first">{text.noWatches}</p>}
        {watches.map(({ key, path, resumeCommand }) => (
          <div key={key} className="row watch">
            <div className="words">
              <p className="path-text">{path}</p>
              {resumeCommand !== null && <p className="hint">{text.resumedBy(resumeCommand)}</p>}
            </div>
            <button
              type="button"
              className="small"
              aria-label={text.removeWatchLabel(path)}
              onClick={() => void removeWatch(key).then(() => addButton.current?.focus())}
            >
              {text.removeWatch}
            </button>
          </div>
        ))}
        {adding ? (
          <WatchForm
            takesKeyboard
            from="add-watch"
            cancel={() => setAdding(false)}
            save={async (typed) => {
              const problem = await addWatch(hostId, typed);
              if (problem === null) setAdding(false);
              return problem;
            }}
          />
        ) : (
          <button
            ref={addButton}
            type="button"
            className="choice add"
            data-return="add-watch"
            onClick={() => setAdding(true)}
          >
            {text.addWatch}
          </button>
        )}
      </div>
    </section>
  );
}

function RemoveRow({ hostId, name }: { hostId: string; name: string }) {
  const removeHost = useApp((state) => state.removeHost);
  const back = useApp((state) => state.back);
  const [asking, setAsking] = useState(false);
  if (!asking) {
    return (
      <button
        type="button"
        className="choice remove"
        data-return="remove-host"
        onClick={() => setAsking(true)}
      >
        {text.remove}
      </button>
    );
  }
  return (
    <InlineQuestion
      question={text.removeQuestion(name)}
      confirm={text.removeConfirm}
      from="remove-host"
      onCancel={() => setAsking(false)}
      onConfirm={() => void removeHost(hostId).then(back)}
    />
  );
}
