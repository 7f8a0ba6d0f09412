import { describe, expect, it } from 'vitest';
import { launchNotification } from '../../src/main/launch.ts';

const response = (actionIdentifier: string) => ({
  identifier: 'gpu-1/dataset/run-1/interrupted',
  actionIdentifier,
  date: 1,
  userInfo: {},
});

describe('a start by a notification', () => {
  it('is to open what was clicked, and to resume what its button was pressed for', () => {
    const id = 'gpu-1/dataset/run-1/interrupted';
    const clicked = response('com.apple.UNNotificationDefaultActionIdentifier');
    expect(launchNotification(clicked)).toEqual({ id, wish: 'open' });
    expect(launchNotification(response('action_0'))).toEqual({ id, wish: 'resume' });
  });

  it('is none where it was put away, or where the system says nothing of one', () => {
    expect(launchNotification(response('com.apple.UNNotificationDismissActionIdentifier'))).toBeNull();
    for (const info of [undefined, null, {}, { identifier: '' }, { identifier: 7, actionIdentifier: 'x' }]) {
      expect(launchNotification(info)).toBeNull();
    }
  });
});
