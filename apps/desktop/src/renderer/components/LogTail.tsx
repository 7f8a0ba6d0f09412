import { useCallback, useLayoutEffect, useRef } from 'react';
import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';
import { useAsked } from '../useAsked.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.detail;
const READ_EVERY_MS = 2000;
/** This near to its end the log follows. */
const NEAR_PX = 24;

/** The end of what the job printed. It follows, unless the person has scrolled up to read. */
export function LogTail({ job }: { job: JobCard }) {
  const visible = useApp((state) => state.visible);
  const readLog = useApp((state) => state.readLog);
  const ask = useCallback(() => readLog(job.key), [readLog, job.key]);
  const answer = useAsked(ask, READ_EVERY_MS, visible);
  const box = useRef<HTMLPreElement>(null);
  const follows = useRef(true);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each answer makes the log longer.
  useLayoutEffect(() => {
    const element = box.current;
    if (element !== null && follows.current) element.scrollTop = element.scrollHeight;
  }, [answer]);

  const lines = answer?.kind === 'lines' ? answer.lines : [];
  return (
    <section className="group" aria-label={text.logOf(job.name)}>
      <h2>{text.log}</h2>
      {answer?.kind === 'failed' ? (
        <ProblemText problem={answer.problem} />
      ) : lines.length === 0 ? (
        <p className="nothing">{answer === null ? text.reading : text.noLog}</p>
      ) : (
        <pre
          ref={box}
          className="rows log"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by keys.
          tabIndex={0}
          onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
            follows.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
          }}
        >
          {lines.join('\n')}
        </pre>
      )}
    </section>
  );
}
