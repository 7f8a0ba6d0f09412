import { useState } from 'react';
import type { SetupView } from '../../bridge/setup.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { ProblemText } from '../components/Notice.tsx';
import { WatchForm } from '../components/WatchForm.tsx';
import { useApp } from '../store.ts';

const text = strings.setup.finish;

/** What the host is watched for from now on: its agent's jobs, or a file by path. */
export function SetupEnd({ setup }: { setup: SetupView }) {
  const addHost = useApp((state) => state.addHost);
  const back = useApp((state) => state.back);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { check, watched, name } = setup;
  if (!check.isOver || check.steps.login.kind !== 'done' || setup.install?.kind === 'installing') return null;
  const isWhole = check.steps.agent.kind === 'done';
  if (watched) {
    return (
      <div className="buttons setup-end">
        <button
          type="button"
          className={isWhole ? 'primary' : ''}
          {...(isWhole ? { 'data-next': '' } : {})}
          onClick={back}
        >
          {text.done}
        </button>
      </div>
    );
  }
  if (isWhole) {
    return (
      <div className="setup-end">
        {problem !== null && <ProblemText problem={problem} alert />}
        <div className="buttons">
          <button
            type="button"
            className="primary"
            data-next=""
            onClick={() => void addHost({ path: '', resumeCommand: '' }).then(setProblem)}
          >
            {text.add(name)}
          </button>
        </div>
      </div>
    );
  }
  return (
    <details className="rows or-file">
      <summary>{text.orFile}</summary>
      <p className="hint">{text.orFileHint}</p>
      <WatchForm save={addHost} />
    </details>
  );
}
