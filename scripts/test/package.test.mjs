import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { noticesFile, noticesText } from '../notices.mjs';
import { builderArgs } from '../package.mjs';

/** @type {Parameters<typeof builderArgs>[0]} */
const wish = { dir: false, signing: 'local', archs: ['arm64', 'x64'], out: '/out', electronDist: null };

describe('what electron-builder is called with', () => {
  it('signs ad hoc for this Mac, with the entitlement which that needs, and publishes nothing', () => {
    expect(builderArgs(wish, {})).toEqual([
      '--mac',
      '--arm64',
      '--x64',
      '--publish',
      'never',
      '-c.directories.output=/out',
      '-c.mac.identity=-',
      '-c.mac.notarize=false',
      '-c.mac.entitlements=apps/desktop/packaging/entitlements.local.plist',
      '-c.mac.entitlementsInherit=apps/desktop/packaging/entitlements.local.plist',
    ]);
  });

  it('takes a release for one only if it is signed and notarized', () => {
    const env = { APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: 'id', APPLE_API_ISSUER: 'issuer' };
    const args = builderArgs({ ...wish, signing: 'release' }, env);
    expect(args).toContain('-c.forceCodeSigning=true');
    expect(args).toContain('-c.mac.notarize=true');
    expect(args.filter((arg) => /identity|entitlements/.test(arg))).toEqual([]);
  });

  it.each([
    {},
    { APPLE_API_KEY: 'key.p8', APPLE_API_KEY_ID: 'id' },
    { APPLE_ID: 'someone', APPLE_TEAM_ID: 'team', APPLE_APP_SPECIFIC_PASSWORD: '' },
  ])('refuses a release that could not be notarized: %o', (env) => {
    expect(() => builderArgs({ ...wish, signing: 'release' }, env)).toThrow('APPLE_API_KEY');
  });
});

it('THIRD-PARTY-NOTICES.txt names what is bundled now', async () => {
  // When this fails: node scripts/notices.mjs
  expect(readFileSync(noticesFile, 'utf8')).toBe(await noticesText());
});
