import { useCallback } from 'react';
import type { JobCard as Job } from '../../bridge/jobs.ts';
import type { AppView } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { clockTime, formatCount, sizeText } from '../cardText.ts';
import { CommandForm } from '../components/CommandForm.tsx';
import { CopyButton } from '../components/CopyButton.tsx';
import { FetchPanel } from '../components/FetchPanel.tsx';
import { JobCard } from '../components/JobCard.tsx';
import { LogTail } from '../components/LogTail.tsx';
import { ProblemText } from '../components/Notice.tsx';
import { ScreenHeader } from '../components/ScreenHeader.tsx';
import { useApp } from '../store.ts';
import { useAsked } from '../useAsked.ts';

const text = strings.detail;

/** Checkpoints and runs change as slowly as the polls show it. */
const READ_EVERY_MS = 10_000;

/** More of one job: its card, what can be fetched, the log, checkpoints and earlier runs. */
export function JobDetail({ view, jobKey, now }: { view: AppView; jobKey: string; now: number }) {
  const job = view.jobs.find(({ key }) => key === jobKey);
  // A job that is gone is no longer in the list either.
  if (job === undefined) return <ScreenHeader title={strings.state.missing} />;
  const hostName = view.hosts.find(({ id }) => id === job.hostId)?.name ?? job.hostId;
  return (
    <>
      <ScreenHeader title={job.name} />
      <JobCard job={job} hostName={hostName} now={now} led={false} inDetail />
      {job.id !== null && (
        <>
          <FetchPanel job={job} />
          <LogTail job={job} />
          <Checkpoints job={job} now={now} />
          <Runs job={job} now={now} />
        </>
      )}
      {job.id === null && <CommandForm job={job} settings={view.settings} />}
      <PathRow job={job} />
    </>
  );
}

function Checkpoints({ job, now }: { job: Job; now: number }) {
  const visible = useApp((state) => state.visible);
  const read = useApp((state) => state.readCheckpoints);
  const ask = useCallback(() => read(job.key), [read, job.key]);
  const answer = useAsked(ask, READ_EVERY_MS, visible);
  if (answer === null) return null;
  if (answer.kind === 'failed') {
    return (
      <section className="group" aria-label={text.checkpoints}>
        <h2>{text.checkpoints}</h2>
        <ProblemText problem={answer.problem} />
      </section>
    );
  }
  const { newest, count, bytes } = answer;
  return (
    <section className="group" aria-label={text.checkpoints}>
      <h2>
        {text.checkpoints}
        {count > 0 && <span className="sum">{text.checkpointsSum(formatCount(count), sizeText(bytes))}</span>}
      </h2>
      {count === 0 ? (
        <p className="nothing">{text.noCheckpoints}</p>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a part that scrolls has to be reached by keys.
        <ul className="rows lines" tabIndex={0}>
          {newest.map(({ file, first, items, bytes: size, savedHostAt }) => (
            <li key={file}>
              <span className="name">{file}</span>
              <span>
                {first === null || items === null
                  ? ''
                  : text.range(formatCount(first), formatCount(first + items - 1))}
              </span>
              <span>{sizeText(size)}</span>
              <span>{savedHostAt === null ? '' : clockTime(savedHostAt, now)}</span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

function Runs({ job, now }: { job: Job; now: number }) {
  const visible = useApp((state) => state.visible);
  const read = useApp((state) => state.readRuns);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a run that ends is listed at once.
  const ask = useCallback(() => read(job.key), [read, job.key, job.runId, job.state]);
  const runs = useAsked(ask, READ_EVERY_MS, visible) ?? [];
  if (runs.length === 0) return null;
  return (
    <section className="group" aria-label={text.runs}>
      <h2>{text.runs}</h2>
      <ul className="rows lines">
        {runs.map(({ id, outcome, endedAt, completed, total }) => (
          <li key={id}>
            <span className="name">{strings.state[outcome]}</span>
            <span>
              {completed !== null && total !== null
                ? text.runLine(formatCount(completed), formatCount(total))
                : ''}
            </span>
            <span>{clockTime(endedAt, now)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PathRow({ job }: { job: Job }) {
  const copyPath = useApp((state) => state.copyPath);
  const copyDiagnostics = useApp((state) => state.copyDiagnostics);
  return (
    <section className="path">
      <p>{job.path}</p>
      <div className="buttons">
        <CopyButton label={text.copyPath} copied={text.copied} copy={() => copyPath(job.key)} />
        <CopyButton label={text.copyDiagnostics} copied={text.copied} copy={() => copyDiagnostics(job.key)} />
      </div>
    </section>
  );
}
