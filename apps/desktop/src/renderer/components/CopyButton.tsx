import { useState } from 'react';

/** Copies, and says so until the keyboard or the pointer has gone on. */
export function CopyButton({
  label,
  copied: copiedLabel,
  name = label,
  copy,
}: {
  label: string;
  /** What it says once that is done. */
  copied: string;
  /** For a screen reader, where the label alone does not tell what is copied. */
  name?: string;
  /** Answers whether it is done. */
  copy(): Promise<boolean>;
}) {
  const [copied, setCopied] = useState(false);
  return (
    <button
      type="button"
      aria-label={copied ? copiedLabel : name}
      onClick={() => void copy().then(setCopied)}
      onBlur={() => setCopied(false)}
    >
      {copied ? copiedLabel : label}
    </button>
  );
}
