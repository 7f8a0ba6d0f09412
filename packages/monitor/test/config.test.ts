import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { makeTempDir } from '@milepost/testing/tempDir';
import { describe, expect, it } from 'vitest';
import { parseConfigOutput } from '../src/ssh/configOutput.ts';
import { faultOfDestination } from '../src/ssh/destination.ts';

const EXPANSION = { homeDir: '/home/me', localUser: 'me', env: { SOCK: '/run/agent' } };

describe('a destination', () => {
  it.each(['gpu-1', 'me@gpu-1', 'me@10.0.0.7', 'i-0abc.example.com', '::1', 'büro'])('may be %s', (text) => {
    expect(faultOfDestination(text)).toBeNull();
  });

  it.each(['', '-oProxyCommand=x', 'me@-x', 'a b', 'a\nb', '$(x)', '`x`', 'a;b', "a'b", '@x', 'me@', 'a|b'])(
    'is refused: %j',
    (text) => {
      expect(faultOfDestination(text)).not.toBeNull();
    },
  );
});

describe('what ssh -G prints', () => {
  it('is understood as the real ssh prints it', async () => {
    const temp = await makeTempDir();
    try {
      const config = join(temp.path, 'config');
      await writeFile(
        config,
        [
          'Host gpu-*',
          '  HostName %h.example.com',
          '  User ubuntu',
          '  Port 2222',
          '  IdentityFile ~/.ssh/%r_key',
          '  IdentityFile %d/second',
          '  IdentitiesOnly yes',
          '  IdentityAgent $SOCK',
          '  HostKeyAlias i-0abc',
          '  UserKnownHostsFile ~/.ssh/kh1 /etc/kh2',
          '  ProxyJump bastion',
        ].join('\n'),
      );
      const output = execFileSync('ssh', ['-F', config, '-G', '--', 'gpu-1'], { encoding: 'utf8' });
      const parsed = parseConfigOutput(output, EXPANSION);
      expect(parsed).toMatchObject({
        kind: 'ok',
        host: {
          hostname: 'gpu-1.example.com',
          port: 2222,
          user: 'ubuntu',
          identityFiles: ['/home/me/.ssh/ubuntu_key', '/home/me/second'],
          identitiesOnly: true,
          identityAgent: '/run/agent',
          hostKeyAlias: 'i-0abc',
          proxyJump: 'bastion',
          proxyCommand: null,
        },
      });
      if (parsed.kind !== 'ok') throw new Error('not parsed');
      expect(parsed.host.userKnownHostsFiles).toContain('/etc/kh2');
      expect(parsed.host.userKnownHostsFiles).toHaveLength(2);
    } finally {
      await temp.remove();
    }
  });

  it('is refused where a host name could be taken for an option, or something is missing', () => {
    const base = 'user me\nport 22\n';
    expect(parseConfigOutput(`${base}hostname -oX`, EXPANSION).kind).toBe('failed');
    expect(parseConfigOutput(base, EXPANSION).kind).toBe('failed');
    expect(parseConfigOutput('hostname a\nuser me\nport 70000', EXPANSION).kind).toBe('failed');
    expect(parseConfigOutput('', EXPANSION).kind).toBe('failed');
  });

  it('knows an agent that is switched off from one that is not named', () => {
    const base = 'hostname a\nuser me\nport 22\n';
    const agentOf = (text: string): string | null | undefined => {
      const parsed = parseConfigOutput(base + text, EXPANSION);
      return parsed.kind === 'ok' ? parsed.host.identityAgent : undefined;
    };
    expect(agentOf('')).toBeNull();
    expect(agentOf('identityagent SSH_AUTH_SOCK')).toBeNull();
    expect(agentOf('identityagent none')).toBe('none');
    expect(agentOf('identityagent ~/agent.sock')).toBe('/home/me/agent.sock');
  });
});
