import { useEffect, useRef } from 'react';
import type { AppView } from '../bridge/view.ts';
import { strings } from '../strings.ts';
import { AlertsOffer } from './components/AlertsOffer.tsx';
import { Announcer } from './components/Announcer.tsx';
import { Footer } from './components/Footer.tsx';
import { HostLine } from './components/HostLine.tsx';
import { Notice } from './components/Notice.tsx';
import { PausedNotice } from './components/PausedNotice.tsx';
import { useApp } from './store.ts';
import { useKeptFocus } from './useKeptFocus.ts';
import { useNow } from './useNow.ts';
import { AddHost } from './views/AddHost.tsx';
import { Empty } from './views/Empty.tsx';
import { HostSettings } from './views/HostSettings.tsx';
import { JobDetail } from './views/JobDetail.tsx';
import { JobList } from './views/JobList.tsx';
import { Settings } from './views/Settings.tsx';

export function App() {
  const view = useApp((state) => state.view);
  const visible = useApp((state) => state.visible);
  const translucent = useApp((state) => state.translucent);
  const trouble = useApp((state) => state.trouble);
  const back = useApp((state) => state.back);
  const { screen, returnTo } = useApp((state) => state.place);
  const content = useFittedHeight();
  const popover = useKeptFocus<HTMLDivElement>(view !== null);
  const now = useNow(visible);

  const textPercent = view?.settings.textPercent ?? 100;
  useEffect(() => {
    document.documentElement.classList.toggle('translucent', translucent);
    document.documentElement.dataset['text'] = String(textPercent);
  }, [translucent, textPercent]);
  useEffect(() => {
    // A question that is open takes the Escape first; see Question. Then a screen behind the jobs goes.
    const onKey = (event: KeyboardEvent): void => {
      document.documentElement.classList.add('by-keys');
      if (event.key === 'Escape' && !event.defaultPrevented) back();
    };
    const onPointer = (): void => document.documentElement.classList.remove('by-keys');
    window.addEventListener('keydown', onKey);
    window.addEventListener('pointerdown', onPointer);
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('pointerdown', onPointer);
    };
  }, [back]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each screen that is come back to.
  useEffect(() => {
    if (returnTo !== null) {
      document.querySelector<HTMLElement>(`[data-return="${CSS.escape(returnTo)}"]`)?.focus();
    }
  }, [screen, returnTo]);

  if (view === null) return trouble === null ? null : <Notice problem={trouble} />;
  return (
    <div ref={popover} className="popover">
      <main className="scroller">
        <div ref={content} className="content">
          {trouble !== null && <Notice problem={trouble} />}
          {screen.kind === 'settings' && <Settings settings={view.settings} />}
          {screen.kind === 'host' && <HostSettings settings={view.settings} hostId={screen.hostId} />}
          {screen.kind === 'add-host' && <AddHost setup={view.setup} />}
          {screen.kind === 'job' && <JobDetail view={view} jobKey={screen.jobKey} now={now} />}
          {screen.kind === 'jobs' && <Jobs view={view} now={now} />}
        </div>
      </main>
      {screen.kind === 'jobs' && <Footer hosts={view.hosts} paused={view.settings.paused} />}
      <Announcer jobs={view.jobs} />
    </div>
  );
}

/** The first screen: what a person has to know, then the jobs. */
function Jobs({ view, now }: { view: AppView; now: number }) {
  const troubled = view.hosts.filter(
    (host) => host.link.kind === 'unreachable' || host.link.kind === 'refused' || host.problem !== null,
  );
  return (
    <>
      {view.jobs.length > 0 && <h1 className="announcer">{strings.screens.jobs}</h1>}
      {view.notices.map((notice) => (
        <Notice key={notice.what} problem={notice} />
      ))}
      {troubled.map((host) => (
        <HostLine key={host.id} host={host} now={now} />
      ))}
      {view.settings.paused && <PausedNotice />}
      {view.settings.alerts.state === 'undecided' && view.jobs.length > 0 && <AlertsOffer />}
      {view.jobs.length > 0 ? <JobList view={view} now={now} /> : <Empty hosts={view.hosts} />}
    </>
  );
}

/** Tells main how high the content is; the window follows. */
function useFittedHeight() {
  const fitHeight = useApp((state) => state.fitHeight);
  const ref = useRef<HTMLDivElement>(null);
  const shown = useApp((state) => state.view !== null);
  const screen = useApp((state) => state.place.screen.kind);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the footer comes and goes with the screen.
  useEffect(() => {
    const element = ref.current;
    if (!shown || element === null) return;
    const tell = (): void => {
      const footer = document.querySelector('.footer')?.getBoundingClientRect().height ?? 0;
      fitHeight(Math.max(1, Math.ceil(element.getBoundingClientRect().height + footer)));
    };
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    return () => observer.disconnect();
  }, [fitHeight, shown, screen]);
  return ref;
}
