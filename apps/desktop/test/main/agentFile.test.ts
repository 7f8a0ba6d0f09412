import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ensureAgentBuilt } from '../../../../scripts/ensureBuilt.mjs';
import { AGENT_VERSION, agentPath, readAgent } from '../../src/main/agentFile.ts';
import { APP_ROOT } from '../driver/build.ts';

it('the agent is a resource of the package, and in development what its build makes', async () => {
  const place = {
    resources: '/Applications/Milepost.app/Contents/Resources',
    mainFolder: join(APP_ROOT, 'out/main'),
  };
  expect(agentPath({ ...place, isPackaged: true })).toBe(
    '/Applications/Milepost.app/Contents/Resources/milepost.mjs',
  );
  const built = await ensureAgentBuilt();
  expect(agentPath({ ...place, isPackaged: false })).toBe(built);
  const { version, bytes } = await readAgent(built);
  expect(version).toBe(AGENT_VERSION);
  expect(Buffer.from(bytes).toString('utf8', 0, 2)).toBe('#!');
});
