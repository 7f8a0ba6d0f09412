import { afterEach, expect, it, vi } from 'vitest';
import { createApi, pushes, requests } from '../src/bridge.ts';
import { interruptedJob, sampleView } from './sampleViews.ts';

afterEach(() => vi.restoreAllMocks());

/** A wire whose other end is the test. */
function wire(answer: unknown) {
  const sent: unknown[][] = [];
  const listeners = new Map<string, (message: unknown) => void>();
  const api = createApi({
    async invoke(...message) {
      sent.push(message);
      return answer;
    },
    listen(channel, listener) {
      listeners.set(channel, listener);
      return () => listeners.delete(channel);
    },
  });
  return { api, sent, push: (channel: string, message: unknown) => listeners.get(channel)?.(message) };
}

it('sends a request on its channel and gives its parsed answer', async () => {
  const { api, sent } = wire({ kind: 'done', extra: 'dropped' });
  expect(await api.resume({ jobKey: 'gpu-1/render', confirmed: true })).toEqual({ kind: 'done' });
  expect(sent).toEqual([[requests.resume.channel, { jobKey: 'gpu-1/render', confirmed: true }]]);
});

it('rejects an answer that does not fit its contract', async () => {
  await expect(wire({ kind: 'whatever' }).api.resume({ jobKey: 'a', confirmed: false })).rejects.toThrow();
});

it('sends nothing that does not fit its contract', async () => {
  const { api, sent } = wire(null);
  await expect(api.fitHeight({ heightPx: -1 })).rejects.toThrow();
  expect(sent).toEqual([]);
});

it('hands on pushes that parse until it is unsubscribed, and drops the others', () => {
  const said = vi.spyOn(console, 'error').mockReturnValue();
  const { api, push } = wire(null);
  const seen: unknown[] = [];
  const end = api.onView((view) => seen.push(view));
  const view = sampleView([interruptedJob()]);
  push(pushes.view.channel, view);
  push(pushes.view.channel, { ...view, jobs: [{ key: 'half a job' }] });
  expect(seen).toEqual([view]);
  expect(said).toHaveBeenCalledOnce();
  end();
  push(pushes.view.channel, view);
  expect(seen).toHaveLength(1);
});
