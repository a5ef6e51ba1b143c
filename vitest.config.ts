import { defineConfig } from 'vitest/config';

/** Sockets and child processes are slow to start on a loaded machine; no test asserts a time, so the limit is generous. */
const TEST_TIMEOUT_MS = 60_000;

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/global-setup.ts'],
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    retry: 0,
  },
});
