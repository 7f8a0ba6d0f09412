import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { waitFor } from '@milepost/testing/waitFor';
import { progressText, replaceFile } from '@milepost/testing/writtenJob';
import type { Page } from 'playwright-core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgentBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { AGENT_VERSION } from '../../src/main/agentFile.ts';
import { strings } from '../../src/strings.ts';
import type { AppDriver } from '../driver/driver.ts';
import { type AppFixture, startFixture } from './appFixture.ts';

// A host that nobody has seen before: empty, its key unknown, nothing in the settings.

const text = strings.setup;
let fixture: AppFixture;
let home: string;
beforeEach(async () => {
  fixture = await startFixture();
  ({ home } = fixture.sshd);
  await rm(join(home, '.local'), { recursive: true, force: true });
  await writeFile(fixture.sshd.knownHosts, '');
  await fixture.writeSettings({ hosts: [] });
});
afterEach(() => fixture.end());

async function openAddHost(): Promise<{ app: AppDriver; page: Page }> {
  const app = await fixture.launch();
  await app.clickTray();
  const page = await app.window();
  await page.getByRole('button', { name: strings.empty.addHost }).click();
  await page.locator('.choices button').first().waitFor();
  return { app, page };
}

async function settingsFile(): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(fixture.userDataDir, 'settings.json'), 'utf8'));
}

function hostFingerprint(): string {
  const said = execFileSync('ssh-keygen', ['-l', '-f', `${fixture.sshd.hostKey}.pub`], { encoding: 'utf8' });
  return said.split(' ')[1] ?? '';
}

const logins = (): number => fixture.sshd.log().split('Accepted publickey').length - 1;
const trustButton = (page: Page) => page.getByRole('button', { name: text.hostKey.trustLabel('gpu-1') });

it('a host is found, its key confirmed, the agent installed from here, and its job seen', async () => {
  const built = await readFile(await ensureAgentBuilt());
  const { app, page } = await openAddHost();
  // By keys alone.
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await trustButton(page).waitFor();
  expect(await page.locator('.fingerprint').textContent()).toContain(hostFingerprint());
  expect(logins()).toBe(0);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');

  const install = page.getByRole('button', { name: text.install.button(AGENT_VERSION) });
  await install.waitFor();
  expect(existsSync(join(home, '.local'))).toBe(false);
  await waitFor('the focus', () => install.evaluate((own) => own === document.activeElement));
  await page.keyboard.press('Enter');
  const watch = page.getByRole('button', { name: text.finish.add('gpu-1') });
  await watch.waitFor();
  const file = await readFile(join(home, `.local/share/milepost/${AGENT_VERSION}/milepost.mjs`));
  expect(createHash('sha256').update(file).digest('hex')).toBe(
    createHash('sha256').update(built).digest('hex'),
  );
  expect((await readdir(join(home, '.local'))).sort()).toEqual(['bin', 'share']);
  expect(await readdir(join(home, '.local/bin'))).toEqual(['milepost']);

  await watch.click();
  await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
  expect(await settingsFile()).toMatchObject({ hosts: [{ id: 'gpu-1', destination: 'gpu-1' }] });
  expect(await readFile(join(fixture.userDataDir, 'known_hosts'), 'utf8')).toContain(
    `[127.0.0.1]:${fixture.sshd.port} ssh-ed25519 `,
  );

  // As a person does on the host.
  await mkdir(join(home, 'work'));
  const { stdout } = await promisify(execFile)(
    join(home, '.local/bin/milepost'),
    [
      'run',
      '--name',
      'first',
      '--total',
      '4',
      '--every',
      '2',
      '--ext',
      '.txt',
      '--merge',
      'concat',
      '--',
      'seq',
      '{count}',
    ],
    { cwd: join(home, 'work'), env: { HOME: home, PATH: process.env['PATH'] } },
  );
  expect(stdout).toContain('4/4');
  const card = page.getByRole('article', { name: 'first' });
  await card.waitFor();
  await card.getByText(strings.state.complete).waitFor();
  expect((await app.tray()).icon).toBe('done');
});

describe('an unknown key', () => {
  it('that is not trusted lets nothing in: no login, nothing kept', async () => {
    const { page } = await openAddHost();
    await page.getByRole('button', { name: 'gpu-1' }).click();
    await trustButton(page).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('heading', { name: strings.screens.addHost }).waitFor();
    expect(logins()).toBe(0);
    expect(existsSync(join(fixture.userDataDir, 'known_hosts'))).toBe(false);
    expect(await settingsFile()).toMatchObject({ hosts: [] });
  });

  it('is asked about again where it is another by then', async () => {
    const { page } = await openAddHost();
    await page.getByRole('button', { name: 'gpu-1' }).click();
    await trustButton(page).waitFor();
    const first = hostFingerprint();
    // While the person looks, the address goes to another machine.
    await fixture.sshd.stop();
    await rm(fixture.sshd.hostKey);
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', fixture.sshd.hostKey], {
      input: 'y\n',
    });
    await fixture.sshd.start();
    expect(hostFingerprint()).not.toBe(first);
    await trustButton(page).click();
    await waitFor('the other fingerprint', async () =>
      (await page.locator('.fingerprint').textContent())?.includes(hostFingerprint()),
    );
    expect(logins()).toBe(0);
  });

  it('of a host that is watched already is asked about in the list of jobs', async () => {
    await fixture.agent('exit 4');
    await fixture.writeSettings();
    const app = await fixture.launch();
    await waitFor('the icon', async () => (await app.tray()).icon === 'problem');
    await app.clickTray();
    const page = await app.window();
    await trustButton(page).click();
    await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
    expect(logins()).toBe(1);
  });
});

it('an encrypted key’s passphrase is asked for here, and is in no file', async () => {
  execFileSync('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'secret words', '-f', fixture.sshd.key]);
  await fixture.agent('exit 4');
  const { page } = await openAddHost();
  await page.getByLabel(text.pick.field).fill('gpu-1');
  await page.keyboard.press('Enter');
  await trustButton(page).click();
  const field = page.getByLabel(/^Passphrase of/);
  await field.fill('wrong words');
  await page.keyboard.press('Enter');
  await page.getByText(text.passphrase.wrong).waitFor();
  await field.fill('secret words');
  await page.keyboard.press('Enter');
  // The agent that answers is of this version: there is nothing to install.
  await page.getByRole('button', { name: text.finish.add('gpu-1') }).click();
  // The monitor's own connection needs no second answer.
  await page.getByRole('heading', { name: strings.empty.noJobsTitle }).waitFor();
  const files = await readdir(fixture.userDataDir);
  for (const name of files) {
    const content = await readFile(join(fixture.userDataDir, name), 'utf8').catch(() => '');
    expect(content).not.toContain('secret words');
  }
});

it('a setup goes on where it was left when the popover was closed meanwhile', async () => {
  const { app, page } = await openAddHost();
  await page.getByRole('button', { name: 'gpu-1' }).click();
  await trustButton(page).waitFor();
  await app.blur();
  expect(await app.isPopoverVisible()).toBe(false);
  await app.activate();
  await trustButton(page).waitFor();
});

it('a PROGRESS.txt is watched by path, and started again by the command that was given for it', async () => {
  const folder = join(home, 'own');
  await mkdir(folder);
  await replaceFile(
    join(folder, 'PROGRESS.txt'),
    progressText({ completed: 30, total: 100, status: 'FAILED', more: ['Message: out of memory'] }),
  );
  const { page } = await openAddHost();
  await page.getByRole('button', { name: 'gpu-1' }).click();
  await trustButton(page).click();
  await page.getByText(text.finish.orFile).click();
  await page.getByLabel(text.watch.path).fill(join(folder, 'PROGRESS.txt'));
  await page.getByRole('button', { name: text.watch.add }).click();
  const card = page.getByRole('article', { name: 'own' });
  await card.getByText(strings.state.failed).waitFor();
  const resume = page.getByRole('button', { name: strings.resume.label('own') });
  expect(await resume.count()).toBe(0);
  // The job itself offers to be given one.
  await page.getByRole('button', { name: strings.detail.open('own') }).click();
  await page.getByLabel(text.watch.command).fill('echo went on > again.txt');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: text.watch.saved }).waitFor();
  await page.getByText(strings.resume.byCommand).waitFor();
  await resume.click();
  await waitFor('the command', () => existsSync(join(folder, 'again.txt')));
  // Nothing of Milepost was put there.
  expect(existsSync(join(home, '.local'))).toBe(false);
});
