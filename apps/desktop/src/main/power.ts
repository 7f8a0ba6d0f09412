import type { Monitor } from '@milepost/monitor/api';
import type { PowerMonitor } from 'electron';

/** What is asked of Electron's `powerMonitor`. */
export interface PowerPort extends Pick<PowerMonitor, 'isOnBatteryPower' | 'getSystemIdleState'> {
  on(event: 'on-battery', listener: () => void): unknown;
  on(event: 'on-ac', listener: () => void): unknown;
  on(event: 'lock-screen', listener: () => void): unknown;
  on(event: 'unlock-screen', listener: () => void): unknown;
  on(event: 'suspend', listener: () => void): unknown;
  on(event: 'resume', listener: () => void): unknown;
}

/** Only asked whether the screen is locked, which no idle time decides. */
const IDLE_SECONDS = 3600;

/**
 * Tells the monitor what the machine does: polls come half as often on battery and behind a locked screen, stop while
 * it sleeps, and go on at once when it wakes.
 */
export function followPower(power: PowerPort, monitor: Pick<Monitor, 'setPower' | 'sleep' | 'wake'>): void {
  let onBattery = power.isOnBatteryPower();
  let isLocked = power.getSystemIdleState(IDLE_SECONDS) === 'locked';
  const tell = (): void => monitor.setPower({ onBattery, isLocked });
  tell();

  // What the event says counts: the system may still answer as before while it is told.
  power.on('on-battery', () => {
    onBattery = true;
    tell();
  });
  power.on('on-ac', () => {
    onBattery = false;
    tell();
  });
  power.on('lock-screen', () => {
    isLocked = true;
    tell();
  });
  power.on('unlock-screen', () => {
    isLocked = false;
    tell();
    // Whoever unlocks it is awake, should the system have said nothing of that; a second wake does nothing.
    monitor.wake();
  });
  power.on('suspend', () => monitor.sleep());
  power.on('resume', () => monitor.wake());
}
