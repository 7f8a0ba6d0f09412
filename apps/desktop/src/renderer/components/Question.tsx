import type { KeyboardEvent, ReactNode } from 'react';
import { strings } from '../../strings.ts';

/** Escape closes a panel, and only that: the screen and the popover stay. */
export function closeOnEscape(close: () => void): (event: KeyboardEvent) => void {
  return (event) => {
    if (event.key !== 'Escape') return;
    event.preventDefault();
    event.nativeEvent.preventDefault();
    close();
  };
}

/** A question in its place, no dialog over it; the answers beside Cancel are the caller's. Escape is Cancel. */
export function Question({
  label,
  className = '',
  from,
  cancelHasKeyboard = false,
  onCancel,
  answers,
  children,
}: {
  label?: string;
  className?: string;
  /** The control that asked for it, as its `data-return`: the keyboard goes back there. */
  from: string;
  /** Where the other answer can't be undone. */
  cancelHasKeyboard?: boolean;
  onCancel(): void;
  answers: ReactNode;
  children: ReactNode;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: part of a card or a row, not of a form.
    <div
      className={`question ${className}`}
      role="group"
      aria-label={label}
      data-from={from}
      onKeyDown={closeOnEscape(onCancel)}
    >
      {children}
      <div className="buttons">
        {/* biome-ignore lint/a11y/noAutofocus: the question was asked for by a click; its answer is next. */}
        <button type="button" autoFocus={cancelHasKeyboard} onClick={onCancel}>
          {strings.cancel}
        </button>
        {answers}
      </div>
    </div>
  );
}
