import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import plist from 'plist';

/**
 * electron-builder's hook between packing and signing. For an updater that Milepost doesn't have it allows insecure
 * loads from anywhere; this takes that back.
 *
 * @param {{ appOutDir: string, packager: { appInfo: { productFilename: string } } }} context
 */
export async function afterPack({ appOutDir, packager }) {
  const file = join(appOutDir, `${packager.appInfo.productFilename}.app`, 'Contents/Info.plist');
  const info = plist.parse(await readFile(file, 'utf8'));
  const { NSAppTransportSecurity: _exceptions, ...rest } = info;
  await writeFile(file, plist.build(rest));
}
