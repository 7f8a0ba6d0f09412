import { useState } from 'react';
import { ALERT_KINDS, type Alerts, type TestAlert } from '../../bridge/alerts.ts';
import { strings } from '../../strings.ts';
import { Switch } from '../components/Switch.tsx';
import { useApp } from '../store.ts';

const text = strings.alerts;

/** Alerts as a whole, each kind of them, and a test that says whether one arrives. */
export function AlertSettings({ alerts }: { alerts: Alerts }) {
  const change = useApp((state) => state.changeSettings);
  const isOn = alerts.state === 'on';
  return (
    <section className="group" aria-labelledby="alerts-title">
      <h2 id="alerts-title">{text.title}</h2>
      <div className="rows">
        <Switch
          label={text.on}
          checked={isOn}
          onChange={(on) => change({ alerts: { state: on ? 'on' : 'off' } })}
        />
        {isOn &&
          ALERT_KINDS.map((kind) => (
            <Switch
              key={kind}
              label={text.kinds[kind]}
              checked={alerts.kinds[kind]}
              onChange={(on) => change({ alerts: { kinds: { [kind]: on } } })}
            />
          ))}
        {isOn && <TestRow />}
      </div>
    </section>
  );
}

function TestRow() {
  const testAlert = useApp((state) => state.testAlert);
  const [outcome, setOutcome] = useState<TestAlert | 'testing' | null>(null);
  const isTesting = outcome === 'testing';
  return (
    <div className="row wrap">
      <button
        type="button"
        aria-disabled={isTesting}
        onClick={() => {
          if (isTesting) return;
          setOutcome('testing');
          void testAlert().then(setOutcome);
        }}
      >
        {isTesting ? text.testing : text.test}
      </button>
      <p role="status" className={outcome === 'shown' ? 'outcome' : 'outcome trouble'}>
        {outcome === null || outcome === 'testing' ? '' : text.tested[outcome]}
      </p>
    </div>
  );
}
