import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

// Time limits only catch hangs: nothing here measures speed.
const limits = { testTimeout: 60_000, hookTimeout: 60_000 };

export default defineConfig({
  test: {
    // By itself vitest leaves a core free, and on two cores ran one file after the other; most of them wait.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      { test: { name: 'shared', root: 'packages/shared', include: ['test/**/*.test.ts'], ...limits } },
      {
        test: {
          name: 'checkpoint',
          root: 'packages/checkpoint',
          include: ['test/**/*.test.ts', 'conformance/**/*.test.ts'],
          ...limits,
        },
      },
      { test: { name: 'monitor', root: 'packages/monitor', include: ['test/**/*.test.ts'], ...limits } },
      { test: { name: 'python', root: 'clients/python', include: ['test/**/*.test.ts'], ...limits } },
      { test: { name: 'agent', root: 'apps/agent', include: ['test/**/*.test.ts'], ...limits } },
      {
        test: {
          name: 'desktop',
          root: 'apps/desktop',
          include: ['test/**/*.test.{ts,tsx}'],
          globalSetup: 'test/driver/globalSetup.ts',
          ...limits,
        },
      },
      { test: { name: 'bench', root: 'bench', include: ['test/**/*.test.ts'], ...limits } },
      { test: { name: 'demo', root: 'demo', include: ['test/**/*.test.ts'], ...limits } },
      { test: { name: 'scripts', root: 'scripts', include: ['test/**/*.test.{ts,mjs}'], ...limits } },
      {
        test: {
          name: 'chain',
          root: 'tests/chain',
          include: ['**/*.test.ts'],
          globalSetup: '../../apps/desktop/test/driver/globalSetup.ts',
          testTimeout: 240_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
