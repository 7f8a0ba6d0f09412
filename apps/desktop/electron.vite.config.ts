import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'electron-vite';
import type { Plugin } from 'vite';

// Main, preload and renderer each become one file of JavaScript, with everything in it: the package ships no node_modules.

const here = import.meta.dirname;

/** Emits the menu-bar icons beside main, unhashed: macOS knows a template and its @2x by their names. */
function trayIcons(): Plugin {
  const folder = join(here, 'icons/tray');
  return {
    name: 'milepost:tray-icons',
    buildStart() {
      for (const fileName of readdirSync(folder)) {
        this.emitFile({ type: 'asset', fileName, source: readFileSync(join(folder, fileName)) });
      }
    },
  };
}

/** ssh2 tries its native parts and goes on without them; here they are never there. */
function withoutNativeParts(): Plugin {
  const native = /^cpu-features$|\.node$/;
  return {
    name: 'milepost:without-native-parts',
    enforce: 'pre',
    resolveId: (id) => (native.test(id) ? `\0absent:${id}` : null),
    load: (id) =>
      id.startsWith('\0absent:')
        ? `throw new Error('left out of the bundle: ' + ${JSON.stringify(id.slice(8))});`
        : null,
  };
}

export default defineConfig({
  main: {
    plugins: [trayIcons(), withoutNativeParts()],
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: join(here, 'src/main/index.ts'),
        output: { format: 'es', entryFileNames: 'index.js', codeSplitting: false },
      },
    },
  },
  preload: {
    build: {
      externalizeDeps: false,
      rollupOptions: {
        input: join(here, 'src/preload/index.ts'),
        output: { format: 'cjs', entryFileNames: 'index.cjs', codeSplitting: false },
      },
    },
  },
  renderer: {
    root: join(here, 'src/renderer'),
    plugins: [react()],
    build: {
      modulePreload: false,
      minify: true,
      cssCodeSplit: false,
      rollupOptions: {
        input: join(here, 'src/renderer/index.html'),
        output: {
          entryFileNames: 'renderer.js',
          assetFileNames: 'renderer[extname]',
          codeSplitting: false,
        },
      },
    },
  },
});
