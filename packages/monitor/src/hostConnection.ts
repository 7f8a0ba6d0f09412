import type { LinkQuestion, Problem } from './view.ts';

// What the monitor needs of a connection to a host. ssh2 is behind it today; the system's ssh can take its place.

/** The link to a host failed: the connection is gone and nothing more comes over it. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  readonly problem: Problem;
  /** A host key or an authentication was refused: trying again by itself would only do harm. */
  readonly refused: boolean;
  /** What a person could give so that the next try goes further; null: nothing. */
  readonly question: LinkQuestion | null;

  constructor(problem: Problem, refused = false, question: LinkQuestion | null = null) {
    super(problem.what);
    this.problem = problem;
    this.refused = refused;
    this.question = question;
  }
}

/** Why a path could not be used, where the link itself is fine. */
export type PathFault =
  | { kind: 'missing' }
  | { kind: 'denied' }
  /** `reason` is the host's own word, cleaned. */
  | { kind: 'failed'; reason: string };

export type StatAnswer =
  | { kind: 'file'; size: number; mtimeSeconds: number }
  | { kind: 'folder'; mtimeSeconds: number }
  /** FIFO, device, socket: never opened. */
  | { kind: 'special' }
  | PathFault;

/** How much of a file is read: all of it up to `wholeBytes`, else its first and last bytes. */
export interface ReadCaps {
  /** What a `stat` said just now, where there was one: a hint only. */
  expectedBytes?: number;
  wholeBytes: number;
  headBytes: number;
  tailBytes: number;
}

export type ReadAnswer =
  /** `tail` is null where `head` is the whole file. `size` is what the open file had. */
  { kind: 'read'; head: Uint8Array; tail: Uint8Array | null; size: number } | PathFault;

export type ListAnswer =
  /** `cut`: there are more names than were asked for. */
  { kind: 'list'; names: string[]; cut: boolean } | PathFault;

export type LinkTargetAnswer = { kind: 'target'; target: string } | PathFault;

export type BytesAnswer = { kind: 'bytes'; bytes: Uint8Array } | PathFault;

/** A regular file that is open on the host. It ends with its connection. */
export interface RemoteFile {
  size: number;
  mtimeSeconds: number;
  /** Up to `length` bytes from `offset`; fewer at the end of the file, or where the host gives fewer at once. */
  read(offset: number, length: number): Promise<BytesAnswer>;
  close(): void;
}

export type OpenAnswer = { kind: 'open'; file: RemoteFile } | PathFault;

export interface ExecLimits {
  deadlineMs: number;
  /** Of standard output and of standard error each; more ends the command. */
  maxBytes: number;
}

export type ExecAnswer =
  /** `code` is null where a signal ended it or no status came. */
  | { kind: 'ended'; code: number | null; stdout: string; stderr: string }
  /** The host took no command: nothing was run. */
  | { kind: 'not-sent'; problem: Problem }
  /** It was sent, and what became of it is not known: no end in time, too much output, or the link broke. */
  | { kind: 'lost'; problem: Problem };

/**
 * One kept connection. Every call ends: with its answer, or with a {@link LinkError} when the connection breaks or the
 * host doesn't answer in time; after the latter the connection is closed.
 */
export interface HostConnection {
  stat(path: string): Promise<StatAnswer>;
  /** As `stat`, and a link is `special`. */
  lstat(path: string): Promise<StatAnswer>;
  /** Opens a file that a `stat` has just shown to be a regular one, to be read in pieces. */
  openFile(path: string): Promise<OpenAnswer>;
  /** Opens and reads a file that a `stat` has just shown to be a regular one. */
  readFile(path: string, caps: ReadCaps): Promise<ReadAnswer>;
  /** Reads to the end whatever the size is said to be, up to `maxBytes`: for files of /proc. */
  readToEnd(path: string, maxBytes: number): Promise<ReadAnswer>;
  readlink(path: string): Promise<LinkTargetAnswer>;
  realpath(path: string): Promise<LinkTargetAnswer>;
  readdir(path: string, maxNames: number): Promise<ListAnswer>;
  /** Runs one command line by the login shell. Never throws a {@link LinkError}: a lost answer is an answer. */
  exec(command: string, limits: ExecLimits): Promise<ExecAnswer>;
  readonly isClosed: boolean;
  /** Called once, when the connection is gone for whatever cause. */
  onClosed(listener: () => void): void;
  /** Ends it at once; resolves when its socket is gone. */
  close(): Promise<void>;
}

export type WriteAnswer = { kind: 'written' } | PathFault;

/** A connection that also writes: only what installs the agent does. Calls end as those of a {@link HostConnection}. */
export interface WritableConnection extends HostConnection {
  makeFolder(path: string, mode: number): Promise<WriteAnswer>;
  /**
   * Writes a new file whole, with this mode whatever the host's umask, and has the host put it on its disk where it
   * can. Fails where there is one already. `onBytes` is told of each piece that arrived.
   */
  writeNewFile(
    path: string,
    bytes: Uint8Array,
    mode: number,
    onBytes?: (count: number) => void,
  ): Promise<WriteAnswer>;
  /** Renames a file over whatever file is there. */
  replaceFile(from: string, to: string): Promise<WriteAnswer>;
  removeFile(path: string): Promise<WriteAnswer>;
}

/** How far an attempt to connect has come; each at most once, in this order, of the destination itself only. */
export type ConnectStage =
  /** What the configuration makes of the destination. `by`: a jump host or a program on the way; null: directly. */
  | { kind: 'resolved'; hostname: string; port: number; user: string; by: string | null }
  /** The name has an address, or needs none from here. */
  | { kind: 'named' }
  /** An SSH server answered. */
  | { kind: 'answered' }
  | { kind: 'key-accepted'; keyType: string; fingerprint: string };

export interface ConnectAttempt {
  /** Somebody wished for this attempt, and may be asked again what was answered badly before. */
  isPersons: boolean;
  onStage?: (stage: ConnectStage) => void;
}

/**
 * Opens a connection to a destination as the person named it. Throws a {@link LinkError}.
 * An aborted signal ends the attempt with everything it started.
 */
export type Connect = (
  destination: string,
  signal: AbortSignal,
  attempt?: ConnectAttempt,
) => Promise<HostConnection>;

export type WritableConnect = (...opening: Parameters<Connect>) => Promise<WritableConnection>;
