import { link, readdir, readFile, rename, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import {
  idFromName,
  type JobRecord,
  jobIdSchema,
  type RegistryEntry,
  registryEntrySchema,
} from '@milepost/shared/job';
import { type ReadRecord, readVersionedJson } from '@milepost/shared/versioned';
import { makeFolder, replaceFile } from './durable.ts';
import { attempt, attemptIfThere, errorCode } from './fileError.ts';
import { readProcess } from './identity.ts';
import { registryFolder } from './stateFolder.ts';

export async function readEntry(id: string): Promise<ReadRecord<RegistryEntry> | undefined> {
  const path = join(registryFolder(), `${id}.json`);
  const text = await attemptIfThere('read', path, () => readFile(path, 'utf8'));
  return text === undefined ? undefined : readVersionedJson(registryEntrySchema, text);
}

/** All entries that can be read, by ID, and what is wrong with the others. */
export async function readRegistry(): Promise<{ entries: RegistryEntry[]; problems: string[] }> {
  const folder = registryFolder();
  const names = (await attemptIfThere('list', folder, () => readdir(folder))) ?? [];
  const entries: RegistryEntry[] = [];
  const problems: string[] = [];
  for (const name of names) {
    if (!name.endsWith('.json') || name.startsWith('.')) continue;
    const id = name.slice(0, -'.json'.length);
    const read = jobIdSchema.safeParse(id).success ? await readEntry(id) : undefined;
    if (read === undefined) continue;
    if (read.kind === 'ok') entries.push(read.value);
    else problems.push(`${join(folder, name)} can't be used: ${read.reason}.`);
  }
  return { entries: entries.sort((a, b) => (a.id < b.id ? -1 : 1)), problems };
}

/** An ID for a job of this name in this folder that no other folder's job has. */
export async function freeId(name: string, dir: string): Promise<string> {
  const wanted = idFromName(name);
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? wanted : `${wanted}-${number}`;
    const entry = await readEntry(id);
    if (entry === undefined || (entry.kind === 'ok' && entry.value.dir === dir)) return id;
  }
}

/**
 * Enters a job of this host. False where the ID has become another folder's job's in the meantime: take another.
 */
export async function enterJob(record: JobRecord, dir: string): Promise<boolean> {
  const folder = registryFolder();
  const path = join(folder, `${record.id}.json`);
  const entry: RegistryEntry = {
    version: 1,
    id: record.id,
    uid: record.uid,
    name: record.name,
    dir,
    createdAt: record.createdAt,
    kind: record.kind,
  };
  await makeFolder(folder, { mode: 0o700 });
  await sweep(folder);
  const there = await readEntry(record.id);
  if (there?.kind === 'ok' && there.value.dir === dir && there.value.uid === record.uid) return true;
  if (there?.kind === 'ok' && there.value.uid !== record.uid && there.value.dir !== dir) return false;
  const temporary = `${path}.${thisHost()}.${process.pid}.new`;
  await replaceFile(temporary, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  try {
    if (there !== undefined) {
      await attempt('write', path, () => rename(temporary, path));
      return true;
    }
    return (await claim(temporary, path)) || (await enterJob(record, dir));
  } finally {
    // What can't be taken away now goes with the next sweep.
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** Puts the entry in its place, whole, if nobody else did: of two agents only one gets the ID. */
async function claim(temporary: string, path: string): Promise<boolean> {
  return attempt('make', path, async () => {
    try {
      await link(temporary, path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
  });
}

/** As a part of a file's name. */
function thisHost(): string {
  return hostname().replace(/[^A-Za-z0-9-]+/g, '-');
}

const HALF_WRITTEN = /\.json\.(?<host>[A-Za-z0-9-]+)\.(?<pid>\d+)\.new(?:\.\d+\.tmp)?$/;

/** Removes what agents of this host that were killed have left half written; another host's are none of ours. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const { host, pid } = HALF_WRITTEN.exec(name)?.groups ?? {};
    if (host !== thisHost() || (await readProcess(Number(pid))) !== null) continue;
    await rm(join(folder, name), { force: true }).catch(() => undefined);
  }
}

/** Takes a job out of the list; its files stay. */
export async function leaveRegistry(id: string): Promise<void> {
  await attempt('remove', registryFolder(), () => rm(join(registryFolder(), `${id}.json`), { force: true }));
}
