import { useEffect, useRef } from 'react';
import { CHECK_STEPS, type CheckStep, type SetupView } from '../../bridge/setup.ts';
import { strings } from '../../strings.ts';
import { CopyButton } from '../components/CopyButton.tsx';
import { InstallPanel } from '../components/InstallPanel.tsx';
import { LinkQuestion } from '../components/LinkQuestion.tsx';
import { ProblemText } from '../components/Notice.tsx';
import { StateIcon } from '../components/StateIcon.tsx';
import { failedStep, outcomeText, stepDetail, stepTone } from '../setupText.ts';
import { useApp } from '../store.ts';
import { SetupEnd } from './SetupEnd.tsx';

const text = strings.setup;

/** The steps to a host and its jobs; where one fails, what to do stands below it. */
export function SetupSteps({ setup }: { setup: SetupView }) {
  const { check } = setup;
  const failed = failedStep(check);
  const screen = useRef<HTMLDivElement>(null);
  const outcome = outcomeText(check);

  useEffect(() => {
    // The keyboard comes to what is next, once there is something.
    if (outcome !== '') screen.current?.querySelector<HTMLElement>('[data-next]')?.focus();
  }, [outcome]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what had the keyboard may have gone with any change.
  useEffect(() => {
    if (document.activeElement === document.body) screen.current?.focus();
  }, [setup]);

  return (
    <div ref={screen} className="setup" tabIndex={-1}>
      <p className="announcer" role="status">
        {outcome}
      </p>
      <ol className="rows steps" aria-label={text.listOf(setup.name)}>
        {CHECK_STEPS.map((step) => (
          <li key={step}>
            <StepLine step={step} setup={setup} />
            {failed?.step === step && <WhatToDo setup={setup} step={step} />}
            {step === 'agent' && failed?.step !== 'agent' && <InstallPanel setup={setup} />}
          </li>
        ))}
      </ol>
      <SetupEnd setup={setup} />
    </div>
  );
}

function StepLine({ step, setup }: { step: CheckStep; setup: SetupView }) {
  const { check } = setup;
  const state = check.steps[step];
  const detail = stepDetail(step, check);
  const isInstalling = step === 'agent' && setup.install?.kind === 'installing';
  const tone = isInstalling ? 'running' : stepTone(state, step === 'agent' && check.install !== null);
  return (
    <div className="step-line">
      <StateIcon tone={tone} />
      <span className={tone === 'waiting' ? 'step quiet' : 'step'}>{text.steps[step]}</span>
      <span className="announcer">{text.stepState[state.kind]}</span>
      <span className={step === 'hostKey' ? 'detail key' : 'detail'}>{detail}</span>
    </div>
  );
}

function WhatToDo({ setup, step }: { setup: SetupView; step: CheckStep }) {
  const retry = useApp((state) => state.retrySetup);
  const copyLine = useApp((state) => state.copyInstallLine);
  const { check, name } = setup;
  const state = check.steps[step];
  if (state.kind !== 'failed') return null;
  if (state.question !== null) {
    return (
      <div className="what-to-do">
        <LinkQuestion question={state.question} of={null} hostName={name} />
      </div>
    );
  }
  if (step === 'agent' && check.install !== null) {
    return (
      <div className="what-to-do">
        {setup.install === null && <ProblemText problem={state.problem} />}
        <InstallPanel setup={setup} />
      </div>
    );
  }
  const line = check.nodeInstallLine;
  return (
    <div className="what-to-do">
      <ProblemText problem={state.problem} />
      {line !== null && <code className="snippet">{line}</code>}
      <div className="buttons">
        {line !== null && (
          <CopyButton
            label={text.node.copy}
            copied={text.node.copied}
            name={text.node.copyLabel}
            copy={copyLine}
          />
        )}
        <button type="button" data-next="" onClick={retry}>
          {text.retry}
        </button>
      </div>
    </div>
  );
}
