import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import type { StopStep } from '../stopStep.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';
import { Question } from './Question.tsx';

const text = strings.stop;

export function StopButton({ job }: { job: JobCard }) {
  const askStop = useApp((state) => state.askStop);
  return (
    <button
      type="button"
      className="small"
      data-return={returnOf(job)}
      aria-label={text.label(job.name)}
      onClick={() => askStop(job.key)}
    >
      {text.button}
    </button>
  );
}

/** How to stop, and then that it goes on: until the poll that shows the end. `Now` can still be asked for meanwhile. */
export function StopPanel({ job, step }: { job: JobCard; step: StopStep | undefined }) {
  const cancel = useApp((state) => state.cancelStop);
  if (step?.kind === 'asking') return <AskedStop job={job} />;
  if (step?.kind === 'answered') {
    return (
      <Question
        className="panel"
        label={text.label(job.name)}
        from={returnOf(job)}
        onCancel={() => cancel(job.key)}
        answers={<StopNow job={job} />}
      >
        <ProblemText problem={step.problem} alert />
      </Question>
    );
  }
  const words = text[job.kind ?? 'batched'];
  const sent = job.action?.kind === 'stopping' ? job.action : null;
  const isNow = step?.kind === 'sending' ? step.now : (sent?.now ?? false);
  return (
    <div className="panel">
      <div className="panel-row">
        <p className="plan">{isNow ? words.ending : words.finishing}</p>
        {isNow || step?.kind === 'sending' ? (
          <button type="button" aria-disabled="true">
            {text.sending}
          </button>
        ) : (
          <StopNow job={job} />
        )}
      </div>
    </div>
  );
}

function AskedStop({ job }: { job: JobCard }) {
  const stop = useApp((state) => state.stop);
  const cancel = useApp((state) => state.cancelStop);
  const words = text[job.kind ?? 'batched'];
  return (
    <Question
      className="panel"
      label={text.label(job.name)}
      from={returnOf(job)}
      onCancel={() => cancel(job.key)}
      answers={
        <>
          <StopNow job={job} />
          {/* biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next. */}
          <button type="button" className="primary" autoFocus onClick={() => void stop(job.key, false)}>
            {words.finish}
          </button>
        </>
      }
    >
      <p>{words.question}</p>
    </Question>
  );
}

function StopNow({ job }: { job: JobCard }) {
  const stop = useApp((state) => state.stop);
  return (
    <button type="button" aria-label={text.nowLabel(job.name)} onClick={() => void stop(job.key, true)}>
      {text.now}
    </button>
  );
}

function returnOf(job: JobCard): string {
  return `stop:${job.key}`;
}
