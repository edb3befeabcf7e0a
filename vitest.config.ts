import { defineConfig } from 'vitest/config'
import { svelteModules } from './apps/web/svelte-modules.ts'

// What started this is gone, and its IPC channel with it: nobody waits for the result.
process.once('disconnect', () => process.exit(1))
// Listening to it must not keep vitest, which ends when nothing is left to do.
process.channel?.unref()

/** These judge times, so nothing else runs beside them. */
const timed = ['bench', 'slice', 'sweep', 'sweep-rate'].map((name) => `test/${name}.test.ts`)
/** `expect.poll` waits as long as a busy machine may need; its second is short for that. */
const expect = { poll: { timeout: 10_000 } }
/** What fails is run twice more, since a busy machine can starve a process; vitest prints "(retry x1)" beside what then passed. */
const retry = 2
const e2e = {
  expect,
  retry,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: 'test/stack/preparation.ts',
}

// unit: beside what it tests, no process of ours needed. e2e: real processes and a real browser.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelteModules()],
        test: {
          name: 'unit',
          include: ['{apps,packages,bench,scripts,deploy}/**/*.test.ts', 'test/{docs,deploy}/*.test.ts'],
          exclude: ['**/node_modules/**', '**/build/**'],
          testTimeout: 60_000,
          expect,
          retry,
          // Many wait for sockets and processes rather than for a core.
          maxWorkers: 2,
        },
      },
      {
        // Two at a time: they mostly wait, for load tests that last as long as they last.
        test: { name: 'e2e', include: ['test/*.test.ts'], exclude: timed, ...e2e, maxWorkers: 2 },
      },
      {
        test: {
          name: 'e2e-timed',
          include: timed,
          ...e2e,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // A real vLLM; `npm run test:vllm` starts one and says where it is.
        test: {
          name: 'vllm',
          include: ['test/vllm/*.test.ts'],
          retry,
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        // Images, a pipeline and a Kubernetes of our own; `npm run test:delivery` says what it needs.
        test: {
          name: 'delivery',
          include: ['test/delivery/*.test.ts'],
          expect: { poll: { timeout: 60_000 } },
          testTimeout: 240_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
