import { defineConfig } from 'vitest/config'
import { svelteModules } from './apps/web/svelte-modules.ts'

// What started this is gone, and its IPC channel with it: nobody waits for the result.
process.once('disconnect', () => process.exit(1))

// unit: beside what it tests, no process of ours needed. e2e: real processes and a real browser.
export default defineConfig({
  test: {
    projects: [
      {
        plugins: [svelteModules()],
        test: {
          name: 'unit',
          include: ['{apps,packages,bench,scripts}/**/*.test.ts', 'test/docs/*.test.ts'],
          exclude: ['**/node_modules/**', '**/build/**'],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // A real vLLM; `npm run test:vllm` starts one and says where it is.
        test: {
          name: 'vllm',
          include: ['test/vllm/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
