import { type FormEvent, type KeyboardEvent, useId, useState } from 'react';
import type { TypedWatch } from '../../bridge/settings.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { ProblemText } from './Notice.tsx';

const text = strings.setup.watch;

/** A file or folder on a host by path, and optionally what resumes its job. `save` answers what is wrong with them. */
export function WatchForm({
  takesKeyboard = false,
  save,
  cancel,
}: {
  takesKeyboard?: boolean;
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
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || cancel === undefined) return;
    // The form goes, the screen stays.
    event.preventDefault();
    event.nativeEvent.preventDefault();
    cancel();
  }
  return (
    <form className="watch-form" onSubmit={onSubmit} onKeyDown={onKeyDown}>
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
            {strings.settings.cancel}
          </button>
        )}
        <button type="submit">{text.add}</button>
      </div>
    </form>
  );
}
