import type { Problem } from '../../src/bridge/view.ts';
import { strings } from '../../src/strings.ts';
import { interruptedJob, NOW, sampleJob, sampleView } from '../sampleViews.ts';
import { never, press, type SampleScreen } from './sampleScreen.ts';

// Resume and Stop, from the click to the answer.

export const actScreens: readonly SampleScreen[] = [...resumeScreens(), ...stopScreens()];

function resumeScreens(): SampleScreen[] {
  const job = interruptedJob();
  const view = sampleView([job]);
  const resume = press(strings.resume.label(job.name));
  const damagedPlan = job.plan && {
    ...job.plan,
    answer: {
      ...job.plan.answer,
      redo: [{ first: 0, count: 2000, reason: 'checkpoint_00000.npz is 12 bytes short' }],
      todo: { items: 20_000 },
      done: { batches: 5, items: 10_000 },
    },
  };
  const held: Problem = {
    kind: 'held',
    what: 'Another agent holds the job (pid 4711 on ip-10-0-3-17).',
    next: 'Wait for its end, or stop it there.',
  };
  return [
    {
      name: 'resume-asking',
      caption: 'Resume asks first: saved work would be done again',
      view,
      screen: 'jobs',
      focus: {
        jobKey: job.key,
        question: { jobKey: job.key, plan: damagedPlan, because: 'redo', problem: null },
      },
    },
    {
      name: 'resume-sending',
      caption: 'Resume was pressed',
      view,
      screen: 'jobs',
      answers: { resume: never },
      act: resume,
    },
    {
      name: 'resume-sent',
      caption: 'The agent took it; the next poll shows the new run',
      view: sampleView([{ ...job, action: { kind: 'resuming', startedAt: NOW } }]),
      screen: 'jobs',
    },
    {
      name: 'resume-refused',
      caption: 'The agent refused',
      view,
      screen: 'jobs',
      answers: { resume: () => ({ kind: 'refused', problem: held }) },
      act: resume,
    },
  ];
}

function stopScreens(): SampleScreen[] {
  const job = sampleJob();
  return [
    {
      name: 'stop-asking',
      caption: 'Stop asks how',
      view: sampleView([job]),
      screen: 'jobs',
      act: press(strings.stop.label(job.name)),
    },
    {
      name: 'stop-process',
      caption: 'Stop of a program that runs whole',
      view: sampleView([{ ...job, kind: 'process' }]),
      screen: 'jobs',
      act: press(strings.stop.label(job.name)),
    },
    {
      name: 'stopping',
      caption: 'It stops after its batch',
      view: sampleView([{ ...job, action: { kind: 'stopping', startedAt: NOW, now: false } }]),
      screen: 'jobs',
    },
  ];
}
