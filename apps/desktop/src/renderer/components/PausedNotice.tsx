import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

const text = strings.settings;

/** Nobody looks at the hosts, because a person wants it so. */
export function PausedNotice() {
  const change = useApp((state) => state.changeSettings);
  return (
    <section className="offer" aria-label={text.pause}>
      <p>{text.paused}</p>
      <button type="button" onClick={() => void change({ paused: false })}>
        {text.goOn}
      </button>
    </section>
  );
}
