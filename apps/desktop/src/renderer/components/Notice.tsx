import type { Problem } from '../../bridge/view.ts';
import { StateIcon } from './StateIcon.tsx';

/** What happened, and what to do next. */
export function ProblemText({ problem, alert = false }: { problem: Problem; alert?: boolean }) {
  return (
    <div className="problem-text" {...(alert ? { role: 'alert' } : {})}>
      <p>{problem.what}</p>
      {problem.next !== null && <p className="next">{problem.next}</p>}
    </div>
  );
}

export function Notice({ problem }: { problem: Problem }) {
  return (
    <section className="notice">
      <StateIcon tone="warning" />
      <ProblemText problem={problem} alert />
    </section>
  );
}
