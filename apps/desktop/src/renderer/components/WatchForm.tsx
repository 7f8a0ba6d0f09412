import { type FormEvent, useId, useState } from 'react';
import type { TypedWatch } from '../../bridge/settings.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { ProblemText } from './Notice.tsx';
import { closeOnEscape } from './Question.tsx';

const text = strings.setup.watch;

/** A file or folder on a host by path, and optionally what resumes its job. `save` answers what is wrong with them. */
export function WatchForm({
  takesKeyboard = false,
  from,
  save,
  cancel,
}: {
  takesKeyboard?: boolean;
  /** The control that asked for it, as its `data-return`: the keyboard goes back there. */
  from?: string;
  save(typed: TypedWatch): Promise<Problem | null>;
  /** Takes the form away, where it can be. */
  cancel?: () => void;
}) {
  const id = useId();
  const [path, setPath] = useState('');
  const [resumeCommand, setCommand] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    void save({ path, resumeCommand }).then(setProblem);
  }
  return (
    <form
      className="watch-form"
      onSubmit={onSubmit}
      {...(cancel === undefined ? {} : { onKeyDown: closeOnEscape(cancel) })}
      data-from={from}
    >
      <label htmlFor={`${id}-path`}>{text.path}</label>
      <input
        id={`${id}-path`}
        type="text"
        placeholder={text.pathPlaceholder}
        // biome-ignore lint/a11y/noAutofocus: the form was asked for by a click.
        autoFocus={takesKeyboard}
        aria-invalid={problem !== null}
        value={path}
        onChange={(event) => setPath(event.currentTarget.value)}
      />
      <label htmlFor={`${id}-command`}>{text.command}</label>
      <input
        id={`${id}-command`}
        type="text"
        placeholder={text.commandPlaceholder}
        aria-describedby={`${id}-hint`}
        value={resumeCommand}
        onChange={(event) => setCommand(event.currentTarget.value)}
      />
      <p id={`${id}-hint`} className="hint">
        {text.commandHint}
      </p>
      {problem !== null && <ProblemText problem={problem} alert />}
      <div className="buttons">
        {cancel !== undefined && (
          <button type="button" onClick={cancel}>
            {strings.cancel}
          </button>
        )}
        <button type="submit">{text.add}</button>
      </div>
    </form>
  );
}
