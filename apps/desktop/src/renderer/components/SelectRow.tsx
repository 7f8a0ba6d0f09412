import { useId, useState } from 'react';

/** A row with its words on the left and one of several values on the right. */
export function SelectRow<T extends string | number>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: T;
  options: readonly { value: T; label: string }[];
  onChange(value: T): Promise<void>;
}) {
  const id = useId();
  const [pending, setPending] = useState<T | null>(null);
  return (
    <div className="row">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={String(pending ?? value)}
        onChange={(event) => {
          const chosen = options.find((option) => String(option.value) === event.currentTarget.value);
          if (chosen === undefined) return;
          setPending(chosen.value);
          void onChange(chosen.value).finally(() => setPending(null));
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={String(option.value)}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}
