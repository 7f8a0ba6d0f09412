import { describe, expect, it } from 'vitest';
import {
  ageText,
  amountText,
  barWords,
  clockTime,
  etaText,
  factsOf,
  planText,
  redoText,
  riskTone,
} from '../../src/renderer/cardText.ts';
import { card, completeJob, interruptedJob, NOW, sampleJob } from '../sampleViews.ts';

describe('a card says', () => {
  it('what is saved of how much', () => {
    expect(amountText(card(sampleJob()))).toBe('20,000 / 30,000 samples');
    expect(amountText(card(sampleJob({}, { total: null })))).toBe('20,000 samples');
    expect(amountText(card(sampleJob({}, { completed: null })))).toBe('');
    expect(amountText(card(completeJob()))).toBe('30,000 documents in 36 min · 15 checkpoints');
  });

  it('the time left as a duration and as a time of day, only while it runs', () => {
    expect(etaText(card(sampleJob()), NOW, 'en-GB')).toMatch(/^12 min left · ends \d\d:\d\d$/);
    expect(etaText(card(sampleJob({ endsAt: null })), NOW)).toBe('Time left not known yet');
    expect(etaText(card(interruptedJob()), NOW)).toBe('');
    expect(etaText(card(sampleJob({ state: 'stalled' })), NOW)).toBe('');
  });

  it('the day with the time of day where that is not today', () => {
    expect(clockTime(NOW + 2 * 86_400_000, NOW, 'en-GB')).toMatch(/^Wed,? /);
    expect(clockTime(NOW + 20 * 86_400_000, NOW, 'en-GB')).toMatch(/13 Dec/);
  });

  it('the time of where the Mac is now, also after a journey', () => {
    const at = Date.UTC(2026, 10, 23, 12, 0);
    const before = process.env['TZ'];
    try {
      process.env['TZ'] = 'Europe/Berlin';
      expect(clockTime(at, at, 'en-GB')).toBe('13:00');
      process.env['TZ'] = 'Asia/Tokyo';
      expect(clockTime(at, at, 'en-GB')).toBe('21:00');
    } finally {
      if (before === undefined) delete process.env['TZ'];
      else process.env['TZ'] = before;
    }
  });

  it('how old its values are', () => {
    expect(ageText(NOW - 4000, NOW)).toBe('seen just now');
    expect(ageText(NOW - 47_000, NOW)).toBe('seen 40 s ago');
    expect(ageText(NOW - 300_000, NOW)).toBe('seen 5 min ago');
    expect(ageText(NOW + 5000, NOW)).toBe('seen just now');
    expect(ageText(null, NOW)).toBe('not seen yet');
  });

  it('what a death of the host would cost, amber past 4 minutes and red past 5', () => {
    expect([240, 241, 300, 301].map(riskTone)).toEqual(['plain', 'amber', 'amber', 'red']);
    expect(factsOf(card(sampleJob({}, { atRiskSeconds: 312 })))).toContainEqual({
      label: 'At risk',
      value: '5.2 min',
      tone: 'red',
    });
  });

  it('the bar in words', () => {
    expect(barWords(card(sampleJob({ endsAt: NOW + 4_200_000 })), NOW)).toBe(
      '66.6 percent, about 1 hour 10 minutes left',
    );
    expect(barWords(card(sampleJob({ endsAt: null }, { percent: null })), NOW)).toBe('progress not known');
    expect(barWords(card(interruptedJob()), NOW)).toBe('40 percent, interrupted');
  });
});

describe('beside Resume stands', () => {
  const answer = interruptedJob().plan?.answer;
  if (answer === undefined) throw new Error('The sample has a plan.');

  it('what is kept, what is to do, and about how long', () => {
    expect(planText(answer, 'frames')).toBe('Keeps 12,000 frames · 18,000 to do · about 18 min');
    expect(planText({ ...answer, estimatedSeconds: 9 }, 'frames')).toMatch(/ · under 1 min$/);
    expect(planText({ ...answer, todo: { items: 0 } }, 'frames')).toBe(
      'Keeps 12,000 frames · only the merge is left',
    );
    expect(planText({ ...answer, estimatedSeconds: null }, null)).toBe('Keeps 12,000 items · 18,000 to do');
  });

  it('what must be done again, and why', () => {
    const short = { first: 0, count: 2000, reason: 'checkpoint_00000.npz is 12 bytes short' };
    const gone = { first: 4000, count: 1000, reason: 'checkpoint_04000.npz is missing' };
    expect(redoText(answer, 'frames')).toBe('');
    expect(redoText({ ...answer, redo: [short, gone] }, 'frames')).toBe(
      '3,000 saved frames must be done again: checkpoint_00000.npz is 12 bytes short, and 1 more',
    );
  });
});
