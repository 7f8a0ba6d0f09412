import { EventEmitter } from 'node:events';
import type { App, WebContents } from 'electron';
import { describe, expect, it } from 'vitest';
import { lockNavigation, lockSession } from '../../src/main/security.ts';

/** An event as Electron hands it to listeners. */
function event() {
  return {
    defaultPrevented: false,
    preventDefault() {
      this.defaultPrevented = true;
    },
  };
}

describe('every page that is ever made', () => {
  type OpenHandler = Parameters<WebContents['setWindowOpenHandler']>[0];
  function made() {
    const app = new EventEmitter();
    lockNavigation(app as App);
    let openHandler: OpenHandler | undefined;
    const contents = Object.assign(new EventEmitter(), {
      setWindowOpenHandler(handler: OpenHandler) {
        openHandler = handler;
      },
    });
    app.emit('web-contents-created', {}, contents);
    return { contents, openHandler: () => openHandler };
  }

  it.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'is refused what %s asks for',
    (name) => {
      const { contents } = made();
      const asked = event();
      contents.emit(name, asked, 'https://example.org/');
      expect(asked.defaultPrevented).toBe(true);
    },
  );

  it('opens no window', () => {
    const handler = made().openHandler();
    const details = { url: 'https://example.org/', frameName: '', features: '' };
    expect(handler && Reflect.apply(handler, undefined, [details])).toEqual({ action: 'deny' });
  });
});

describe('the session', () => {
  it('refuses every permission', () => {
    const answers: boolean[] = [];
    lockSession({
      setPermissionRequestHandler(handler) {
        // The handler looks at neither.
        Reflect.apply(handler ?? (() => {}), undefined, [
          null,
          'media',
          (granted: boolean) => answers.push(granted),
        ]);
      },
      setPermissionCheckHandler(handler) {
        answers.push(
          Reflect.apply(handler ?? (() => true), undefined, [null, 'notifications', 'app://milepost', {}]),
        );
      },
      setDevicePermissionHandler(handler) {
        answers.push(Reflect.apply(handler ?? (() => true), undefined, [{}]));
      },
      on: () => {},
    });
    expect(answers).toEqual([false, false, false]);
  });

  it('downloads nothing', () => {
    const session = Object.assign(new EventEmitter(), {
      setPermissionRequestHandler() {},
      setPermissionCheckHandler() {},
      setDevicePermissionHandler() {},
    });
    lockSession(session);
    const asked = event();
    session.emit('will-download', asked);
    expect(asked.defaultPrevented).toBe(true);
  });
});
