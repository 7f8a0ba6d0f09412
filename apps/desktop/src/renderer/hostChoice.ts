import type { FoundHost } from '../bridge/setup.ts';

/** The hosts whose name or address holds what was typed: those that begin with it first. Pure. */
export function matchingHosts(hosts: readonly FoundHost[], typed: string): FoundHost[] {
  const wanted = typed.trim().toLowerCase();
  const begins = ({ name }: FoundHost): boolean => name.toLowerCase().startsWith(wanted);
  const holds = ({ name, address }: FoundHost): boolean =>
    name.toLowerCase().includes(wanted) || address.toLowerCase().includes(wanted);
  return [...hosts.filter(begins), ...hosts.filter((host) => !begins(host) && holds(host))];
}
