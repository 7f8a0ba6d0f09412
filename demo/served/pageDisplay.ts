import type { ServerResponse } from 'node:http';
import { delivered } from '../../apps/desktop/test/driver/standIn/delivered.ts';
import type { Display, PageHooks } from '../../apps/desktop/test/driver/standIn/display.ts';
import { toBrowserUrl } from '../../apps/desktop/test/driver/standIn/origins.ts';
import { perform } from '../../apps/desktop/test/driver/standIn/start.ts';
import { state } from '../../apps/desktop/test/driver/standIn/state.ts';
import { decode, encode } from '../../apps/desktop/test/driver/standIn/wireValue.ts';
import { beginStory, type Story, storySchema } from '../story.ts';
import { createPageFiles } from './pageFiles.ts';
import { invokeSchema, type PersonAct, personActSchema, type Scene } from './scene.ts';
import { type Answer, type Site, startServer } from './server.ts';

// Shows the app's one window in a page that is served on loopback: the popover's own page in a frame, with its preload
// and its content security policy, and around it what the system shows, the menu bar and notifications. Several browsers
// may look at the same time; they all see the same.

export interface PageDisplay extends Display {
  address: string;
  /** How many pages show it now. */
  viewers(): number;
  /** What goes on around the app. */
  tell(story: unknown): void;
}

export async function createPageDisplay(folders: {
  /** The built page. */
  pageFolder: string;
  /** The app's menu-bar icons. */
  iconFolder: string;
}): Promise<PageDisplay> {
  const viewers = new Set<ServerResponse>();
  const size = { widthPx: 360, heightPx: 320 };
  let hooks: PageHooks | undefined;
  let story: Story = beginStory();
  let menuIsOpen = false;
  let isDue = false;

  function scene(): Scene {
    return {
      tray: state.tray(),
      menu: menuIsOpen ? state.record.menu : [],
      notifications: delivered(),
      popover: { visible: state.windows().some((window) => window.visible), ...size },
      clipboard: state.record.clipboard,
      story,
    };
  }
  function send(name: string, data: unknown, to: Iterable<ServerResponse> = viewers): void {
    for (const viewer of to) viewer.write(event(name, data));
  }
  /** All that changes within one turn is told at once. */
  function changed(): void {
    if (isDue) return;
    isDue = true;
    setImmediate(() => {
      isDue = false;
      send('scene', scene());
    });
  }
  state.changed = changed;

  async function invoke(body: unknown): Promise<Answer> {
    const { channel, args } = invokeSchema.parse(body);
    try {
      if (hooks === undefined) throw new Error('There is no window.');
      const value = await hooks.invoke(
        channel,
        args.map((arg) => decode(arg)),
      );
      return json({ value: encode(value) });
    } catch (error) {
      return json({ error: error instanceof Error ? error.message : String(error) });
    }
  }
  async function act(deed: PersonAct): Promise<Answer> {
    menuIsOpen = deed.kind === 'right-click-tray';
    changed();
    // A notification that is gone meanwhile was dealt with by somebody else.
    await perform(deed).catch(() => {});
    return json(null);
  }

  const site: Site = {
    file: createPageFiles({
      ...folders,
      preload: () => hooks?.preload ?? '',
      videoFile: () => story.videoFile,
    }),
    async post(path, body) {
      if (path === 'invoke') return invoke(body);
      if (path === 'act') return act(personActSchema.parse(body));
      return undefined;
    },
    listen(viewer) {
      viewers.add(viewer);
      viewer.once('close', () => viewers.delete(viewer));
      send('scene', scene(), [viewer]);
    },
  };
  const server = await startServer(site);

  const cannot = (what: string) => async (): Promise<never> => {
    throw new Error(`A page in a person's browser cannot be ${what} from here.`);
  };
  return {
    address: server.address,
    viewers: () => viewers.size,
    tell(told) {
      story = storySchema.parse(told);
      changed();
    },
    async createPage(given) {
      hooks = given;
      return {
        async load(url) {
          given.navigated(toBrowserUrl(url));
        },
        async deliver(channel, args) {
          send('push', { channel, args: args.map((arg) => encode(arg)) });
        },
        async resize(width, height) {
          size.widthPx = width;
          size.heightPx = height;
          changed();
        },
        setColorScheme: cannot('coloured'),
        screenshot: cannot('pictured'),
        crash: cannot('ended'),
      };
    },
    async close() {
      // Its last word is out before the connection goes.
      await Promise.all(
        [...viewers].map((viewer) => new Promise<void>((resolve) => viewer.end(event('end', null), resolve))),
      );
      await server.close();
    },
  };
}

/** As `text/event-stream` wants it. */
function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

function json(value: unknown): Answer {
  return { headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) };
}
