import type { SetupView } from '../../bridge/setup.ts';
import { strings } from '../../strings.ts';
import { sizeText } from '../cardText.ts';
import { useApp } from '../store.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.setup.install;

/** Puts the agent on the host, by one click; nothing where it needs none. */
export function InstallPanel({ setup }: { setup: SetupView }) {
  const installAgent = useApp((state) => state.installAgent);
  const { check, install, agentVersion } = setup;
  if (install?.kind === 'installing') {
    const { bytes, bytesDone } = install;
    const percent = Math.min(100, (100 * bytesDone) / bytes);
    return (
      <div className="install">
        <p>{bytesDone === 0 ? text.starting : text.copying(sizeText(bytesDone), sizeText(bytes))}</p>
        <progress aria-label={text.progressLabel} max={100} value={percent} />
      </div>
    );
  }
  if (check.install === null) {
    return install?.kind === 'installed' && check.isOver ? (
      <p className="install done">{text.installed(agentVersion)}</p>
    ) : null;
  }
  const isOffer = check.steps.agent.kind === 'done';
  return (
    <div className="install">
      {install?.kind === 'failed' ? (
        <ProblemText problem={install.problem} alert />
      ) : (
        <p className="hint">
          {isOffer ? text.older(check.found.agentVersion ?? '', agentVersion) : text.what(agentVersion)}
        </p>
      )}
      <div className="buttons">
        <button
          type="button"
          className={isOffer ? '' : 'primary'}
          {...(isOffer ? {} : { 'data-next': '' })}
          onClick={installAgent}
        >
          {isOffer ? text.update(agentVersion) : text.button(agentVersion)}
        </button>
      </div>
    </div>
  );
}
