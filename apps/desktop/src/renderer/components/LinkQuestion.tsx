import { type FormEvent, useId, useState } from 'react';
import type { LinkQuestion as Question } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

const text = strings.setup;

/** What only a person can give so that a host can be logged in to. `of`: a watched host; null: the one being set up. */
export function LinkQuestion({
  question,
  of,
  hostName,
}: {
  question: Question;
  of: string | null;
  hostName: string;
}) {
  return question.kind === 'host-key' ? (
    <HostKey question={question} of={of} hostName={hostName} />
  ) : (
    <Passphrase question={question} of={of} />
  );
}

function HostKey({
  question,
  of,
  hostName,
}: {
  question: Extract<Question, { kind: 'host-key' }>;
  of: string | null;
  hostName: string;
}) {
  const trust = useApp((state) => state.trustHostKey);
  const id = useId();
  const { fingerprint } = question;
  return (
    // The keyboard comes to the group, never by itself to the button that trusts.
    <section className="link-question" aria-labelledby={id} tabIndex={-1} data-next="">
      <h2 id={id}>{text.hostKey.title}</h2>
      <p>{text.hostKey.text}</p>
      <code className="snippet fingerprint">
        <span className="announcer">{text.hostKey.label(question.keyType)} </span>
        {fingerprint}
      </code>
      <p className="hint">
        {text.hostKey.how} <code>{text.hostKey.command}</code>. {text.hostKey.ec2}
      </p>
      <div className="buttons">
        <button
          type="button"
          aria-label={text.hostKey.trustLabel(hostName)}
          onClick={() => trust(of, fingerprint)}
        >
          {text.hostKey.trust}
        </button>
      </div>
    </section>
  );
}

function Passphrase({
  question,
  of,
}: {
  question: Extract<Question, { kind: 'passphrase' }>;
  of: string | null;
}) {
  const give = useApp((state) => state.givePassphrase);
  const [typed, setTyped] = useState('');
  const id = useId();
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (typed === '') return;
    give(of, typed);
    // It stays nowhere on the page.
    setTyped('');
  }
  return (
    <form className="link-question" onSubmit={onSubmit}>
      <label htmlFor={id}>{text.passphrase.label(shortPath(question.keyFile))}</label>
      <div className="field-row">
        <input
          id={id}
          type="password"
          aria-invalid={question.isWrong}
          autoComplete="off"
          data-next=""
          aria-describedby={`${id}-hint`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" className="primary" aria-disabled={typed === ''}>
          {text.passphrase.unlock}
        </button>
      </div>
      <p id={`${id}-hint`} className={question.isWrong ? 'hint wrong' : 'hint'}>
        {question.isWrong ? text.passphrase.wrong : text.passphrase.hint}
      </p>
    </form>
  );
}

/** A path in the person's home folder, as people write it. */
function shortPath(path: string): string {
  return path.replace(/^\/(?:Users|home)\/[^/]+\//, '~/');
}
