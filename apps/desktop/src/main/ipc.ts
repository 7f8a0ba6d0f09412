import type { IpcMainInvokeEvent } from 'electron';
import type { ZodType } from 'zod';
import { type RequestName, type RequestOf, type ResponseOf, requests } from '../bridge.ts';
import { APP_ORIGIN } from './protocol.ts';

/**
 * One handler for each channel of the bridge; a channel without one does not compile. Where the answer is null it only
 * says that the handler is done, and what the handler returns does not matter.
 */
export type Handlers = {
  [N in RequestName]: (
    body: RequestOf<N>,
  ) => ResponseOf<N> extends null ? unknown : ResponseOf<N> | Promise<ResponseOf<N>>;
};

/** What is asked of Electron's `ipcMain`. */
export interface InvokePort {
  handle(
    channel: string,
    listener: (event: IpcMainInvokeEvent, ...args: unknown[]) => Promise<unknown>,
  ): void;
}

/** The frame that may ask, or null while there is no window. */
export type TrustedFrame = () => unknown;

/**
 * Answers the bridge's requests, only from the popover's own main frame at the app's own origin; everything else is
 * refused, and what does not parse never reaches a handler.
 */
export function registerIpc(ipc: InvokePort, trustedFrame: TrustedFrame, handlers: Handlers): void {
  function answer<Q, A>(
    contract: { channel: string; request: ZodType<Q>; response: ZodType<A> },
    handler: (body: Q) => A | Promise<A>,
  ): void {
    ipc.handle(contract.channel, async (event, ...args) => {
      const frame = event.senderFrame;
      if (frame === null || frame !== trustedFrame() || frame.origin !== APP_ORIGIN) {
        throw new Error(`A message on ${contract.channel} from a page that is not the popover was refused.`);
      }
      const body = contract.request.safeParse(args[0]);
      if (!body.success || args.length !== 1) {
        throw new Error(`A message on ${contract.channel} that does not fit its contract was refused.`);
      }
      return contract.response.parse(await handler(body.data));
    });
  }
  function obey<Q>(
    contract: { channel: string; request: ZodType<Q>; response: ZodType<null> },
    handler: (body: Q) => unknown,
  ): void {
    answer(contract, async (body) => {
      await handler(body);
      return null;
    });
  }
  answer(requests.ready, handlers.ready);
  answer(requests.resume, handlers.resume);
  answer(requests.stopJob, handlers.stopJob);
  answer(requests.readLog, handlers.readLog);
  answer(requests.readCheckpoints, handlers.readCheckpoints);
  answer(requests.readRuns, handlers.readRuns);
  obey(requests.fetchFiles, handlers.fetchFiles);
  obey(requests.cancelFetch, handlers.cancelFetch);
  answer(requests.dismiss, handlers.dismiss);
  obey(requests.copyPath, handlers.copyPath);
  obey(requests.copyDiagnostics, handlers.copyDiagnostics);
  obey(requests.pollNow, handlers.pollNow);
  obey(requests.hide, handlers.hide);
  obey(requests.fitHeight, handlers.fitHeight);
  obey(requests.copyFirstCommand, handlers.copyFirstCommand);
  obey(requests.showSettingsFile, handlers.showSettingsFile);
  answer(requests.changeSettings, handlers.changeSettings);
  answer(requests.resetSettings, handlers.resetSettings);
  answer(requests.removeHost, handlers.removeHost);
  answer(requests.addWatch, handlers.addWatch);
  answer(requests.removeWatch, handlers.removeWatch);
  answer(requests.setResumeCommand, handlers.setResumeCommand);
  answer(requests.testAlert, handlers.testAlert);
  answer(requests.findHosts, handlers.findHosts);
  answer(requests.startSetup, handlers.startSetup);
  obey(requests.retrySetup, handlers.retrySetup);
  obey(requests.installAgent, handlers.installAgent);
  obey(requests.copyInstallLine, handlers.copyInstallLine);
  answer(requests.addHost, handlers.addHost);
  obey(requests.endSetup, handlers.endSetup);
  obey(requests.trustHostKey, handlers.trustHostKey);
  obey(requests.givePassphrase, handlers.givePassphrase);
}
