import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { orderHostKeyAlgorithms } from '../src/ssh/hostKeys.ts';
import {
  fingerprintOf,
  judgeHostKey,
  knownHostsName,
  knownKeyTypes,
  matchesHost,
  parseKnownHosts,
  typeOfKey,
} from '../src/ssh/knownHosts.ts';

/** A key's blob in the SSH wire form: its type and some bytes. */
function keyOf(type: string, content: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(type.length);
  return Buffer.concat([length, Buffer.from(type), Buffer.from(content)]);
}
const KEY = keyOf('ssh-ed25519', 'one');
const OTHER = keyOf('ssh-ed25519', 'two');
const line = (hosts: string, key: Buffer, marker = ''): string =>
  `${marker}${hosts} ${typeOfKey(key)} ${key.toString('base64')} a comment`;
const verdict = (text: string, name: string, key: Buffer = KEY) =>
  judgeHostKey(parseKnownHosts(text, 'kh'), name, key).kind;

describe('known_hosts', () => {
  it('names a host by its port, and by its alias before all', () => {
    expect(knownHostsName('Box.Example', 22, null)).toBe('box.example');
    expect(knownHostsName('box', 2222, null)).toBe('[box]:2222');
    expect(knownHostsName('10.0.0.1', 2222, 'i-0abc')).toBe('i-0abc');
  });

  it.each([
    ['box', 'box', true],
    ['BOX', 'box', true],
    ['a,box,c', 'box', true],
    ['*.example.com', 'box.example.com', true],
    ['*.example.com', 'example.com', false],
    ['b?x', 'box', true],
    ['b?x', 'bx', false],
    ['*,!box', 'box', false],
    ['!box', 'other', false],
    ['[box]:2222', '[box]:2222', true],
    ['box', '[box]:2222', false],
    ['[*]:22??', '[box]:2222', true],
  ])('matches %s against %s: %s', (hosts, name, expected) => {
    expect(matchesHost(hosts, name)).toBe(expected);
  });

  it('tells known, unknown, changed and revoked keys', () => {
    expect(verdict(line('box', KEY), 'box')).toBe('known');
    expect(verdict(line('other', KEY), 'box')).toBe('unknown');
    expect(verdict(line('box', OTHER), 'box')).toBe('changed');
    expect(verdict(`${line('box', OTHER)}\n${line('box', KEY)}`, 'box')).toBe('known');
    expect(verdict(`${line('box', KEY)}\n${line('*', KEY, '@revoked ')}`, 'box')).toBe('revoked');
    expect(verdict(line('*', OTHER, '@revoked '), 'box')).toBe('unknown');
    expect(verdict(line('box', KEY, '@cert-authority '), 'box')).toBe('unknown');
    // A host known by another type of key does not become a new one by showing a second type.
    expect(verdict(line('box', keyOf('ssh-rsa', 'one')), 'box')).toBe('changed');
  });

  it('names the line that a changed key contradicts', () => {
    const entries = parseKnownHosts(`# comment\n\n${line('box', OTHER)}\n`, '/kh');
    expect(judgeHostKey(entries, 'box', KEY)).toEqual({ kind: 'changed', file: '/kh', line: 3 });
  });

  it('skips comments, torn lines and unknown markers', () => {
    const text = ['# box', 'box', 'box ssh-ed25519', '@unheard-of box ssh-ed25519 AAAA', 'box x *'].join(
      '\n',
    );
    expect(parseKnownHosts(text, 'kh')).toEqual([]);
  });

  it('reads names that ssh-keygen hashed, and its fingerprints', async () => {
    const temp = await makeTempDir();
    try {
      const keyFile = join(temp.path, 'key');
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile]);
      const [type, blob] = readFileSync(`${keyFile}.pub`, 'utf8').split(' ');
      const file = join(temp.path, 'known_hosts');
      await writeFile(file, `box,[box]:2222 ${type} ${blob}\n`);
      execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
      const text = readFileSync(file, 'utf8');
      expect(text).toContain('|1|');
      const key = Buffer.from(blob ?? '', 'base64');
      expect(verdict(text, 'box', key)).toBe('known');
      expect(verdict(text, '[box]:2222', key)).toBe('known');
      expect(verdict(text, 'bix', key)).toBe('unknown');
      expect(execFileSync('ssh-keygen', ['-lf', keyFile], { encoding: 'utf8' })).toContain(
        fingerprintOf(key),
      );
      expect(typeOfKey(key)).toBe('ssh-ed25519');
    } finally {
      await temp.remove();
    }
  });

  it('offers the types a host is known by first, and never SHA-1', () => {
    const entries = parseKnownHosts(line('box', keyOf('ssh-rsa', 'one')), 'kh');
    const order = orderHostKeyAlgorithms(knownKeyTypes(entries, 'box'));
    expect(order.slice(0, 3)).toEqual(['rsa-sha2-512', 'rsa-sha2-256', 'ssh-ed25519']);
    expect(order).toHaveLength(6);
    expect(order).not.toContain('ssh-rsa');
  });

  it('takes any text, and any pattern in little time', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (text, name) => {
        judgeHostKey(parseKnownHosts(text, 'kh'), name, KEY);
      }),
    );
    const started = performance.now();
    expect(matchesHost('*a'.repeat(500), 'a'.repeat(2000).concat('b'))).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
