import { useId, useState } from 'react';

/** A row with its words on the left and a switch on the right. It moves at once, and back where the change failed. */
export function Switch({
  label,
  checked,
  disabled = false,
  onChange,
}: {
  label: string;
  checked: boolean;
  disabled?: boolean;
  onChange(checked: boolean): Promise<void>;
}) {
  const id = useId();
  const [pending, setPending] = useState<boolean | null>(null);
  const shown = pending ?? checked;
  return (
    <div className="row">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={shown}
        aria-checked={shown}
        disabled={disabled}
        onChange={(event) => {
          const wanted = event.currentTarget.checked;
          setPending(wanted);
          void onChange(wanted).finally(() => setPending(null));
        }}
      />
    </div>
  );
}
