/** The version of this build; package.json and this line are kept equal by a test. */
export const MILEPOST_VERSION = '0.1.0';

/** What a watcher and an agent must share to talk over exec. Raised when an answer changes incompatibly. */
export const PROTOCOL = 1;

/** The version that every record on disk carries, and the newest that this build reads. */
export const RECORD_VERSION = 1;
