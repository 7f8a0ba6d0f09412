import type { KeyboardEvent } from 'react';
import type { JobCard, ResumeQuestion } from '../../bridge/jobs.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { planText, redoText } from '../cardText.ts';
import type { ResumeStep } from '../resumeStep.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.resume;

/** Resume, with what it would do beside it. While it goes on the button is there and harmless. */
export function ResumePanel({
  job,
  step,
  resuming,
}: {
  job: JobCard;
  step: ResumeStep | undefined;
  resuming: boolean;
}) {
  const resume = useApp((state) => state.resume);
  if (step?.kind === 'asking' && !resuming) return <Question job={job} question={step.question} />;
  const unit = job.progress.unit;
  const problem = resuming ? null : problemOf(job, step);
  const redo = job.plan === null ? '' : redoText(job.plan.answer, unit);
  return (
    <div className="resume">
      {problem !== null && <ProblemText problem={problem} alert />}
      <div className="resume-row">
        <p className="plan">
          {resuming ? text.waiting : job.plan === null ? unknownText(job) : planText(job.plan.answer, unit)}
          {!resuming && redo !== '' && <span className="redo">{redo}</span>}
          {!resuming && job.plan?.answer.refused && (
            <span className="redo">{text.refusedBy(job.plan.answer.refused)}</span>
          )}
        </p>
        <button
          type="button"
          className="primary"
          aria-disabled={resuming}
          aria-label={resuming ? undefined : text.label(job.name)}
          onClick={() => {
            if (!resuming) void resume(job.key, false);
          }}
        >
          {resuming ? text.sending : text.button}
        </button>
      </div>
    </div>
  );
}

function Question({ job, question }: { job: JobCard; question: ResumeQuestion }) {
  const resume = useApp((state) => state.resume);
  const cancel = useApp((state) => state.cancelResume);
  const unit = job.progress.unit;
  const plan = question.plan?.answer ?? null;
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // The question goes, the popover stays.
    event.preventDefault();
    event.nativeEvent.preventDefault();
    cancel(job.key);
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: an alert inside a card, no dialog over it.
    <div className="resume question" role="group" onKeyDown={onKeyDown}>
      <div role="alert">
        {question.because === 'old' && <p>{text.planOld}</p>}
        {question.because === 'refused' && plan?.refused && <p>{text.refusedBy(plan.refused)}</p>}
        {plan !== null && plan.redo.length > 0 && <p>{redoText(plan, unit)}</p>}
        {plan !== null && <p className="plan">{planText(plan, unit)}</p>}
        {question.problem !== null && <ProblemText problem={question.problem} />}
      </div>
      <div className="buttons">
        <button type="button" onClick={() => cancel(job.key)}>
          {text.cancel}
        </button>
        {/* biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next. */}
        <button type="button" className="primary" autoFocus onClick={() => void resume(job.key, true)}>
          {text.confirmAnyway}
        </button>
      </div>
    </div>
  );
}

function unknownText({ resumeBy }: JobCard): string {
  return resumeBy === 'command' ? text.byCommand : text.planUnknown;
}

function problemOf(job: JobCard, step: ResumeStep | undefined): Problem | null {
  if (step?.kind === 'answered') return step.problem;
  return job.action?.kind === 'resume-failed' ? job.action.problem : null;
}
