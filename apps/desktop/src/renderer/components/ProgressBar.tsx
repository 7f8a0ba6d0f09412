import { strings } from '../../strings.ts';
import type { Tone } from '../cardText.ts';

/** Saved work, and lighter what is in flight. Widths are SVG attributes: the page allows no inline style. */
export function ProgressBar({
  job,
  percent,
  inFlightPercent,
  words,
  tone,
}: {
  job: string;
  /** Null: not known. */
  percent: number | null;
  inFlightPercent: number;
  words: string;
  tone: Tone;
}) {
  return (
    <div
      className={`bar ${tone}`}
      role="progressbar"
      aria-label={strings.card.progressOf(job)}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent === null ? {} : { 'aria-valuenow': percent })}
      aria-valuetext={words}
    >
      <svg width="100%" height="6" aria-hidden="true">
        <rect className="track" width="100%" height="6" rx="3" />
        {percent === null ? (
          // Dashes: with less motion they stand still, and must not be taken for a part that is done.
          tone === 'running' && <line className="unknown" x1="-20" x2="100%" y1="3" y2="3" strokeWidth="6" />
        ) : (
          <>
            {inFlightPercent > 0 && (
              <rect
                className="in-flight"
                width={`${Math.min(100, percent + inFlightPercent)}%`}
                height="6"
                rx="3"
              />
            )}
            {percent > 0 && <rect className="saved" width={`${Math.max(1.5, percent)}%`} height="6" rx="3" />}
          </>
        )}
      </svg>
    </div>
  );
}
