import type { JobCard, ResumeQuestion } from '../../bridge/jobs.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { planParts, planText, redoText } from '../cardText.ts';
import type { ResumeStep } from '../resumeStep.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';
import { Question } from './Question.tsx';

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
  if (step?.kind === 'asking' && !resuming) return <AskedResume job={job} question={step.question} />;
  const problem = resuming ? null : problemOf(job, step);
  return (
    <div className="panel">
      {problem !== null && <ProblemText problem={problem} alert />}
      <div className="panel-row">
        <p className="plan">{resuming ? text.waiting : <Plan job={job} />}</p>
        <button
          type="button"
          className="primary"
          data-return={returnOf(job)}
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

function Plan({ job }: { job: JobCard }) {
  const { plan, progress, resumeBy } = job;
  if (plan === null) return resumeBy === 'command' ? text.byCommand : text.planUnknown;
  const redo = redoText(plan.answer, progress.unit);
  const { kept, rest } = planParts(plan.answer, progress.unit);
  return (
    <>
      {kept}
      {rest !== '' && <span className="announcer">{strings.separator}</span>}
      {rest !== '' && <span className="line">{rest}</span>}
      {redo !== '' && <span className="redo">{redo}</span>}
      {plan.answer.refused && <span className="redo">{text.refusedBy(plan.answer.refused)}</span>}
    </>
  );
}

function AskedResume({ job, question }: { job: JobCard; question: ResumeQuestion }) {
  const resume = useApp((state) => state.resume);
  const cancel = useApp((state) => state.cancelResume);
  const unit = job.progress.unit;
  const plan = question.plan?.answer ?? null;
  return (
    <Question
      className="panel"
      label={text.label(job.name)}
      from={returnOf(job)}
      onCancel={() => cancel(job.key)}
      answers={
        // biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next.
        <button type="button" className="primary" autoFocus onClick={() => void resume(job.key, true)}>
          {text.confirmAnyway}
        </button>
      }
    >
      <div role="alert">
        {question.because === 'old' && <p>{text.planOld}</p>}
        {question.because === 'refused' && plan?.refused && <p>{text.refusedBy(plan.refused)}</p>}
        {plan !== null && plan.redo.length > 0 && <p>{redoText(plan, unit)}</p>}
        {plan !== null && <p className="plan">{planText(plan, unit)}</p>}
        {question.problem !== null && <ProblemText problem={question.problem} />}
      </div>
    </Question>
  );
}

function returnOf(job: JobCard): string {
  return `resume:${job.key}`;
}

function problemOf(job: JobCard, step: ResumeStep | undefined): Problem | null {
  if (step?.kind === 'answered') return step.problem;
  return job.action?.kind === 'resume-failed' ? job.action.problem : null;
}
