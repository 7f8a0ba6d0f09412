import type { HostView } from '../../bridge/view.ts';
import { shortDuration } from '../../durationText.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';
import { LinkQuestion } from './LinkQuestion.tsx';
import { ProblemText } from './Notice.tsx';
import { StateIcon } from './StateIcon.tsx';

const text = strings.host;

/** What another agent there would mend. */
const MENDED_BY_SETUP: ReadonlySet<string> = new Set(['agent-older', 'agent-broken']);

/** A host in trouble: what is wrong, and the one thing to do. */
export function HostLine({ host, now }: { host: HostView; now: number }) {
  const pollNow = useApp((state) => state.pollNow);
  const startSetup = useApp((state) => state.startSetup);
  const go = useApp((state) => state.go);
  const { link } = host;
  const question = link.kind === 'refused' ? (link.question ?? null) : null;
  const problem = link.kind === 'unreachable' || link.kind === 'refused' ? link.problem : host.problem;
  const isForSetup = link.kind === 'online' && problem !== null && MENDED_BY_SETUP.has(problem.kind);
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
        {isForSetup && (
          <button
            type="button"
            data-return={`set-up:${host.id}`}
            aria-label={text.setUpLabel(host.name)}
            onClick={() => {
              void startSetup({ hostId: host.id }).then((wrong) => {
                if (wrong === null) go({ kind: 'add-host' });
              });
            }}
          >
            {text.setUp}
          </button>
        )}
        {link.kind !== 'online' && question === null && (
          <button type="button" aria-label={text.tryNowLabel(host.name)} onClick={() => pollNow(host.id)}>
            {text.tryNow}
          </button>
        )}
      </header>
      {problem !== null && question === null && <ProblemText problem={problem} />}
      {question !== null && <LinkQuestion question={question} of={host.id} hostName={host.name} />}
    </section>
  );
}
