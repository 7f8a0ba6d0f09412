import { EventEmitter } from 'node:events';
import type { PowerMonitor } from 'electron';
import { beforeEach, expect, it } from 'vitest';
import { followPower } from '../../src/main/power.ts';

class Power extends EventEmitter {
  onBattery = false;
  idle: ReturnType<PowerMonitor['getSystemIdleState']> = 'active';
  isOnBatteryPower = (): boolean => this.onBattery;
  getSystemIdleState = (): ReturnType<PowerMonitor['getSystemIdleState']> => this.idle;
}

let power: Power;
let told: string[];
const monitor = {
  setPower: (state: { onBattery: boolean; isLocked: boolean }) => {
    told.push(`battery ${state.onBattery}, locked ${state.isLocked}`);
  },
  sleep: () => {
    told.push('sleep');
  },
  wake: () => {
    told.push('wake');
  },
};
beforeEach(() => {
  power = new Power();
  told = [];
});

it.each([
  [false, 'active', 'battery false, locked false'],
  [true, 'idle', 'battery true, locked false'],
  [true, 'locked', 'battery true, locked true'],
  [false, 'unknown', 'battery false, locked false'],
] as const)('says at the start what the machine does: on battery %s, %s', (onBattery, idle, said) => {
  power.onBattery = onBattery;
  power.idle = idle;
  followPower(power, monitor);
  expect(told).toEqual([said]);
});

it('follows the cable and the lock by what the events say, each for itself', () => {
  followPower(power, monitor);
  for (const event of ['on-battery', 'lock-screen', 'on-ac', 'unlock-screen']) power.emit(event);
  expect(told).toEqual([
    'battery false, locked false',
    'battery true, locked false',
    'battery true, locked true',
    'battery false, locked true',
    'battery false, locked false',
    'wake',
  ]);
});

it('sleeps and wakes with the machine', () => {
  followPower(power, monitor);
  told = [];
  for (const event of ['suspend', 'resume']) power.emit(event);
  expect(told).toEqual(['sleep', 'wake']);
});
