import { type FormEvent, useId, useState } from 'react';
import type { JobCard } from '../../bridge/jobs.ts';
import type { SettingsView } from '../../bridge/settings.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.setup.watch;

/** What resumes a job that has no agent: a line that the person gives. */
export function CommandForm({ job, settings }: { job: JobCard; settings: SettingsView }) {
  const setResumeCommand = useApp((state) => state.setResumeCommand);
  const id = useId();
  const watch = settings.hosts.flatMap(({ watches }) => watches).find(({ key }) => key === job.key);
  const held = watch?.resumeCommand ?? '';
  const [typed, setTyped] = useState<string | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  if (watch === undefined) return null;
  const isChanged = typed !== null && typed.trim() !== held;
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (typed !== null && isChanged) void setResumeCommand(job.key, typed).then(setProblem);
  }
  return (
    <form className="group" onSubmit={onSubmit}>
      <h2>
        <label htmlFor={id}>{text.command}</label>
      </h2>
      <div className="field-row">
        <input
          id={id}
          type="text"
          placeholder={text.commandPlaceholder}
          aria-describedby={`${id}-hint`}
          aria-invalid={problem !== null}
          value={typed ?? held}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            setProblem(null);
          }}
        />
        <button type="submit" aria-disabled={!isChanged}>
          {typed !== null && !isChanged ? text.saved : text.save}
        </button>
      </div>
      <p id={`${id}-hint`} className="hint">
        {text.commandHint}
      </p>
      {problem !== null && <ProblemText problem={problem} alert />}
    </form>
  );
}
