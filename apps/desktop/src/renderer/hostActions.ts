import type { SettingsAnswer, TypedWatch } from '../bridge/settings.ts';
import type { FoundHosts, SetupTarget } from '../bridge/setup.ts';
import type { Problem } from '../bridge/view.ts';
import type { Api } from '../bridge.ts';

// What the popover asks main about hosts. What a person typed and that can't be used is answered to the form.

export interface HostActions {
  findHosts(): Promise<FoundHosts>;
  /** The problem, or null where the setup has begun. */
  startSetup(target: SetupTarget): Promise<Problem | null>;
  retrySetup(): void;
  installAgent(): void;
  /** True: it is on the clipboard. */
  copyInstallLine(): Promise<boolean>;
  /** Ends the setup with the host watched; the problem, or null. */
  addHost(typed: TypedWatch): Promise<Problem | null>;
  endSetup(): void;
  /** `of`: a watched host, or null for the one that is being set up. */
  trustHostKey(of: string | null, fingerprint: string): void;
  givePassphrase(of: string | null, passphrase: string): void;
  removeHost(hostId: string): Promise<void>;
  addWatch(hostId: string, typed: TypedWatch): Promise<Problem | null>;
  removeWatch(watchKey: string): Promise<void>;
  setResumeCommand(watchKey: string, resumeCommand: string): Promise<Problem | null>;
  resetSettings(): Promise<void>;
}

export function createHostActions(
  api: Api,
  deps: {
    /** For calls whose outcome shows in the next view. */
    send(call: Promise<unknown>): void;
    /** For calls that say at once whether they are done; a failure is told at the top. */
    done(call: Promise<unknown>): Promise<boolean>;
    /** For changes whose failure is told at the top. */
    tell(change: Promise<SettingsAnswer>): Promise<void>;
    troubleOf(error: unknown): Problem;
  },
): HostActions {
  const { send, tell } = deps;
  async function problemIn(change: Promise<SettingsAnswer>): Promise<Problem | null> {
    try {
      const answer = await change;
      return answer.kind === 'failed' ? answer.problem : null;
    } catch (error) {
      return deps.troubleOf(error);
    }
  }
  return {
    async findHosts() {
      try {
        return await api.findHosts(null);
      } catch (error) {
        return { hosts: [], problem: deps.troubleOf(error) };
      }
    },
    startSetup: (target) => problemIn(api.startSetup(target)),
    retrySetup: () => send(api.retrySetup(null)),
    installAgent: () => send(api.installAgent(null)),
    copyInstallLine: () => deps.done(api.copyInstallLine(null)),
    addHost: (typed) => problemIn(api.addHost(typed)),
    endSetup: () => send(api.endSetup(null)),
    trustHostKey: (of, fingerprint) => send(api.trustHostKey({ of, fingerprint })),
    givePassphrase: (of, passphrase) => send(api.givePassphrase({ of, passphrase })),
    removeHost: (hostId) => tell(api.removeHost({ hostId })),
    addWatch: (hostId, typed) => problemIn(api.addWatch({ hostId, ...typed })),
    removeWatch: (watchKey) => tell(api.removeWatch({ watchKey })),
    setResumeCommand: (watchKey, resumeCommand) =>
      problemIn(api.setResumeCommand({ watchKey, resumeCommand })),
    resetSettings: () => tell(api.resetSettings(null)),
  };
}
