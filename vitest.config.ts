import { defineConfig } from 'vitest/config';

/** Tests run against the sources of every package, so that no build is needed between an edit and its test. */
export default defineConfig({
  resolve: { conditions: ['source'] },
  ssr: { resolve: { conditions: ['source'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/components/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
