import '@milepost/desktop/preload/withoutEval';
import { z } from 'zod';
import { createPreloadElectron } from '../../apps/desktop/test/driver/standIn/preloadElectron.ts';
import { invokeAnswerSchema, pushSchema } from './scene.ts';

// In the popover's frame, before its first script: what its preload finds as `electron`. Messages go by the page around
// it, since the popover's own content security policy lets it connect to nothing.

declare global {
  /** What the preload finds as `require`. */
  var demoRequire: (name: string) => unknown;
}

const answerSchema = z.object({ id: z.number(), answer: invokeAnswerSchema });
const messageSchema = z.union([pushSchema, answerSchema]);

const electron = createPreloadElectron({
  send: (message) => window.parent.postMessage(message, window.location.origin),
  expose: (key, api) => Object.defineProperty(window, key, { value: api, enumerable: true }),
});
globalThis.demoRequire = electron.require;

window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== window.parent || origin !== window.location.origin) return;
  const message = messageSchema.parse(data);
  if ('channel' in message) electron.pushed(message.channel, message.args);
  else electron.answered(message.id, message.answer);
});
