import { createContext, useContext } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { TestAlert } from '../bridge/alerts.ts';
import type {
  CheckpointsAnswer,
  EndedRun,
  LogAnswer,
  ResumeQuestion,
  ResumeResult,
  StopResult,
} from '../bridge/jobs.ts';
import type { SettingsAnswer, SettingsChange } from '../bridge/settings.ts';
import type { AppView, Opening, Problem } from '../bridge/view.ts';
import type { Api } from '../bridge.ts';
import { type ResumeStep, settleResumes } from './resumeStep.ts';
import { type StopStep, settleStops } from './stopStep.ts';

// What the popover holds: the latest view, and where each job's Resume stands. Main owns everything else.

/** What the popover shows; the others lie behind the list of jobs. */
export type Screen = { kind: 'jobs' } | { kind: 'settings' } | { kind: 'job'; jobKey: string };

export interface AppState {
  /** Null until main has answered once. */
  view: AppView | null;
  visible: boolean;
  screen: Screen;
  translucent: boolean;
  /** The job to lead to; `count` grows with each opening, so that the same job twice is two leads. */
  focus: { jobKey: string | null; count: number };
  /** By job key; a job that is not in here has nothing under way. */
  resumes: Readonly<Record<string, ResumeStep>>;
  /** As `resumes`, for Stop. */
  stops: Readonly<Record<string, StopStep>>;
  /** What went wrong between the page and main. */
  trouble: Problem | null;
  /** Subscribes to main and asks for the first view. */
  connect(): Promise<void>;
  resume(jobKey: string, confirmed: boolean): Promise<void>;
  cancelResume(jobKey: string): void;
  /** Asks whether and how to stop the job. */
  askStop(jobKey: string): void;
  cancelStop(jobKey: string): void;
  stop(jobKey: string, now: boolean): Promise<void>;
  readLog(jobKey: string): Promise<LogAnswer>;
  readCheckpoints(jobKey: string): Promise<CheckpointsAnswer>;
  readRuns(jobKey: string): Promise<EndedRun[]>;
  fetchFiles(jobKey: string, what: 'result' | 'partial'): void;
  cancelFetch(jobKey: string): void;
  dismiss(jobKeys: string[]): Promise<void>;
  copyPath(jobKey: string): Promise<void>;
  copyDiagnostics(jobKey: string): Promise<void>;
  pollNow(hostId: string | null): void;
  hide(): void;
  fitHeight(heightPx: number): void;
  copyFirstCommand(): Promise<void>;
  showSettingsFile(): void;
  go(screen: Screen): void;
  /** One screen back; closes the popover where there is none. */
  back(): void;
  /** Resolves when it is saved and shown, or could not be. */
  changeSettings(change: SettingsChange): Promise<void>;
  testAlert(): Promise<TestAlert>;
}

export type AppStore = StoreApi<AppState>;

export function createAppStore(api: Api, now: () => number): AppStore {
  return createStore<AppState>()((set, get) => {
    function showView(view: AppView): void {
      set({ view, resumes: settleResumes(get().resumes, view), stops: settleStops(get().stops, view) });
    }
    function setResume(jobKey: string, step: ResumeStep | null): void {
      const { [jobKey]: _before, ...others } = get().resumes;
      set({ resumes: step === null ? others : { ...others, [jobKey]: step } });
    }
    function setStop(jobKey: string, step: StopStep | null): void {
      const { [jobKey]: _before, ...others } = get().stops;
      set({ stops: step === null ? others : { ...others, [jobKey]: step } });
    }
    function ask(question: ResumeQuestion): void {
      setResume(question.jobKey, { kind: 'asking', question });
    }
    function open({ view, visible, translucent, focus, screen }: Opening): void {
      showView(view);
      set({
        visible,
        screen: { kind: screen },
        translucent,
        focus: { jobKey: focus?.jobKey ?? null, count: get().focus.count + 1 },
      });
      if (focus?.question) ask(focus.question);
    }
    /** For calls whose outcome shows in the next view: only a failure is told. */
    function send(call: Promise<unknown>): void {
      call.then(
        () => set({ trouble: null }),
        (error: unknown) => set({ trouble: troubleOf(error) }),
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
      screen: { kind: 'jobs' },
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

      async resume(jobKey, confirmed) {
        const under = get().resumes[jobKey];
        if (under?.kind === 'sending' || under?.kind === 'sent') return;
        const job = get().view?.jobs.find((candidate) => candidate.key === jobKey);
        setResume(jobKey, { kind: 'sending' });
        let result: ResumeResult;
        try {
          result = await api.resume({ jobKey, confirmed });
        } catch (error) {
          setResume(jobKey, { kind: 'answered', problem: troubleOf(error) });
          return;
        }
        switch (result.kind) {
          case 'ask':
            return ask(result.question);
          case 'done':
            setResume(jobKey, { kind: 'sent', at: now(), runId: job?.runId ?? null });
            break;
          case 'refused':
          case 'unknown':
            setResume(jobKey, { kind: 'answered', problem: result.problem });
        }
        const { view } = get();
        if (view !== null) showView(view);
      },

      cancelResume: (jobKey) => setResume(jobKey, null),
      askStop: (jobKey) => setStop(jobKey, { kind: 'asking' }),
      cancelStop: (jobKey) => setStop(jobKey, null),
      async stop(jobKey, atOnce) {
        if (get().stops[jobKey]?.kind === 'sending') return;
        setStop(jobKey, { kind: 'sending', now: atOnce });
        let result: StopResult;
        try {
          result = await api.stopJob({ jobKey, now: atOnce });
        } catch (error) {
          setStop(jobKey, { kind: 'answered', problem: troubleOf(error) });
          return;
        }
        // Until a poll confirms it the job's own action says so.
        setStop(jobKey, result.kind === 'done' ? null : { kind: 'answered', problem: result.problem });
      },
      readLog: (jobKey) => api.readLog({ jobKey }),
      readCheckpoints: (jobKey) => api.readCheckpoints({ jobKey }),
      readRuns: (jobKey) => api.readRuns({ jobKey }),
      fetchFiles: (jobKey, what) => send(api.fetchFiles({ jobKey, what })),
      cancelFetch: (jobKey) => send(api.cancelFetch({ jobKey })),
      async dismiss(jobKeys) {
        await tell(api.dismiss({ jobKeys }));
      },
      async copyPath(jobKey) {
        await api.copyPath({ jobKey });
      },
      async copyDiagnostics(jobKey) {
        await api.copyDiagnostics({ jobKey });
      },
      pollNow: (hostId) => send(api.pollNow({ hostId })),
      hide: () => send(api.hide(null)),
      fitHeight: (heightPx) => send(api.fitHeight({ heightPx })),
      copyFirstCommand: async () => {
        await api.copyFirstCommand(null);
      },
      showSettingsFile: () => send(api.showSettingsFile(null)),
      go: (screen) => set({ screen }),
      back() {
        if (get().screen.kind === 'jobs') get().hide();
        else set({ screen: { kind: 'jobs' } });
      },
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
