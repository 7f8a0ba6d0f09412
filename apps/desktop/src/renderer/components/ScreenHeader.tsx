import { useEffect, useRef } from 'react';
import { strings } from '../../strings.ts';
import { useApp } from '../store.ts';

/** The top of a screen behind the list of jobs: its title, and the way back. */
export function ScreenHeader({
  title,
  takesKeyboard = true,
}: {
  title: string;
  /** False where something else on the screen has the keyboard first. */
  takesKeyboard?: boolean;
}) {
  const back = useApp((state) => state.back);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (takesKeyboard) button.current?.focus();
  }, [takesKeyboard]);
  return (
    <header className="screen-header">
      <button ref={button} type="button" className="plain back" onClick={back}>
        <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
          <path
            d="M10.5 2.5 5 8l5.5 5.5"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </svg>
        {strings.screens.back}
      </button>
      <h1>{title}</h1>
    </header>
  );
}
