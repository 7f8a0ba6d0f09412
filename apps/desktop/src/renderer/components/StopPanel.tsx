import type { KeyboardEvent } from 'react';
import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import type { StopStep } from '../stopStep.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.stop;

export function StopButton({ job }: { job: JobCard }) {
  const askStop = useApp((state) => state.askStop);
  return (
    <button
      type="button"
      className="small"
      aria-label={text.label(job.name)}
      onClick={() => askStop(job.key)}
    >
      {text.button}
    </button>
  );
}

/** How to stop, and then that it goes on: until the poll that shows the end. `Now` can still be asked for meanwhile. */
export function StopPanel({ job, step }: { job: JobCard; step: StopStep | undefined }) {
  const stop = useApp((state) => state.stop);
  const cancel = useApp((state) => state.cancelStop);
  if (step?.kind === 'asking') return <StopQuestion job={job} />;
  const sent = job.action?.kind === 'stopping' ? job.action : null;
  const isNow = step?.kind === 'sending' ? step.now : (sent?.now ?? false);
  if (step?.kind === 'answered') {
    return (
      <div className="resume">
        <ProblemText problem={step.problem} alert />
        <div className="buttons">
          <button type="button" onClick={() => cancel(job.key)}>
            {text.cancel}
          </button>
          <button type="button" aria-label={text.nowLabel(job.name)} onClick={() => void stop(job.key, true)}>
            {text.now}
          </button>
        </div>
      </div>
    );
  }
  return (
    <div className="resume">
      <div className="resume-row">
        <p className="plan">{isNow ? text.ending : text.finishing}</p>
        {isNow || step?.kind === 'sending' ? (
          <button type="button" aria-disabled="true">
            {text.sending}
          </button>
        ) : (
          <button type="button" aria-label={text.nowLabel(job.name)} onClick={() => void stop(job.key, true)}>
            {text.now}
          </button>
        )}
      </div>
    </div>
  );
}

function StopQuestion({ job }: { job: JobCard }) {
  const stop = useApp((state) => state.stop);
  const cancel = useApp((state) => state.cancelStop);
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // The question goes, the popover stays.
    event.preventDefault();
    event.nativeEvent.preventDefault();
    cancel(job.key);
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a question inside a card, no dialog over it.
    <div className="resume question" role="group" aria-label={text.label(job.name)} onKeyDown={onKeyDown}>
      <p>{text.question}</p>
      <div className="buttons">
        <button type="button" onClick={() => cancel(job.key)}>
          {text.cancel}
        </button>
        <button type="button" aria-label={text.nowLabel(job.name)} onClick={() => void stop(job.key, true)}>
          {text.now}
        </button>
        {/* biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next. */}
        <button type="button" className="primary" autoFocus onClick={() => void stop(job.key, false)}>
          {text.finish}
        </button>
      </div>
    </div>
  );
}
