import type { ActResult, PlanResult } from '@milepost/monitor/api';
import type { JobView } from '@milepost/monitor/view';
import { describe, expect, it } from 'vitest';
import { createResumeJob } from '../../src/main/resumeJob.ts';
import { interruptedJob, NOW, sampleHost } from '../sampleViews.ts';

const plan = interruptedJob().plan;
if (plan === null) throw new Error('The sample has a plan.');
const { answer } = plan;
const key = interruptedJob().key;
const lost: PlanResult = {
  kind: 'failed',
  problem: { kind: 'unreachable', what: 'gpu-1 does not answer.', next: null },
};

/** A monitor with one job, that notes what it is asked. */
function setup(job: JobView, fetched: PlanResult = lost) {
  const asked: string[] = [];
  let finish: (result: ActResult) => void = () => {};
  const resumed = new Promise<ActResult>((resolve) => {
    finish = resolve;
  });
  const resumeJob = createResumeJob({
    now: () => NOW,
    monitor: {
      view: () => ({ hosts: [sampleHost()], jobs: [job], problem: null }),
      async plan() {
        asked.push('plan');
        return fetched;
      },
      resume() {
        asked.push('resume');
        return resumed;
      },
    },
  });
  return { asked, resumeJob, finish };
}

describe('one click', () => {
  it('resumes where the plan is fresh and nothing is redone', async () => {
    const { asked, resumeJob, finish } = setup(interruptedJob());
    finish({ kind: 'done' });
    expect(await resumeJob(key, false)).toEqual({ kind: 'done' });
    expect(asked).toEqual(['resume']);
  });

  it('asks the host anew where the plan is over a minute old, and goes on by its answer', async () => {
    const old = interruptedJob({ plan: { answer, at: NOW - 60_001 } });
    const { asked, resumeJob, finish } = setup(old, { kind: 'plan', answer });
    finish({ kind: 'done' });
    expect(await resumeJob(key, false)).toEqual({ kind: 'done' });
    expect(asked).toEqual(['plan', 'resume']);
  });

  it('asks the person where an old plan cannot be had again', async () => {
    const { asked, resumeJob } = setup(interruptedJob({ plan: { answer, at: NOW - 60_001 } }));
    expect(await resumeJob(key, false)).toMatchObject({
      kind: 'ask',
      question: { jobKey: key, because: 'old', problem: { kind: 'unreachable' } },
    });
    expect(asked).toEqual(['plan']);
  });

  it.each([
    ['committed work must be redone', { redo: [{ first: 0, count: 2000, reason: 'short' }] }, 'redo'],
    ['the agent would refuse', { refused: 'the command changed' }, 'refused'],
  ])('asks the person where %s', async (_why, changes, because) => {
    const job = interruptedJob({ plan: { answer: { ...answer, ...changes }, at: NOW } });
    const { asked, resumeJob } = setup(job);
    expect(await resumeJob(key, false)).toMatchObject({ kind: 'ask', question: { because } });
    expect(asked).toEqual([]);
  });

  it('goes ahead without asking again once the person has said yes', async () => {
    const { asked, resumeJob, finish } = setup(interruptedJob({ plan: null }));
    finish({ kind: 'done' });
    expect(await resumeJob(key, true)).toEqual({ kind: 'done' });
    expect(asked).toEqual(['resume']);
  });

  it('is one resume however often it is clicked, and can be clicked again afterwards', async () => {
    const { asked, resumeJob, finish } = setup(interruptedJob());
    const clicks = [resumeJob(key, false), resumeJob(key, false), resumeJob(key, true)];
    finish({ kind: 'unknown', problem: { kind: 'lost', what: 'lost', next: null } });
    expect(await Promise.all(clicks)).toEqual(Array(3).fill(expect.objectContaining({ kind: 'unknown' })));
    expect(asked).toEqual(['resume']);
    await resumeJob(key, false);
    expect(asked).toEqual(['resume', 'resume']);
  });
});
