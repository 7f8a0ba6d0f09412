import type { KeyboardEvent } from 'react';
import { strings } from '../../strings.ts';

/** Asks before something is done that can't be undone. Cancel has the keyboard; Escape is Cancel. */
export function InlineQuestion({
  question,
  confirm,
  onCancel,
  onConfirm,
}: {
  question: string;
  confirm: string;
  onCancel(): void;
  onConfirm(): void;
}) {
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    // The question goes, the screen stays.
    event.preventDefault();
    event.nativeEvent.preventDefault();
    onCancel();
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: a question in its place, no dialog over it.
    <div className="question inline-question" role="group" aria-label={question} onKeyDown={onKeyDown}>
      <p>{question}</p>
      <div className="buttons">
        {/* biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next. */}
        <button type="button" autoFocus onClick={onCancel}>
          {strings.settings.cancel}
        </button>
        <button type="button" className="destructive" onClick={onConfirm}>
          {confirm}
        </button>
      </div>
    </div>
  );
}
