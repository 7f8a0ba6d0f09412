// Reads a job's PROGRESS.txt and ledger as fast as it can until its standard input ends, then prints what it saw.
// A process of its own, and plain JavaScript: nothing that a test does holds it up.
import { existsSync, readFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import { join } from 'node:path';

const [folder, result] = process.argv.slice(2);
// What is left of the processor is the reader's: the job shall not wait for it.
setPriority(19);

let reads = 0;
/** Every text that PROGRESS.txt had, in order; a text that comes again directly counts once. */
const texts = [];
/** What was wrong with the ledger. */
const problems = [];
let completeWithoutResult = false;
let lastText;
let ledger = '';

let ended = false;
process.stdin
  .on('data', () => undefined)
  .on('end', () => {
    ended = true;
  });

function read(path) {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function look() {
  const text = read(join(folder, 'PROGRESS.txt'));
  if (text === undefined) {
    if (lastText !== undefined) problems.push('PROGRESS.txt was gone for a moment');
  } else {
    reads += 1;
    if (text !== lastText) texts.push(text);
    lastText = text;
    if (/COMPLETE/.test(text) && !existsSync(join(folder, result))) completeWithoutResult = true;
  }
  const now = read(join(folder, '.milepost/ledger.jsonl'));
  if (now === undefined) {
    if (ledger !== '') problems.push('the ledger was gone for a moment');
    return;
  }
  reads += 1;
  if (now === ledger) return;
  // Only lines are added; all that may ever go is a last one without its newline.
  const whole = ledger.slice(0, ledger.lastIndexOf('\n') + 1);
  if (!now.startsWith(whole))
    problems.push(`the ledger lost lines: ${whole.length} characters, then ${now.length}`);
  ledger = now;
}

const BURST = 200;
function loop() {
  for (let number = 0; number < BURST && !ended; number += 1) look();
  // A breath between two bursts: on two cores a job would otherwise hardly get on.
  if (!ended) return void setTimeout(loop, 15);
  look();
  process.stdout.write(
    JSON.stringify({ reads, texts, problems: problems.slice(0, 20), completeWithoutResult, ledger }),
  );
  process.exit();
}
loop();
