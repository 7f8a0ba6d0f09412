/** An ssh configuration with one host, which is known by its own known_hosts file and logged in to with one key. */
export function sshConfigText(of: {
  alias: string;
  address: string;
  port: number;
  user: string;
  key: string;
  knownHosts: string;
}): string {
  return `Host ${of.alias}
  HostName ${of.address}
  Port ${of.port}
  User ${of.user}
  IdentityFile ${of.key}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile ${of.knownHosts}
  GlobalKnownHostsFile /dev/null
`;
}
