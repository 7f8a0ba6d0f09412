import { createContext, useContext } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { TestAlert } from '../bridge/alerts.ts';
import type { CheckpointsAnswer, EndedRun, LogAnswer } from '../bridge/jobs.ts';
import type { SettingsAnswer, SettingsChange } from '../bridge/settings.ts';
import type { AppView, Opening, Problem } from '../bridge/view.ts';
import type { Api } from '../bridge.ts';
import { createHostActions, type HostActions } from './hostActions.ts';
import {
  askResume,
  createJobStepActions,
  type JobStepActions,
  type JobSteps,
  settleSteps,
} from './jobSteps.ts';
import { firstPlace, goBack, goOn, type Place, type Screen } from './screens.ts';

// What the popover holds: the latest view, and where each job's Resume and Stop stand. Main owns everything else.

export interface AppState extends HostActions, JobSteps, JobStepActions {
  /** Null until main has answered once. */
  view: AppView | null;
  visible: boolean;
  place: Place;
  translucent: boolean;
  /** The job to lead to; `count` grows with each opening, so that the same job twice is two leads. */
  focus: { jobKey: string | null; count: number };
  /** What went wrong between the page and main. */
  trouble: Problem | null;
  /** Subscribes to main and asks for the first view. */
  connect(): Promise<void>;
  readLog(jobKey: string): Promise<LogAnswer>;
  readCheckpoints(jobKey: string): Promise<CheckpointsAnswer>;
  readRuns(jobKey: string): Promise<EndedRun[]>;
  fetchFiles(jobKey: string, what: 'result' | 'partial'): void;
  cancelFetch(jobKey: string): void;
  dismiss(jobKeys: string[]): Promise<void>;
  /** True: it is on the clipboard. */
  copyPath(jobKey: string): Promise<boolean>;
  copyDiagnostics(jobKey: string): Promise<boolean>;
  pollNow(hostId: string | null): void;
  hide(): void;
  fitHeight(heightPx: number): void;
  copyFirstCommand(): Promise<boolean>;
  showSettingsFile(): void;
  /** To a screen behind this one; coming back, the keyboard is where it is now. */
  go(screen: Screen): void;
  /** One screen back, out of a setup that is under way too; closes the popover where there is none. */
  back(): void;
  /** The list of jobs. */
  home(): void;
  /** Resolves when it is saved and shown, or could not be. */
  changeSettings(change: SettingsChange): Promise<void>;
  testAlert(): Promise<TestAlert>;
}

export type AppStore = StoreApi<AppState>;

export function createAppStore(api: Api, now: () => number): AppStore {
  return createStore<AppState>()((set, get) => {
    function showView(view: AppView): void {
      const { view: before, place } = get();
      // The host of the setup is watched now: its jobs are next.
      const isAdded =
        before?.setup?.watched === false &&
        view.setup === null &&
        view.settings.hosts.some(({ name }) => name === before.setup?.name);
      if (isAdded && place.screen.kind === 'add-host') set({ place: firstPlace({ kind: 'jobs' }) });
      set({ view, ...settleSteps(get(), view) });
    }
    function open({ view, visible, translucent, focus, screen }: Opening): void {
      showView(view);
      set({
        visible,
        trouble: null,
        // A setup that is under way goes on where it was left.
        place: firstPlace(
          focus === null && screen === 'jobs' && view.setup !== null
            ? { kind: 'add-host' }
            : { kind: screen },
        ),
        translucent,
        focus: { jobKey: focus?.jobKey ?? null, count: get().focus.count + 1 },
      });
      if (focus?.question) set(askResume(get(), focus.question));
    }
    /** For calls whose outcome shows in the next view: only a failure is told. */
    function send(call: Promise<unknown>): void {
      call.then(
        () => set({ trouble: null }),
        (error: unknown) => set({ trouble: troubleOf(error) }),
      );
    }

    /** For calls that say at once whether they are done; a failure is told too. */
    function done(call: Promise<unknown>): Promise<boolean> {
      return call.then(
        () => {
          set({ trouble: null });
          return true;
        },
        (error: unknown) => {
          set({ trouble: troubleOf(error) });
          return false;
        },
      );
    }

    /** For changes of the settings: only that one could not be saved is told. */
    function tell(change: Promise<SettingsAnswer>): Promise<void> {
      return change.then(
        (answer) => set({ trouble: answer.kind === 'failed' ? answer.problem : null }),
        (error: unknown) => set({ trouble: troubleOf(error) }),
      );
    }

    return {
      view: null,
      visible: false,
      place: firstPlace({ kind: 'jobs' }),
      translucent: false,
      focus: { jobKey: null, count: 0 },
      resumes: {},
      stops: {},
      trouble: null,

      async connect() {
        api.onOpened(open);
        api.onClosed(() => set({ visible: false }));
        api.onView(showView);
        try {
          open(await api.ready(null));
        } catch (error) {
          set({ trouble: troubleOf(error) });
        }
      },

      readLog: (jobKey) => api.readLog({ jobKey }),
      readCheckpoints: (jobKey) => api.readCheckpoints({ jobKey }),
      readRuns: (jobKey) => api.readRuns({ jobKey }),
      fetchFiles: (jobKey, what) => send(api.fetchFiles({ jobKey, what })),
      cancelFetch: (jobKey) => send(api.cancelFetch({ jobKey })),
      async dismiss(jobKeys) {
        await tell(api.dismiss({ jobKeys }));
      },
      copyPath: (jobKey) => done(api.copyPath({ jobKey })),
      copyDiagnostics: (jobKey) => done(api.copyDiagnostics({ jobKey })),
      pollNow: (hostId) => send(api.pollNow({ hostId })),
      hide: () => send(api.hide(null)),
      // It follows whatever is shown, and must not take a trouble away that it made room for.
      fitHeight(heightPx) {
        api.fitHeight({ heightPx }).catch((error: unknown) => set({ trouble: troubleOf(error) }));
      },
      copyFirstCommand: () => done(api.copyFirstCommand(null)),
      showSettingsFile: () => send(api.showSettingsFile(null)),
      go(screen) {
        const control = document.activeElement?.closest('[data-return]')?.getAttribute('data-return') ?? null;
        set({ place: goOn(get().place, screen, control) });
      },
      back() {
        const { place, view, endSetup, hide } = get();
        if (place.screen.kind === 'add-host' && view?.setup != null) {
          endSetup();
          // One of many to pick from: the list comes again. A host that is watched was come to from elsewhere.
          if (!view.setup.watched) return;
        }
        const before = goBack(place);
        if (before === null) hide();
        else set({ place: before });
      },
      home: () => set({ place: firstPlace({ kind: 'jobs' }) }),
      ...createHostActions(api, { send, done, tell, troubleOf }),
      ...createJobStepActions(api, { now, state: get, set, troubleOf }),
      changeSettings(change) {
        return tell(api.changeSettings(change));
      },
      async testAlert() {
        try {
          return await api.testAlert(null);
        } catch (error) {
          set({ trouble: troubleOf(error) });
          return 'silent';
        }
      },
    };
  });
}

function troubleOf(error: unknown): Problem {
  return {
    kind: 'app',
    what: error instanceof Error ? error.message : String(error),
    next: 'Quit Milepost and start it again.',
  };
}

export const StoreContext = createContext<AppStore | null>(null);

export function useApp<T>(select: (state: AppState) => T): T {
  const store = useContext(StoreContext);
  if (store === null) throw new Error('No store above this component.');
  return useStore(store, select);
}
