import { expect, it } from 'vitest';
import { createPersonAnswers } from '../../src/main/personAnswers.ts';

const key = {
  kind: 'host-key' as const,
  name: '[gpu-1]:22',
  keyType: 'ssh-ed25519',
  fingerprint: 'SHA256:aaa',
};
const shown = { destination: 'gpu-1', name: key.name, keyType: key.keyType, fingerprint: key.fingerprint };

it('an unknown key is refused, and the one that was trusted is taken, once', async () => {
  const answers = createPersonAnswers();
  expect(await answers.confirmHostKey(shown)).toBe(false);
  answers.trust(key);
  expect(await answers.confirmHostKey({ ...shown, fingerprint: 'SHA256:bbb' })).toBe(false);
  expect(await answers.confirmHostKey({ ...shown, name: '[other]:22' })).toBe(false);
  expect(await answers.confirmHostKey(shown)).toBe(true);
  // From then on it is in the file of accepted keys.
  expect(await answers.confirmHostKey(shown)).toBe(false);
});

it('a passphrase is for its key alone, and is not kept after it was taken', async () => {
  const answers = createPersonAnswers();
  expect(await answers.passphrase('/a')).toBeNull();
  answers.givePassphrase('/a', 'secret words');
  expect(await answers.passphrase('/b')).toBeNull();
  expect(await answers.passphrase('/a')).toBe('secret words');
  expect(await answers.passphrase('/a')).toBeNull();
});
