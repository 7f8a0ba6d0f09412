import '@milepost/desktop/preload/withoutEval';
import { invokeAnswerSchema, type PersonAct, pushSchema, type Scene, sceneSchema } from './scene.ts';

// The page around the popover: draws what the server tells, and sends on what the person does. Text from a host is only
// ever put in as text.

const element = <T extends HTMLElement>(id: string, kind: new () => T): T => {
  const found = document.getElementById(id);
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`);
  return found;
};
const tray = element('tray', HTMLButtonElement);
const menu = element('menu', HTMLDivElement);
const frame = element('popover', HTMLIFrameElement);
const notes = element('notifications', HTMLElement);
const video = element('video', HTMLVideoElement);
let shown: Scene | undefined;

function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  text = '',
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

async function post(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(path, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`The demo answered ${answer.status}.`);
  return answer.json();
}
function act(deed: PersonAct): void {
  void post('act', deed).catch(() => {});
}

// The popover's page asks main by this one.
window.addEventListener('message', ({ source, origin, data }) => {
  if (source !== frame.contentWindow || origin !== window.location.origin) return;
  const { id, channel, args } = data;
  post('invoke', { channel, args })
    .then((answer) => invokeAnswerSchema.parse(answer))
    .catch((error: unknown) => ({ error: String(error) }))
    .then((answer) => frame.contentWindow?.postMessage({ id, answer }, window.location.origin));
});

const events = new EventSource('events');
events.addEventListener('scene', ({ data }) => draw(sceneSchema.parse(JSON.parse(data))));
events.addEventListener('push', ({ data }) => {
  frame.contentWindow?.postMessage(pushSchema.parse(JSON.parse(data)), window.location.origin);
});
events.addEventListener('end', end);
// Without a word: the demo was killed. A browser would ask again and again.
events.addEventListener('error', end);

function end(): void {
  events.close();
  element('over', HTMLParagraphElement).hidden = false;
  if (shown !== undefined) drawTurn({ ...shown.story, turn: null });
}

function draw(scene: Scene): void {
  const before = shown;
  shown = scene;
  drawTray(scene);
  drawMenu(scene.menu);
  drawPopover(scene, before);
  if (JSON.stringify(scene.notifications) !== JSON.stringify(before?.notifications)) drawNotes(scene);
  if (JSON.stringify(scene.story.steps) !== JSON.stringify(before?.story.steps)) drawSteps(scene.story);
  element('progress', HTMLPreElement).textContent = scene.story.progressText;
  drawTurn(scene.story);
  if (scene.story.videoFile !== null && before?.story.videoFile !== scene.story.videoFile) void playVideo();
  if (before !== undefined && scene.clipboard !== before.clipboard) {
    // A browser that does not allow it leaves the clipboard as it was.
    void navigator.clipboard?.writeText(scene.clipboard).catch(() => {});
  }
}

function drawTray({ tray: face, popover }: Scene): void {
  const icon = face?.image.replace('.png', '@2x.png') ?? '';
  element('tray-icon', HTMLElement).style.setProperty('--icon', `url("icons/${icon}")`);
  element('tray-title', HTMLSpanElement).textContent = face?.title ?? '';
  tray.title = face?.tooltip ?? '';
  tray.ariaLabel = face?.tooltip ?? 'Milepost';
  tray.ariaExpanded = String(popover.visible);
  tray.classList.toggle('open', popover.visible);
  document.title = face?.title ? `${face.title} · Milepost demo` : 'Milepost demo';
}

function drawMenu(labels: readonly string[]): void {
  menu.hidden = labels.length === 0;
  menu.replaceChildren(
    ...labels.map((label) => {
      if (label === 'separator') return make('hr', '');
      const button = make('button', '', label);
      button.type = 'button';
      button.role = 'menuitem';
      button.addEventListener('click', () => act({ kind: 'click-menu', label }));
      return button;
    }),
  );
}

function drawPopover({ popover }: Scene, before: Scene | undefined): void {
  frame.classList.toggle('closed', !popover.visible);
  frame.style.height = `${popover.heightPx}px`;
  element('nudge', HTMLParagraphElement).hidden = popover.visible;
  if (popover.visible && before?.popover.visible === false) frame.focus();
}

function drawNotes({ notifications }: Scene): void {
  notes.replaceChildren(
    ...[...notifications].reverse().map(({ id, title, body, actions }) => {
      const note = make('article', 'note');
      const text = make('button', 'note-text');
      text.type = 'button';
      text.append(make('b', '', title), make('span', '', body));
      text.addEventListener('click', () => act({ kind: 'click-notification', id }));
      note.append(text);
      const row = make('div', 'note-actions');
      actions.forEach((label, actionIndex) => {
        const button = make('button', '', label);
        button.type = 'button';
        button.addEventListener('click', () => act({ kind: 'act-on-notification', id, actionIndex }));
        row.append(button);
      });
      if (actions.length > 0) note.append(row);
      return note;
    }),
  );
}

function drawSteps({ steps }: Scene['story']): void {
  element('steps', HTMLOListElement).replaceChildren(
    ...steps.map(({ id, title, text, state }) => {
      const step = make('li', `${id} ${state}`);
      if (state === 'now') step.ariaCurrent = 'step';
      step.append(make('b', '', title), make('span', '', text));
      return step;
    }),
  );
}

function drawTurn({ turn, summary }: Scene['story']): void {
  const line = element('turn', HTMLParagraphElement);
  line.hidden = turn === null;
  setText(element('turn-text', HTMLSpanElement), turn?.text ?? '');
  const seconds =
    turn?.byItselfAt == null ? null : Math.max(0, Math.ceil((turn.byItselfAt - Date.now()) / 1000));
  setText(
    element('turn-seconds', HTMLSpanElement),
    seconds === null ? '' : ` In ${seconds} s it is done for you.`,
  );
  const end = element('summary', HTMLParagraphElement);
  end.hidden = summary === null;
  setText(end, summary ?? '');
}

/** Only what is new is written: a screen reader reads out what is. */
function setText(line: HTMLElement, text: string): void {
  if (line.textContent !== text) line.textContent = text;
}

/** Kept whole in the page, so that it plays on when the demo has ended. */
async function playVideo(): Promise<void> {
  const answer = await fetch('video.mp4');
  if (!answer.ok) return;
  video.src = URL.createObjectURL(await answer.blob());
  video.hidden = false;
}

tray.addEventListener('click', () => act({ kind: 'click-tray' }));
tray.addEventListener('contextmenu', (event) => {
  event.preventDefault();
  act({ kind: 'right-click-tray' });
});
// A click beside an open popover or menu closes it, as on a Mac.
document.addEventListener('pointerdown', ({ target }) => {
  const isBeside = target instanceof Element && target.closest('.strip-icon, .note') === null;
  if (isBeside && shown !== undefined && (shown.popover.visible || shown.menu.length > 0))
    act({ kind: 'blur' });
});

function tick(): void {
  element('clock', HTMLTimeElement).textContent = new Date().toLocaleTimeString([], {
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
  });
  if (shown !== undefined) drawTurn(shown.story);
}
tick();
setInterval(tick, 500);
