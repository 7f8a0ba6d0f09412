// Chromium has no app:// of ours, so its pages live at an https origin under a reserved name, answered by the app's own
// protocol handler; main only ever hears of app://.

const SUFFIX = '.app.invalid';

/** `app://milepost/x` as Chromium sees it. */
export function toBrowserUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  if (protocol !== 'app:') throw new Error(`The stand-in loads only app:// pages, not ${url}`);
  return `https://${host}${SUFFIX}${pathname}${search}`;
}

/** Back again; other URLs stay as they are. */
export function toAppUrl(url: string): string {
  const { protocol, host, pathname, search } = new URL(url);
  return protocol === 'https:' && host.endsWith(SUFFIX)
    ? `app://${host.slice(0, -SUFFIX.length)}${pathname}${search}`
    : url;
}

/** The origin as Electron reports it for a frame: WHATWG's URL has none for a scheme that it does not know. */
export function originOf(url: string): string {
  const parsed = new URL(url);
  return parsed.protocol === 'app:' ? `app://${parsed.host}` : parsed.origin;
}
