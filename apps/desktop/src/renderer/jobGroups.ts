import type { JobCard } from '../bridge/jobs.ts';
import type { AppView } from '../bridge/view.ts';

// How the cards are laid out. Pure.

export interface JobGroups {
  /** One for each host that has a job under way, the host of the job that matters most first. */
  hosts: { id: string; name: string; jobs: JobCard[] }[];
  /** Complete jobs, of all hosts. */
  finished: JobCard[];
}

export function groupJobs({ jobs, hosts }: Pick<AppView, 'jobs' | 'hosts'>): JobGroups {
  const groups = new Map<string, JobCard[]>();
  const finished: JobCard[] = [];
  for (const job of jobs) {
    if (job.state === 'complete') finished.push(job);
    else groups.set(job.hostId, [...(groups.get(job.hostId) ?? []), job]);
  }
  return {
    hosts: [...groups].map(([id, own]) => ({
      id,
      name: hosts.find((host) => host.id === id)?.name ?? id,
      jobs: own,
    })),
    finished,
  };
}
