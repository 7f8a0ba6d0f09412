import { useState } from 'react';
import type { SettingsView } from '../../bridge/settings.ts';
import { strings } from '../../strings.ts';
import { Chevron } from '../components/Chevron.tsx';
import { InlineQuestion } from '../components/InlineQuestion.tsx';
import { ScreenHeader } from '../components/ScreenHeader.tsx';
import { useApp } from '../store.ts';
import { AlertSettings } from './AlertSettings.tsx';
import { GeneralSettings } from './GeneralSettings.tsx';

const text = strings.settings;

export function Settings({ settings }: { settings: SettingsView }) {
  return (
    <>
      <ScreenHeader title={strings.screens.settings} />
      <Hosts hosts={settings.hosts} />
      <GeneralSettings settings={settings} />
      <AlertSettings alerts={settings.alerts} />
      <FileRows />
    </>
  );
}

function Hosts({ hosts }: { hosts: SettingsView['hosts'] }) {
  const go = useApp((state) => state.go);
  return (
    <section className="group" aria-labelledby="hosts-title">
      <h2 id="hosts-title">{text.hosts}</h2>
      <ul className="rows choices">
        {hosts.map(({ id, name, watches }) => (
          <li key={id}>
            <button
              type="button"
              className="choice"
              data-return={`host:${id}`}
              onClick={() => go({ kind: 'host', hostId: id })}
            >
              <span className="name">{name}</span>
              <span className="address">{text.filesOf(watches.length)}</span>
              <Chevron />
            </button>
          </li>
        ))}
        <li>
          <button
            type="button"
            className="choice add"
            data-return="add-host"
            onClick={() => go({ kind: 'add-host' })}
          >
            {text.addHost}
          </button>
        </li>
      </ul>
    </section>
  );
}

/** The file that holds it all, and the way back to the beginning. */
function FileRows() {
  const showSettingsFile = useApp((state) => state.showSettingsFile);
  const resetSettings = useApp((state) => state.resetSettings);
  const home = useApp((state) => state.home);
  const [asking, setAsking] = useState(false);
  return (
    <section className="group">
      <div className="rows">
        <div className="row">
          <span>{text.file}</span>
          <button type="button" onClick={showSettingsFile}>
            {text.showFile}
          </button>
        </div>
        {asking ? (
          <InlineQuestion
            question={text.resetQuestion}
            confirm={text.resetConfirm}
            from="reset"
            onCancel={() => setAsking(false)}
            onConfirm={() => void resetSettings().then(home)}
          />
        ) : (
          <div className="row">
            <span>{text.resetRow}</span>
            <button type="button" data-return="reset" onClick={() => setAsking(true)}>
              {text.reset}
            </button>
          </div>
        )}
      </div>
    </section>
  );
}
