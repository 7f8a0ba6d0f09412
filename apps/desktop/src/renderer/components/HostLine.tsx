import type { HostView } from '../../bridge/view.ts';
import { shortDuration } from '../../durationText.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';
import { StateIcon } from './StateIcon.tsx';

const text = strings.host;

/** A host in trouble: what is wrong, and the one thing to do. */
export function HostLine({ host, now }: { host: HostView; now: number }) {
  const pollNow = useApp((state) => state.pollNow);
  const { link } = host;
  const problem = link.kind === 'unreachable' || link.kind === 'refused' ? link.problem : host.problem;
  // That it does not answer is said by the problem below.
  const word = link.kind === 'refused' ? text.refused : null;
  const nextTry =
    link.kind === 'unreachable' && link.nextTryAt !== null && link.nextTryAt > now
      ? text.nextTry(shortDuration((link.nextTryAt - now) / 1000))
      : null;
  return (
    <section className="host-line" aria-label={host.name}>
      <header>
        <StateIcon tone={link.kind === 'refused' ? 'problem' : 'warning'} />
        <h2>{host.name}</h2>
        <span className="where">
          {[word, nextTry].filter((part) => part !== null).join(strings.separator)}
        </span>
        {link.kind !== 'online' && (
          <button type="button" aria-label={text.tryNowLabel(host.name)} onClick={() => pollNow(host.id)}>
            {text.tryNow}
          </button>
        )}
      </header>
      {problem !== null && <ProblemText problem={problem} />}
    </section>
  );
}
