import { defineConfig } from 'vitest/config'
import { svelteModules } from './apps/web/svelte-modules.ts'

// The process that started this one is gone, and its IPC channel with it: nobody waits for the result.
process.once('disconnect', () => process.exit(1))
// The listener must not keep vitest alive, which ends when nothing is left to do.
process.channel?.unref()

/** Tests that judge times, so nothing else runs beside them. */
const timed = ['bench', 'slice', 'sweep', 'sweep-rate'].map((name) => `test/${name}.test.ts`)
/** Tests that change, or inspect, what all code of a process shares, such as its clock or its globals. */
const isolated = [
  'apps/api/src/leaks.test.ts',
  'apps/api/src/accounts/clock.test.ts',
  'apps/api/src/http/{backpressure,transports}.test.ts',
  'apps/loadgen/src/commands/witnesses.test.ts',
  'apps/loadgen/src/target/request-extras.test.ts',
  'packages/witness/src/scrape/scraper.test.ts',
  'apps/simulator/src/start.test.ts',
  'apps/web/src/lib/{account,chat,settings,system}/*.test.ts',
  'apps/web/src/lib/markdown/work.test.ts',
  // The brackets in the name of a route's folder would be a pattern.
  'apps/web/src/routes/**/composer-text.test.ts',
  'packages/client/src/request-id.test.ts',
  'packages/model-server/src/chunk-reader.test.ts',
]
/** Unit tests that start the API as a process, many times. */
const processes = ['apps/api/src/{main,store-command}.test.ts', 'apps/api/src/accounts/first-start.test.ts']
/** Tests of the store itself. `npm test` runs them a second time, with PostgreSQL. */
const storeOnPostgres = [
  'apps/api/src/store/{kinds,outages}.postgres.test.ts',
  'apps/api/src/store/{generations,retention}.test.ts',
  'apps/api/src/store/{search/search,copy/copy}.test.ts',
  'apps/api/src/conversations/conversations.test.ts',
  'apps/api/src/generations/answers.test.ts',
  'apps/api/src/access/owners.test.ts',
  'apps/api/src/runs/runs.test.ts',
  'apps/api/src/accounts/last-admin.test.ts',
]
/**
 * What else touches the store, for `npm run test:postgres`: everything that says who a caller is, what belongs to
 * whom, or what has been used, and the API as a process. The tests of `http` and `upstream` concern what passes an API,
 * whatever its store; those of SQLite's files have counterparts in `*.postgres.test.ts`.
 */
const apiOnPostgres = {
  include: [
    'apps/api/src/{access,accounts,conversations,door,generations,runs}/**/*.test.ts',
    'apps/api/src/{main,metrics,retention-timer}.test.ts',
    'apps/api/src/http/sessions.test.ts',
    'apps/api/src/**/*.postgres.test.ts',
  ],
  exclude: [...storeOnPostgres, 'apps/api/src/generations/store-failure.test.ts'],
}
/**
 * Of the tests with a browser or the load tester, those whose API keeps something. The others are about the network, or
 * about the load tester and its witnesses, for which an API is a model server.
 */
const e2eOnPostgres = ['chat', 'limits', 'loadgen', 'loadgen-upload', 'oidc', 'page', 'people', 'runs']
/** `expect.poll` waits as long as a busy machine may need; its default of a second is too short for that. */
const expect = { poll: { timeout: 10_000 } }
/**
 * A failed test is run up to twice more, since a busy machine can starve a process; vitest prints "(retry x1)" if it
 * then passes.
 */
const retry = 2
const e2e = {
  expect,
  retry,
  testTimeout: 60_000,
  hookTimeout: 60_000,
  globalSetup: 'test/stack/preparation.ts',
}

/** With PostgreSQL: a server at TEST_DATABASE_URL, or one that is started here. */
const postgres = {
  env: { ON_POSTGRES: 'true' },
  globalSetup: ['test/stack/programs.ts', 'test/stack/postgres.ts'],
}

const unit = {
  plugins: [svelteModules()],
  test: {
    include: ['{apps,packages,bench,scripts,deploy}/**/*.test.ts', 'test/{docs,deploy}/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', '**/*.postgres.test.ts'],
    testTimeout: 60_000,
    expect,
    retry,
    // Many of them wait for sockets and processes rather than for a core.
    maxWorkers: 2,
  },
}

// unit: tests beside their sources. e2e: real processes and a real browser.
export default defineConfig({
  test: {
    projects: [
      {
        // One process for all files: starting one per file and loading the same modules anew took a third of the time.
        ...unit,
        test: {
          ...unit.test,
          name: 'unit',
          exclude: [...unit.test.exclude, ...isolated, ...processes],
          isolate: false,
        },
      },
      {
        ...unit,
        test: {
          ...unit.test,
          name: 'unit-processes',
          include: processes,
          isolate: false,
          globalSetup: 'test/stack/programs.ts',
        },
      },
      { ...unit, test: { ...unit.test, name: 'unit-isolated', include: isolated } },
      {
        test: {
          ...unit.test,
          ...postgres,
          name: 'postgres',
          include: storeOnPostgres,
          exclude: ['**/node_modules/**'],
          isolate: false,
        },
      },
      {
        test: { ...unit.test, ...postgres, ...apiOnPostgres, name: 'postgres-api', isolate: false },
      },
      {
        test: {
          ...e2e,
          ...postgres,
          name: 'postgres-e2e',
          include: e2eOnPostgres.map((name) => `test/${name}.test.ts`),
          globalSetup: [e2e.globalSetup, ...postgres.globalSetup],
          maxWorkers: 2,
          // Runs after the others, which need a core each.
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Two at a time, since they mostly wait for load tests of a fixed duration.
        test: { name: 'e2e', include: ['test/*.test.ts'], exclude: timed, ...e2e, maxWorkers: 2 },
      },
      {
        test: {
          name: 'e2e-timed',
          include: timed,
          ...e2e,
          fileParallelism: false,
          // Runs after the others, if both are requested.
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Needs a real vLLM; `npm run test:vllm` starts one and passes its address.
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
        // Needs Python and PyPI; `npm run test:clients` installs the clients and passes where they are.
        test: {
          name: 'clients',
          include: ['test/clients/*.test.ts'],
          // A Python that imports a client takes seconds to start on a busy machine.
          expect: { poll: { timeout: 60_000 } },
          testTimeout: 120_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        // Needs images, a pipeline and a Kubernetes of our own; `npm run test:delivery` says which programs it needs.
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
