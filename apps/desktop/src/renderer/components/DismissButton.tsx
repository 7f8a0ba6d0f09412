import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

/** Takes the card of a finished job away. */
export function DismissButton({ job }: { job: JobCard }) {
  const dismiss = useApp((state) => state.dismiss);
  const label = strings.jobs.dismiss(job.name);
  return (
    <button
      type="button"
      className="plain dismiss"
      aria-label={label}
      title={label}
      onClick={() => void dismiss([job.key])}
    >
      <svg viewBox="0 0 16 16" width="10" height="10" aria-hidden="true">
        <path
          d="m3 3 10 10M13 3 3 13"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
        />
      </svg>
    </button>
  );
}
