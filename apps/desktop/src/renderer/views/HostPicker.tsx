import { type FormEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { FoundHosts } from '../../bridge/setup.ts';
import type { Problem } from '../../bridge/view.ts';
import { strings } from '../../strings.ts';
import { ProblemText } from '../components/Notice.tsx';
import { matchingHosts } from '../hostChoice.ts';
import { useApp } from '../store.ts';

const text = strings.setup.pick;

/** A host to type, or to pick from the ssh configuration: what is typed narrows the list. */
export function HostPicker() {
  const findHosts = useApp((state) => state.findHosts);
  const startSetup = useApp((state) => state.startSetup);
  const visible = useApp((state) => state.visible);
  const id = useId();
  const list = useRef<HTMLUListElement>(null);
  const field = useRef<HTMLInputElement>(null);
  const [found, setFound] = useState<FoundHosts | null>(null);
  const [typed, setTyped] = useState('');
  const [problem, setProblem] = useState<Problem | null>(null);

  useEffect(() => {
    // Read again whenever somebody looks: the file may have been edited meanwhile.
    if (visible) void findHosts().then(setFound);
  }, [findHosts, visible]);
  useEffect(() => {
    if (visible) field.current?.focus();
  }, [visible]);

  function start(destination: string): void {
    void startSetup({ destination }).then(setProblem);
  }
  function onSubmit(event: FormEvent): void {
    event.preventDefault();
    if (typed.trim() !== '') start(typed);
  }
  /** Up and down lead from the field through the list. */
  function onKeyDown(event: KeyboardEvent): void {
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    const stops = [field.current, ...(list.current?.querySelectorAll('button') ?? [])];
    const at = stops.findIndex((stop) => stop !== null && stop === document.activeElement);
    const next = stops[at + (event.key === 'ArrowDown' ? 1 : -1)];
    if (at < 0 || next == null) return;
    event.preventDefault();
    next.focus();
  }

  const hosts = matchingHosts(found?.hosts ?? [], typed);
  const isKnown = (found?.hosts.length ?? 0) > 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys only lead through what is there.
    <div className="picker" onKeyDown={onKeyDown}>
      <form className="group" onSubmit={onSubmit}>
        <label className="announcer" htmlFor={id}>
          {text.field}
        </label>
        <div className="field-row">
          <input
            ref={field}
            id={id}
            type="text"
            autoComplete="off"
            placeholder={text.placeholder}
            aria-describedby={`${id}-hint`}
            aria-invalid={problem !== null}
            value={typed}
            onChange={(event) => {
              setTyped(event.currentTarget.value);
              setProblem(null);
            }}
          />
          <button type="submit" className="primary" aria-disabled={typed.trim() === ''}>
            {text.go}
          </button>
        </div>
        <p id={`${id}-hint`} className="hint">
          {text.hint}
        </p>
        {problem !== null && <ProblemText problem={problem} alert />}
      </form>
      <section className="group" aria-labelledby={`${id}-found`}>
        <h2 id={`${id}-found`}>{text.found}</h2>
        {found?.problem != null && <ProblemText problem={found.problem} />}
        {hosts.length > 0 ? (
          <ul className="rows choices" ref={list}>
            {hosts.map(({ name, address, watched }) => (
              <li key={name}>
                <button type="button" className="choice" onClick={() => start(name)}>
                  <span className="name">{name}</span>
                  <span className="address">{address}</span>
                  {watched && <span className="tag">{text.watched}</span>}
                </button>
              </li>
            ))}
          </ul>
        ) : (
          <p className="nothing">{found === null ? text.looking : isKnown ? text.noMatch : text.none}</p>
        )}
      </section>
    </div>
  );
}
