import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { noticesFile, noticesText } from '../notices.mjs';
import { builderConfig } from '../package.mjs';
import { projectRoot } from '../runScript.mjs';

/** @type {Parameters<typeof builderConfig>[0]} */
const wish = { dir: false, signing: 'local', out: '/out', electronDist: null };

describe('what electron-builder is told', () => {
  it('signs ad hoc for this Mac, with the entitlement which that needs', () => {
    expect(builderConfig(wish, { APPLE_API_KEY: 'not asked for' })).toEqual({
      directories: { output: '/out' },
      mac: {
        identity: '-',
        notarize: false,
        entitlements: 'apps/desktop/packaging/entitlements.local.plist',
        entitlementsInherit: 'apps/desktop/packaging/entitlements.local.plist',
      },
    });
  });

  it('takes a release for one only if it is signed and notarized, with the entitlements of its file', () => {
    const env = { APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: 'id', APPLE_API_ISSUER: 'issuer' };
    expect(builderConfig({ ...wish, signing: 'release' }, env)).toEqual({
      directories: { output: '/out' },
      forceCodeSigning: true,
      mac: { notarize: true },
    });
  });

  it.each([
    {},
    { APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: 'id' },
    { APPLE_ID: 'someone', APPLE_TEAM_ID: 'team', APPLE_APP_SPECIFIC_PASSWORD: '' },
  ])('refuses a release that could not be notarized: %o', (env) => {
    expect(() => builderConfig({ ...wish, signing: 'release' }, env)).toThrow('APPLE_API_KEY');
  });
});

it('says how it is used for an option that it does not know', () => {
  const script = join(projectRoot, 'scripts/package.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--nonsense'], { encoding: 'utf8' });
  expect(status).toBe(1);
  expect(stderr).toContain('--nonsense');
  expect(stderr).toContain('Usage: npm run package');
  expect(stderr).not.toMatch(/^\s+at /m);
});

it('THIRD-PARTY-NOTICES.txt names what is bundled now', async () => {
  // When this fails: node scripts/notices.mjs
  expect(readFileSync(noticesFile, 'utf8')).toBe(await noticesText());
});
