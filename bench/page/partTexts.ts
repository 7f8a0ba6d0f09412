import type { PartName } from './record.ts';

interface PartText {
  heading: string;
  /** What is compared with what, in a sentence or two. */
  opening: string;
  /** What the figures don't say by themselves. */
  closing: string;
}

/** What the page says about each part, whatever is measured. */
export const partTexts: Readonly<Record<PartName, PartText>> = {
  batches: {
    heading: 'Batches beside GNU parallel',
    opening:
      'The same batches by `milepost run --every N` and by `parallel --joblog LOG --resume` (each output redirected into its file), undisturbed and killed. Medians of 5 pairs done in turn; the ratio is the median of the pairs’ ratios. Every output is compared with that of an undisturbed run by its SHA-256.',
    closing: `What parallel is better at: it takes any list of inputs where Milepost takes a range of items; it spreads batches over many
machines (\`--sshlogin\`) and holds back by load or free memory (\`--load\`, \`--memfree\`); it is one Perl script that every
distribution has; it needs less memory, and where its figures above are the smaller ones, less time for each batch. With
\`--resume-failed\` it does again what a command's exit code tells; with a rename in each command no cut-off file stands under a
final name. What it doesn't do is look at an output, wait for the disk, or end what a killed one left.`,
  },
  poll: {
    heading: 'Watching beside the scp loop',
    opening:
      'The scp loop is what people do today: `while sleep 30; do scp -q host:PROGRESS.txt . && cat PROGRESS.txt; done`, which connects anew each time; “kept” is the same over a ControlMaster. A real sshd on loopback behind a relay that delays each way by half of the round trip.',
    closing: `What the scp loop is better at: it needs nothing but ssh, and one line of shell. It shows text: whether a \`RUNNING\` there still
lives, when a host is only out of reach, and that a job has ended are left to who reads it.`,
  },
  app: { heading: 'The app', opening: 'The menu-bar app, beside an app that does nothing.', closing: '' },
  output: {
    heading: 'Reading output',
    opening:
      'What a program prints, through the agent. Medians of 5 pairs done in turn; each flood is 1 GiB in pieces of 64 KiB, and one question for the reading at its end.',
    closing: '',
  },
  track: {
    heading: 'A loop in Python beside tqdm',
    opening:
      '`milepost.track(items)` and `tqdm(items)` in one process, in turn. The medians; the ratio is the median of those of each round.',
    closing:
      'What tqdm is better at: it draws bars for people who sit in front of them, nested ones, in notebooks, and for pandas. Both can be used together: the agent reads tqdm’s bars.',
  },
  speed: {
    heading: 'Speed',
    opening:
      'What Milepost adds to the work, beside the least that a careful script does. Medians of 15 where nothing else is said; where two are compared, of pairs done in turn, and the ratio is the median of the pairs’ ratios.',
    closing: `An echo in a batch of its own is the worst case: all of the time is what Milepost adds. A batch costs three fsyncs, the start of
a shell that writes the pid by which a resume finds what a killed agent left, the command's own start out of Node, and the
folder of its attempt made and removed. The shell loop has none of these but a cheaper start. A batch that is saved every 1 to 5
minutes doesn't notice.`,
  },
  eta: {
    heading: 'Time left beside tqdm',
    opening:
      'Relative error of the time left, median / 90th percentile, over whole runs on traces of work: clocks and batches are played, so that a night takes no night. Seeds make it the same on every machine.',
    closing: '',
  },
};
