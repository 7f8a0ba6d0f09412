// Preloaded into real Electron's main process with -r by the driver, never by the app: it records what the app gives to
// the menu bar and to notifications, and lets the test answer in the system's place.

const electron = require('electron');
const { existsSync, readFileSync, writeFileSync } = require('node:fs');
const { basename, join } = require('node:path');

/** @type {import('electron').Tray | undefined} */
let tray;
/** @type {import('electron').Menu | undefined} */
let menu;
const reading = { title: '', tooltip: '', image: '', titleChanges: 0 };
const imageNames = new WeakMap();
const notifications = new Map();
/** @type {string[]} */
const shownItems = [];
/** @type {('refused' | 'begun')[]} */
const downloads = [];
let permissionAsked = false;
let outcome = 'show';
let opensAtLogin = false;

/** What stands in Notification Center: it outlives the app. */
const delivered = {
  file: () => join(electron.app.getPath('userData'), 'recorded-notifications.json'),
  all: () => (existsSync(delivered.file()) ? JSON.parse(readFileSync(delivered.file(), 'utf8')) : []),
  without: (id) => delivered.all().filter((record) => record.id !== id),
  write: (records) => writeFileSync(delivered.file(), JSON.stringify(records)),
};
/** Those of earlier launches that the app has asked for. */
const restored = new Map();
let loginItem = 'enabled';
/** A person looks at it: what it records is shown too. */
const shownReally = process.env.MILEPOST_RECORDER_SHOWS === '1';

/** Calls `before` with each call's object and arguments, then the real method. */
function watch(target, name, before) {
  const real = target[name];
  target[name] = function watched(...args) {
    before(this, args);
    return real.apply(this, args);
  };
}

const { createFromPath } = electron.nativeImage;
electron.nativeImage.createFromPath = (path) => {
  const image = createFromPath(path);
  imageNames.set(image, basename(path));
  return image;
};
watch(electron.Tray.prototype, 'setImage', (own, [image]) => {
  tray = own;
  reading.image = imageNames.get(image) ?? String(image);
});
watch(electron.Tray.prototype, 'setTitle', (own, [title]) => {
  tray = own;
  reading.title = title;
  reading.titleChanges += 1;
});
watch(electron.Tray.prototype, 'setToolTip', (own, [text]) => {
  tray = own;
  reading.tooltip = text;
});
// A menu that really popped up would wait for a person.
const { popUpContextMenu } = electron.Tray.prototype;
electron.Tray.prototype.popUpContextMenu = function popUp(opened, ...more) {
  menu = opened;
  if (shownReally) popUpContextMenu.call(this, opened, ...more);
};
// The runner's system may refuse notifications: taken over whole, and reported as shown.
const { show: showReally } = electron.Notification.prototype;
electron.Notification.prototype.show = function show() {
  permissionAsked = true;
  const before = notifications.get(this.id);
  notifications.set(this.id, {
    notification: this,
    record: {
      id: this.id,
      groupId: this.groupId ?? '',
      title: this.title,
      body: this.body,
      actions: this.actions.map((action) => action.text ?? ''),
      shown: (before?.record.shown ?? 0) + 1,
    },
  });
  if (shownReally) {
    showReally.call(this);
    return;
  }
  if (outcome === 'show') {
    delivered.write([...delivered.without(this.id), notifications.get(this.id).record]);
    setImmediate(() => this.emit('show', {}));
  }
  if (outcome === 'failed') setImmediate(() => this.emit('failed', {}, 'not allowed'));
};
if (!shownReally) {
  electron.Notification.isSupported = () => {
    permissionAsked = true;
    return true;
  };
  electron.Notification.getHistory = async () => {
    permissionAsked = true;
    for (const { id, groupId, title, body } of delivered.all()) {
      if (notifications.has(id)) continue;
      restored.set(id, { notification: new electron.Notification({ id, groupId, title, body }) });
    }
    return [...notifications.values(), ...restored.values()].map(({ notification }) => notification);
  };
}
// As macOS tells an app that it started because a notification of it was clicked.
const clicked = process.env.MILEPOST_RECORDER_CLICKED ?? '';
if (clicked !== '') {
  const { emit } = electron.app;
  electron.app.emit = function emitWithLaunch(name, ...args) {
    if (name !== 'ready') return emit.call(this, name, ...args);
    delivered.write(delivered.without(clicked));
    const actionIdentifier = 'com.apple.UNNotificationDefaultActionIdentifier';
    return emit.call(this, name, args[0], { identifier: clicked, actionIdentifier, date: 0, userInfo: {} });
  };
}
const { showItemInFolder } = electron.shell;
electron.shell.showItemInFolder = (path) => {
  shownItems.push(path);
  if (shownReally) showItemInFolder(path);
};

// Whatever the app's own listener says, before or after this one.
electron.app.whenReady().then(() => {
  electron.session.defaultSession.on('will-download', (event, item) => {
    setImmediate(() => {
      downloads.push(event.defaultPrevented ? 'refused' : 'begun');
      if (!event.defaultPrevented) item.cancel();
    });
  });
});

// A test must not make the runner's machine start the app at login.
electron.app.setLoginItemSettings = ({ openAtLogin = false }) => {
  opensAtLogin = openAtLogin;
};
electron.app.getLoginItemSettings = () => ({
  openAtLogin: opensAtLogin && loginItem === 'enabled',
  status: opensAtLogin ? loginItem : 'not-registered',
  wasOpenedAtLogin: false,
  executableWillLaunchAtLogin: false,
  launchItems: [],
});

globalThis.milepostRecorder = {
  read: () => ({
    tray: tray === undefined ? null : { ...reading },
    menu: menu === undefined ? [] : menu.items.map((item) => item.label || item.role || item.type),
    notifications: [...notifications.values()].map(({ record }) => record),
    permissionAsked,
    opensAtLogin,
    shownItems: [...shownItems],
    downloads: [...downloads],
  }),
  emitTray(event) {
    tray?.emit(event, {}, tray.getBounds(), { x: 0, y: 0 });
  },
  clickMenu(label) {
    const item = menu?.items.find((candidate) => candidate.label === label);
    if (item === undefined) throw new Error(`The open menu has no "${label}".`);
    item.click();
  },
  answerLoginItem(wanted) {
    loginItem = wanted;
  },
  answerNotifications(wanted) {
    outcome = wanted;
  },
  emitNotification(id, event, actionIndex) {
    const held = notifications.get(id) ?? restored.get(id);
    if (held === undefined) throw new Error(`No notification ${id} was shown.`);
    delivered.write(delivered.without(id));
    // The system takes it away when it is dealt with; its own `close` does that here.
    if (shownReally) held.notification.close();
    held.notification.emit(event, { actionIndex, selectionIndex: -1 }, actionIndex, -1);
  },
};
