import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startSshd, type TestSshd } from '@milepost/testing/sshd';
import { makeTempDir } from '@milepost/testing/tempDir';
import { installFakeAgent, makeJob, type TestJob } from '@milepost/testing/writtenJob';
import { type AppDriver, type LaunchOptions, launchApp } from '../driver/driver.ts';

// The built app, watching a real sshd on which jobs lie as an agent leaves them.

export interface AppFixture {
  userDataDir: string;
  sshd: TestSshd;
  job(id: string): Promise<TestJob>;
  /** The script that stands for the agent on the host; see installFakeAgent. */
  agent(body: string): Promise<void>;
  /** Launches the app, or launches it again after it has ended. */
  launch(options?: Partial<LaunchOptions>): Promise<AppDriver>;
  writeSettings(changes?: Readonly<Record<string, unknown>>): Promise<void>;
  /** Ends everything that was started. */
  end(): Promise<void>;
}

export async function startFixture(): Promise<AppFixture> {
  const temp = await makeTempDir();
  const userDataDir = join(temp.path, 'userData');
  await mkdir(userDataDir);
  const sshd = await startSshd({ dir: temp.path });
  const jobs: TestJob[] = [];
  let app: AppDriver | undefined;

  const fixture: AppFixture = {
    userDataDir,
    sshd,
    async job(id) {
      const job = await makeJob(sshd.home, id);
      jobs.push(job);
      return job;
    },
    agent: (body) => installFakeAgent(sshd.home, body),
    async launch(options = {}) {
      app = await launchApp({ userDataDir, ...options });
      return app;
    },
    writeSettings: (changes = {}) =>
      writeFile(
        join(userDataDir, 'settings.json'),
        JSON.stringify({
          version: 1,
          hosts: [{ id: 'gpu-1', destination: sshd.alias, paths: [] }],
          sshConfigFile: sshd.config,
          poll: { runningSeconds: 1, watchingSeconds: 1, idleSeconds: 1 },
          alerts: { state: 'on' },
          ...changes,
        }),
      ),
    async end() {
      await app?.kill();
      await Promise.all(jobs.map((job) => job.kill()));
      await sshd.stop();
      await temp.remove();
    },
  };
  await fixture.agent('exit 4');
  await fixture.writeSettings();
  return fixture;
}
