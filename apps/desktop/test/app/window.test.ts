import { makeTempDir } from '@milepost/testing/tempDir';
import { waitFor } from '@milepost/testing/waitFor';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CONTENT_SECURITY_POLICY } from '../../src/main/protocol.ts';
import { FIRST_COMMAND, strings } from '../../src/strings.ts';
import { type AppDriver, launchApp } from '../driver/driver.ts';

// One app without hosts for all of these: none of them changes it.

let temp: Awaited<ReturnType<typeof makeTempDir>>;
let app: AppDriver;
let page: Page;
beforeAll(async () => {
  temp = await makeTempDir();
  app = await launchApp({ userDataDir: temp.path });
  page = await app.window();
});
afterAll(async () => {
  await app.quit();
  await temp.remove();
});

describe('the window', () => {
  it('is sandboxed, isolated, without Node and without a way to embed pages', async () => {
    const { webPreferences } = await app.windowOptions();
    expect(webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webviewTag: false,
    });
  });

  it('has nothing experimental on and nothing safe off', async () => {
    const { webPreferences } = await app.windowOptions();
    expect(webPreferences).toMatchObject({
      webSecurity: true,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      navigateOnDragDrop: false,
    });
    expect(Object.keys(Object(webPreferences)).filter((name) => /BlinkFeatures/.test(name))).toEqual([]);
  });

  it('gives the page nothing but the bridge', async () => {
    const found = await page.evaluate(() => {
      const bridge: unknown = Reflect.get(window, 'milepost');
      return {
        functions: Object.keys(bridge ?? {}).sort(),
        node: ['require', 'process', 'module', 'Buffer', 'electron'].filter((name) => name in window),
        frozen: Object.isFrozen(bridge),
      };
    });
    expect(found.node).toEqual([]);
    expect(found.frozen).toBe(true);
    expect(found.functions).toEqual([
      'addHost',
      'addWatch',
      'cancelFetch',
      'changeSettings',
      'copyDiagnostics',
      'copyFirstCommand',
      'copyInstallLine',
      'copyPath',
      'dismiss',
      'endSetup',
      'fetchFiles',
      'findHosts',
      'fitHeight',
      'givePassphrase',
      'hide',
      'installAgent',
      'onClosed',
      'onOpened',
      'onView',
      'pollNow',
      'readCheckpoints',
      'readLog',
      'readRuns',
      'ready',
      'removeHost',
      'removeWatch',
      'resetSettings',
      'resume',
      'retrySetup',
      'setResumeCommand',
      'showSettingsFile',
      'startSetup',
      'stopJob',
      'testAlert',
      'trustHostKey',
    ]);
  });
});

describe('the preload', () => {
  it('lives apart from the page: what the page does to its own language does not reach it', async () => {
    const answers = await page.evaluate(async () => {
      const bridge = Object(Reflect.get(window, 'milepost'));
      const { isInteger, isSafeInteger } = Number;
      try {
        Number.isInteger = () => true;
        Number.isSafeInteger = () => true;
        // A page that could get at the bridge's own checks, or put something in its place.
        const isReplaced = Reflect.set(bridge, 'fitHeight', () => null);
        const answer = await bridge.fitHeight({ heightPx: 1.5 }).then(
          () => 'taken',
          () => 'refused',
        );
        return { isReplaced, answer };
      } finally {
        Object.assign(Number, { isInteger, isSafeInteger });
      }
    });
    expect(answers).toEqual({ isReplaced: false, answer: 'refused' });
  });
});

describe('the page', () => {
  it('has the content security policy of its headers', async () => {
    const policy = await page.evaluate(
      () =>
        new Promise((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.originalPolicy), {
            once: true,
          });
          const script = document.createElement('script');
          script.textContent = '1';
          document.body.append(script);
          script.remove();
        }),
    );
    // No <meta> could have set it.
    expect(await page.locator('meta[http-equiv]').count()).toBe(0);
    expect(policy).toBe(CONTENT_SECURITY_POLICY);
  });

  it('runs no inline script, applies no inline style, and reaches no network', async () => {
    const found = await page.evaluate(async () => {
      const blocked: string[] = [];
      document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.inlineRan = true';
      document.body.append(script);
      const div = document.createElement('div');
      div.innerHTML = '<p style="color: red" onclick="window.inlineRan = true">x</p>';
      document.body.append(div);
      div.querySelector('p')?.click();
      const fetched = await fetch('https://example.org/').then(
        () => true,
        () => false,
      );
      const colour = getComputedStyle(div.querySelector('p') ?? div).color;
      // Violations are reported in tasks of their own.
      for (let turn = 0; turn < 100 && blocked.length < 4; turn += 1) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      script.remove();
      div.remove();
      return { ran: 'inlineRan' in window, fetched, colour, blocked: [...new Set(blocked)].sort() };
    });
    expect(found).toMatchObject({ ran: false, fetched: false });
    expect(found.colour).not.toBe('rgb(255, 0, 0)');
    expect(found.blocked).toEqual(['connect-src', 'script-src-attr', 'script-src-elem', 'style-src-attr']);
  });

  it('compiles no text into code', async () => {
    const session = await page.context().newCDPSession(page);
    const { exceptionDetails } = await session.send('Runtime.evaluate', {
      expression: "new Function('return 1')()",
      // The debugger's own evaluations are let through otherwise.
      allowUnsafeEvalBlockedByCSP: false,
    });
    expect(exceptionDetails?.exception?.className).toBe('EvalError');
    await session.detach();
  });

  it('cannot be led elsewhere', async () => {
    const before = page.url();
    for (const url of ['https://example.org/', 'file:///etc/passwd', '/renderer.css', 'data:text/html,x']) {
      await page.evaluate((to) => {
        const link = document.createElement('a');
        link.href = to;
        document.body.append(link);
        link.click();
        link.remove();
      }, url);
    }
    await page.evaluate(() => {
      location.href = 'https://example.org/';
    });
    // A round trip through the page: a navigation that was let through would have begun.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
    expect(page.url()).toBe(before);
    expect(await page.getByRole('heading', { name: strings.empty.noHostsTitle }).count()).toBe(1);
  });

  it('cannot open a window', async () => {
    await page.evaluate(() => {
      window.open('https://example.org/');
      window.open('/index.html');
    });
    await waitFor('no further page', () => page.context().pages().length === 1);
  });

  it('embeds no other page', async () => {
    const embedded = await page.evaluate(async () => {
      const frame = document.createElement('iframe');
      frame.src = 'https://example.org/';
      const guest = document.createElement('webview');
      guest.setAttribute('src', 'https://example.org/');
      document.body.append(frame, guest);
      await new Promise((resolve) => {
        frame.addEventListener('load', resolve, { once: true });
        setTimeout(resolve, 1000);
      });
      const seen = { frame: frame.contentDocument?.URL ?? 'blocked', guest: 'getWebContentsId' in guest };
      frame.remove();
      guest.remove();
      return seen;
    });
    expect(['blocked', 'about:blank']).toContain(embedded.frame);
    expect(embedded.guest).toBe(false);
  });

  it('downloads nothing', async () => {
    const before = page.url();
    await page.evaluate(() => {
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob(['x']));
      link.download = 'x.command';
      document.body.append(link);
      link.click();
      link.remove();
    });
    await waitFor('the answer to it', async () => (await app.downloads()).length > 0);
    expect(await app.downloads()).toEqual(['refused']);
    expect(page.url()).toBe(before);
  });

  it('has every permission refused', async () => {
    const states = await page.evaluate(async () => {
      const asked = await Promise.all(
        ['geolocation', 'camera', 'microphone'].map(async (name) => {
          const status = await navigator.permissions.query({ name: name as PermissionName });
          return status.state;
        }),
      );
      const located = await new Promise((resolve) =>
        navigator.geolocation.getCurrentPosition(
          () => resolve('located'),
          ({ code, PERMISSION_DENIED }) => resolve(code === PERMISSION_DENIED ? 'refused' : 'not refused'),
          { timeout: 2000 },
        ),
      );
      return { granted: asked.includes('granted'), located };
    });
    expect(states).toEqual({ granted: false, located: 'refused' });
  });
});

describe('main', () => {
  it('refuses a message from a page that is not its own', async () => {
    await expect(app.invokeAsStranger('milepost:hide', null)).rejects.toThrow('refused');
    await expect(
      app.invokeAsStranger('milepost:resume', { jobKey: 'gpu-1/dataset', confirmed: true }),
    ).rejects.toThrow('refused');
  });
});

describe('the popover', () => {
  it('opens on a click on the icon, and hides on another', async () => {
    await app.clickTray();
    expect(await app.isPopoverVisible()).toBe(true);
    await app.clickTray();
    expect(await app.isPopoverVisible()).toBe(false);
  });

  it('stays hidden when the click that took its focus reaches the icon', async () => {
    await waitFor('the icon to react again', async () => {
      await app.clickTray();
      return app.isPopoverVisible();
    });
    await app.blur();
    expect(await app.isPopoverVisible()).toBe(false);
    await app.clickTray();
    expect(await app.isPopoverVisible()).toBe(false);
  });

  it('hides on Escape', async () => {
    await app.activate();
    expect(await app.isPopoverVisible()).toBe(true);
    await page.keyboard.press('Escape');
    await waitFor('the popover to hide', async () => !(await app.isPopoverVisible()));
  });

  it('opens when the app is started again, and the second process ends', async () => {
    expect(await app.launchAgain()).toBe(0);
    await waitFor('the popover to open', () => app.isPopoverVisible());
    await page.keyboard.press('Escape');
    await waitFor('the popover to hide', async () => !(await app.isPopoverVisible()));
  });

  it('opens from the right-click menu, which can quit too', async () => {
    await app.rightClickTray();
    expect(await app.menu()).toEqual([
      strings.menu.open,
      strings.menu.pollNow,
      strings.menu.pause,
      strings.menu.settings,
      'separator',
      strings.menu.quit,
    ]);
    await app.clickMenu(strings.menu.open);
    expect(await app.isPopoverVisible()).toBe(true);
  });

  it('teaches a first command and offers to add a host while none is watched', async () => {
    await page.getByRole('button', { name: strings.empty.copyLabel }).click();
    await waitFor('the copy', async () => (await app.clipboard()) === FIRST_COMMAND);
    await page.getByRole('button', { name: strings.empty.addHost }).click();
    await page.getByRole('heading', { name: strings.screens.addHost }).waitFor();
    await page.keyboard.press('Escape');
    // The keyboard is where it was.
    const button = page.getByRole('button', { name: strings.empty.addHost });
    await waitFor('the focus', () => button.evaluate((own) => own === document.activeElement));
  });

  it('shows the settings file', async () => {
    await page.getByRole('button', { name: strings.screens.settings }).click();
    await page.getByRole('button', { name: strings.settings.showFile }).click();
    await waitFor('the file', async () =>
      (await app.shownItems()).some((path) => path.endsWith('settings.json')),
    );
    await page.keyboard.press('Escape');
  });
});

it('has the first command in plain ASCII, as a shell takes it', () => {
  expect(FIRST_COMMAND).toMatch(/^[\x20-\x7e\n]+$/);
});
