import type { Tone } from '../cardText.ts';

/** A state by its shape; the words stand beside it. */
export function StateIcon({ tone }: { tone: Tone }) {
  if (tone === 'waiting') {
    return (
      <svg className="state-icon waiting" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
      </svg>
    );
  }
  return (
    <svg className={`state-icon ${tone}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {tone === 'running' ? (
        <>
          <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" opacity="0.35" />
          <path
            d="M8 1.75a6.25 6.25 0 0 1 6.25 6.25"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
            strokeLinecap="round"
          />
        </>
      ) : (
        <>
          {tone === 'quiet' ? (
            <circle cx="8" cy="8" r="6.25" fill="none" stroke="currentColor" strokeWidth="1.5" />
          ) : tone === 'warning' ? (
            <path
              d="M8 1.2 15.2 14H.8Z"
              fill="currentColor"
              stroke="currentColor"
              strokeWidth="1"
              strokeLinejoin="round"
            />
          ) : (
            <circle cx="8" cy="8" r="7" fill="currentColor" />
          )}
          <path
            className="glyph"
            d={GLYPHS[tone]}
            fill="none"
            strokeWidth="1.7"
            strokeLinecap="round"
            strokeLinejoin="round"
          />
        </>
      )}
    </svg>
  );
}

const GLYPHS: Record<Exclude<Tone, 'running' | 'waiting'>, string> = {
  done: 'M4.8 8.3 7 10.5l4.2-4.8',
  problem: 'M8 4.4v4.2M8 11.4v.1',
  warning: 'M8 6v3.4M8 11.7v.1',
  quiet: 'M6.2 6v4M9.8 6v4',
};
