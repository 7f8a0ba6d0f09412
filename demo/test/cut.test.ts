import { expect, it } from 'vitest';
import { concatList, cutFilm } from '../film/cut.ts';

const shot = (name: string, at: number, holdMs = 0) => ({ file: `${name}.png`, at, holdMs });

it('a film runs faster than life, stops at what is to be seen, and stands still for nothing else', () => {
  const cuts = cutFilm([
    shot('a', 0),
    shot('b', 1000),
    shot('c', 1010, 2000),
    shot('d', 61_000),
    shot('e', 61_100, 900),
  ]);
  expect(cuts.map(({ ms }) => ms)).toEqual([200, 80, 2000, 80, 900]);
});

it('nothing stands longer than it is worth', () => {
  expect(cutFilm([shot('a', 0), shot('b', 60_000)])[0]?.ms).toBe(450);
});

it('the list for ffmpeg names the last picture twice', () => {
  expect(concatList(cutFilm([shot('a', 0), shot('b', 500)]))).toBe(
    "file 'a.png'\nduration 0.10\nfile 'b.png'\nduration 0.08\nfile 'b.png'\n",
  );
});
