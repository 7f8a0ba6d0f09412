import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

const text = strings.alerts;

/** Asks once whether alerts are wanted; the system's own question comes only after a yes. */
export function AlertsOffer() {
  const change = useApp((state) => state.changeSettings);
  return (
    <section className="offer" aria-label={text.title}>
      <p>{text.offer}</p>
      <div className="buttons">
        <button type="button" className="plain" onClick={() => void change({ alerts: { state: 'off' } })}>
          {text.notNow}
        </button>
        <button type="button" onClick={() => void change({ alerts: { state: 'on' } })}>
          {text.turnOn}
        </button>
      </div>
    </section>
  );
}
