import { defineConfig } from 'vitest/config'
import { svelteModules } from './apps/web/svelte-modules.ts'

// What started this is gone, and its IPC channel with it: nobody waits for the result.
process.once('disconnect', () => process.exit(1))
// Listening to it must not keep vitest, which ends when nothing is left to do.
process.channel?.unref()

/** These judge times, so nothing else runs beside them. */
const timed = ['bench', 'slice', 'sweep', 'sweep-rate'].map((name) => `test/${name}.test.ts`)
/** These change what all code of a process shares, such as its clock or its globals, or they look at it. */
const isolated = [
  'apps/api/src/{leaks,main}.test.ts',
  'apps/api/src/http/{backpressure,transports}.test.ts',
  'apps/loadgen/src/commands/witnesses.test.ts',
  'apps/loadgen/src/witness/scraper.test.ts',
  'apps/simulator/src/start.test.ts',
  'apps/web/src/lib/{chat,system}/*.test.ts',
  'apps/web/src/lib/markdown/work.test.ts',
  // Brackets of a route's folder would be a pattern.
  'apps/web/src/routes/**/composer-text.test.ts',
  'packages/client/src/request-id.test.ts',
  'packages/model-server/src/chunk-reader.test.ts',
]
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

const unit = {
  plugins: [svelteModules()],
  test: {
    include: ['{apps,packages,bench,scripts,deploy}/**/*.test.ts', 'test/{docs,deploy}/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**'],
    testTimeout: 60_000,
    expect,
    retry,
    // Many wait for sockets and processes rather than for a core.
    maxWorkers: 2,
  },
}

// unit: beside what it tests, no process of ours needed. e2e: real processes and a real browser.
export default defineConfig({
  test: {
    projects: [
      {
        // A process for all files: to start one and to load the same modules anew took a third of the time.
        ...unit,
        test: { ...unit.test, name: 'unit', exclude: [...unit.test.exclude, ...isolated], isolate: false },
      },
      { ...unit, test: { ...unit.test, name: 'unit-isolated', include: isolated } },
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
          // After the others, where both are asked for.
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
