import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import { sizeText } from '../cardText.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.fetch;

/** Fetches the result, or of a job that is not complete what is saved so far. */
export function FetchPanel({ job }: { job: JobCard }) {
  const fetchFiles = useApp((state) => state.fetchFiles);
  const cancelFetch = useApp((state) => state.cancelFetch);
  const { fetch } = job;
  const complete = job.state === 'complete';
  // What one process makes lies where it wants it, and only it knows.
  if (job.kind === 'process' || (!complete && (job.progress.checkpoints ?? 0) === 0)) return null;
  if (fetch?.kind === 'fetching') {
    const { phase, bytes, bytesDone } = fetch;
    const percent = bytes > 0 ? Math.min(100, (100 * bytesDone) / bytes) : null;
    const words =
      phase === 'merging'
        ? text.merging
        : phase === 'waiting'
          ? text.waiting
          : percent === null
            ? text.starting
            : text.progress(sizeText(bytesDone), sizeText(bytes));
    return (
      <section className="fetch">
        <div className="words">
          <p>{words}</p>
          <progress
            aria-label={text.progressLabel}
            max={100}
            {...(percent === null ? {} : { value: percent })}
          />
        </div>
        <button type="button" onClick={() => cancelFetch(job.key)}>
          {strings.cancel}
        </button>
      </section>
    );
  }
  return (
    <section className="fetch">
      <div className="words" role="status">
        {fetch === null && <p className="quiet">{complete ? text.resultHint : text.partialHint}</p>}
        {fetch?.kind === 'fetched' && (
          <p className="quiet">{text.fetched(fetch.name, sizeText(fetch.bytes))}</p>
        )}
        {fetch?.kind === 'failed' && <ProblemText problem={fetch.problem} />}
      </div>
      <button
        type="button"
        className={complete ? 'primary' : ''}
        onClick={() => fetchFiles(job.key, complete ? 'result' : 'partial')}
      >
        {complete ? text.result : text.partial}
      </button>
    </section>
  );
}
