/** `running` from `trayRunningTemplate.png`. */
export function iconState(fileName: string): string {
  return /^tray([A-Za-z]+)Template\.png$/.exec(fileName)?.[1]?.toLowerCase() ?? fileName;
}
