import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import type { JobCard as JobCardData } from '../../bridge/jobs.ts';
import type { AppView } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { JobCard } from '../components/JobCard.tsx';
import { groupJobs } from '../jobGroups.ts';
import { useApp } from '../store.ts';
import { cardsIn } from '../useKeptFocus.ts';

const text = strings.jobs;

/** The cards, by host; finished ones fold away below. Arrow keys go from card to card, Tab through the controls of each. */
export function JobList({ view, now }: { view: AppView; now: number }) {
  const list = useRef<HTMLDivElement>(null);
  const focus = useApp((state) => state.focus);
  const visible = useApp((state) => state.visible);
  const dismiss = useApp((state) => state.dismiss);
  const [fold, setFold] = useState<boolean | null>(null);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each opening (`focus.count`) leads anew, even to the same job.
  useEffect(() => {
    if (!visible || list.current === null) return;
    const cards = cardsIn(list.current);
    const target = cards.find((card) => card.dataset['jobKey'] === focus.jobKey);
    if (target !== undefined) target.scrollIntoView({ block: 'nearest' });
    const card = target ?? cards[0];
    (card?.querySelector<HTMLElement>('button.primary') ?? card)?.focus({
      preventScroll: target === undefined,
    });
  }, [focus.count, focus.jobKey, visible]);

  function onKeyDown(event: KeyboardEvent): void {
    if (list.current === null || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    const cards = cardsIn(list.current);
    const at = cards.findIndex((card) => card.contains(document.activeElement));
    const next = cards[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  }

  const { hosts, finished } = groupJobs(view);
  // Whoever is led to a finished job, or has no other, sees it.
  const isFolded = fold ?? (hosts.length > 0 && !finished.some(({ key }) => key === focus.jobKey));
  const cards = (jobs: readonly JobCardData[]) => (
    <ul className="jobs">
      {jobs.map((job) => (
        <li key={job.key}>
          <JobCard
            job={job}
            hostName={view.hosts.find((host) => host.id === job.hostId)?.name ?? job.hostId}
            now={now}
            led={focus.jobKey === job.key}
          />
        </li>
      ))}
    </ul>
  );
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys only lead from card to card.
    <div className="job-groups" ref={list} onKeyDown={onKeyDown}>
      {hosts.map(({ id, name, jobs }) =>
        hosts.length === 1 ? (
          <div key={id}>{cards(jobs)}</div>
        ) : (
          <section key={id} aria-label={text.ofHost(name)}>
            <h2 className="group-name">{name}</h2>
            {cards(jobs)}
          </section>
        ),
      )}
      {finished.length > 0 && (
        <section aria-label={text.finished}>
          <header className="fold">
            <button
              type="button"
              className="plain"
              aria-expanded={!isFolded}
              onClick={() => setFold(!isFolded)}
            >
              <svg viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
                <path
                  d={isFolded ? 'M5.5 2.5 11 8l-5.5 5.5' : 'M2.5 5.5 8 11l5.5-5.5'}
                  fill="none"
                  stroke="currentColor"
                  strokeWidth="2"
                  strokeLinecap="round"
                  strokeLinejoin="round"
                />
              </svg>
              {text.finishedCount(finished.length)}
            </button>
            {!isFolded && finished.length > 1 && (
              <button
                type="button"
                className="plain"
                onClick={() => void dismiss(finished.map(({ key }) => key))}
              >
                {text.dismissAll}
              </button>
            )}
          </header>
          {!isFolded && cards(finished)}
        </section>
      )}
    </div>
  );
}
