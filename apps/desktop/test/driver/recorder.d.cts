import type { LoginItemOutcome, NotificationOutcome, Recorded } from './standIn/control.ts';

export type Recording = Pick<
  Recorded,
  'tray' | 'menu' | 'notifications' | 'permissionAsked' | 'opensAtLogin' | 'shownItems' | 'downloads'
>;

declare global {
  var milepostRecorder: {
    read(): Recording;
    emitTray(event: 'click' | 'right-click'): void;
    clickMenu(label: string): void;
    answerNotifications(outcome: NotificationOutcome): void;
    answerLoginItem(outcome: LoginItemOutcome): void;
    emitNotification(id: string, event: 'click' | 'action', actionIndex?: number): void;
  };
}
