import { useId } from 'react';
import { adviceFor } from '../../advice.ts';
import type { JobCard as Job } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import {
  ageText,
  amountText,
  barWords,
  clockTime,
  etaText,
  factsOf,
  sentence,
  stateText,
  toneOf,
} from '../cardText.ts';
import { useApp } from '../store.ts';
import { Chevron } from './Chevron.tsx';
import { DismissButton } from './DismissButton.tsx';
import { Facts } from './Facts.tsx';
import { ProblemText } from './Notice.tsx';
import { ProgressBar } from './ProgressBar.tsx';
import { ResumePanel } from './ResumePanel.tsx';
import { StateIcon } from './StateIcon.tsx';
import { StopButton, StopPanel } from './StopPanel.tsx';

export function JobCard({
  job,
  hostName,
  now,
  led,
  inDetail = false,
}: {
  job: Job;
  hostName: string;
  now: number;
  /** A notification led here. */
  led: boolean;
  /** The card stands on the job's own screen. */
  inDetail?: boolean;
}) {
  const nameId = useId();
  const step = useApp((state) => state.resumes[job.key]);
  const resuming = step?.kind === 'sending' || step?.kind === 'sent' || job.action?.kind === 'resuming';
  const stop = useApp((state) => state.stops[job.key]);
  const go = useApp((state) => state.go);
  const stopping = stop?.kind === 'sending' || job.action?.kind === 'stopping';
  const { progress } = job;
  const tone = resuming ? 'running' : toneOf(job);
  const eta = etaText(job, now);
  const complete = job.state === 'complete';
  const isFinished = complete && !inDetail;
  const facts = factsOf(job);
  const long = facts.filter(({ isLong }) => isLong === true);
  // Beside Stop stands the long one, else the others.
  const [above, beside] =
    long.length > 0 ? [facts.filter((fact) => !long.includes(fact)), long] : [[], facts];
  const offersStop = job.stoppable && !stopping && stop === undefined;
  const inFlightPercent =
    progress.inFlight !== null && progress.total !== null && progress.total > 0
      ? (100 * progress.inFlight) / progress.total
      : 0;
  const advice = adviceFor(job.reason, hostName);
  return (
    <article
      className={`card ${tone}${led ? ' led' : ''}${inDetail ? ' in-detail' : ''}`}
      aria-labelledby={nameId}
      tabIndex={-1}
      data-job-key={job.key}
    >
      <header>
        <h2 id={nameId} title={job.path}>
          {job.name}
        </h2>
        {progress.percent !== null && !isFinished && (
          <span className="percent">{strings.card.percent(progress.percent)}</span>
        )}
        {isFinished && <DismissButton job={job} />}
      </header>
      <p className="state">
        <StateIcon tone={tone} />
        <span className="state-word">{stateText(job, resuming, stopping)}</span>
        <span className="where">{strings.card.onHost(hostName)}</span>
        <span className="age">
          {complete && job.sinceAt !== null ? clockTime(job.sinceAt, now) : ageText(job.seenAt, now)}
        </span>
      </p>
      {!complete && (
        <ProgressBar
          job={job.name}
          percent={progress.percent}
          inFlightPercent={job.state === 'running' ? inFlightPercent : 0}
          words={barWords(job, now)}
          tone={tone}
        />
      )}
      <p className="amount">
        {eta !== '' && <span className="eta">{eta}</span>}
        <span>{amountText(job)}</span>
      </p>
      {advice !== null && !resuming && <p className="reason advice">{advice}</p>}
      {job.reason !== null && !resuming && <p className="reason">{sentence(job.reason)}</p>}
      {progress.problem !== null && <p className="reason quiet">{sentence(progress.problem)}</p>}
      <Facts facts={above} />
      {(beside.length > 0 || offersStop) && (
        <div className="card-foot">
          <Facts facts={beside} />
          {offersStop && <StopButton job={job} />}
        </div>
      )}
      {job.stoppable && (stopping || stop !== undefined) && <StopPanel job={job} step={stop} />}
      {!job.stoppable && job.action?.kind === 'stop-failed' && (
        <ProblemText problem={job.action.problem} alert />
      )}
      {(job.resumable || resuming || job.action?.kind === 'resume-failed' || step !== undefined) &&
        !complete && <ResumePanel job={job} step={step} resuming={resuming} />}
      {!inDetail && (
        <button
          type="button"
          className="plain more"
          data-return={`job:${job.key}`}
          aria-label={strings.detail.open(job.name)}
          title={strings.detail.open(job.name)}
          onClick={() => go({ kind: 'job', jobKey: job.key })}
        >
          <Chevron />
        </button>
      )}
    </article>
  );
}
