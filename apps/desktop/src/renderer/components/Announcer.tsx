import { useEffect, useRef, useState } from 'react';
import type { JobCard } from '../../bridge/jobs.ts';
import { strings } from '../../strings.ts';

/** Says a job's change of state to a screen reader; never a percentage. It stands there before anything is said. */
export function Announcer({ jobs }: { jobs: readonly JobCard[] }) {
  const [message, setMessage] = useState('');
  const before = useRef<ReadonlyMap<string, string> | null>(null);
  useEffect(() => {
    const states = new Map(jobs.map((job) => [job.key, job.state]));
    const previous = before.current;
    before.current = states;
    if (previous === null) return;
    const changed = jobs.filter((job) => {
      const was = previous.get(job.key);
      return was !== undefined && was !== job.state;
    });
    if (changed.length > 0) {
      setMessage(changed.map((job) => strings.announce.state(job.name, strings.state[job.state])).join('. '));
    }
  }, [jobs]);
  return (
    <p className="announcer" role="status">
      {message}
    </p>
  );
}
