import js from '@eslint/js'
import prettier from 'eslint-config-prettier'
import svelte from 'eslint-plugin-svelte'
import globals from 'globals'
import ts from 'typescript-eslint'

/** Imports that a folder must not contain, as `no-restricted-imports` patterns. */
const noReachingAcross = {
  regex: String.raw`^(\.\./)+(apps|packages|test|bench|scripts)/`,
  message: 'Folders meet through package names, never through paths.',
}
const noSimulator = {
  regex: '^@slicechat/simulator',
  message: 'No production code knows the simulator.',
}
const noApi = {
  regex: '^@slicechat/api',
  message: '@slicechat/client is the only door to the API.',
}
const onlyRoutesUseKit = {
  regex: '^\\$app/',
  message:
    'What pages share is loaded before the page knows its base path, and SvelteKit would be loaded with it.',
}
const onlyApiType = { ...noApi, allowTypeImports: true }
const nothingLocal = { regex: '^@slicechat/', message: 'This package stands on nothing local.' }

const noEnvironment = {
  object: 'process',
  property: 'env',
  message: 'Read the environment in env.ts only.',
}
/**
 * Browsers offer these in secure contexts only, so not to pages that colleagues open without TLS from another machine.
 */
const onlyInSecureContexts = [
  ...['randomUUID', 'subtle'].map((property) => ({ object: 'crypto', property })),
  ...['clipboard', 'locks', 'serviceWorker', 'storage', 'wakeLock'].map((property) => ({
    object: 'navigator',
    property,
  })),
].map((each) => ({ ...each, message: 'Not there without TLS: see lib/clipboard.ts and createRequestId.' }))

/** @param {string} folder @param {object[]} patterns */
const wall = (folder, patterns) => ({
  files: [`${folder}/**/*.{ts,svelte}`],
  ignores: ['**/*.test.ts', '**/testing/**'],
  rules: {
    '@typescript-eslint/no-restricted-imports': ['error', { patterns: [noReachingAcross, ...patterns] }],
  },
})

export default ts.config(
  { ignores: ['**/node_modules', '**/build', 'dist', '**/.svelte-kit', '**/fixtures', 'data'] },
  js.configs.recommended,
  ...ts.configs.strictTypeChecked,
  ...svelte.configs.recommended,
  prettier,
  ...svelte.configs.prettier,
  {
    languageOptions: {
      globals: globals.node,
      parserOptions: {
        projectService: true,
        tsconfigRootDir: import.meta.dirname,
        extraFileExtensions: ['.svelte'],
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      'max-lines': ['error', { max: 250, skipBlankLines: false, skipComments: false }],
      'no-restricted-properties': ['error', noEnvironment],
      'no-undef': 'off',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      globals: globals.browser,
      parserOptions: { parser: ts.parser, projectService: true, extraFileExtensions: ['.svelte'] },
    },
  },
  { files: ['**/*.js', '**/*.mjs'], ...ts.configs.disableTypeChecked },
  {
    files: ['apps/web/src/**', 'packages/{client,run,charts,report}/src/**'],
    ignores: ['**/*.test.ts', '**/platform/node.ts'],
    rules: { 'no-restricted-properties': ['error', noEnvironment, ...onlyInSecureContexts] },
  },
  {
    files: ['**/env.ts', 'deploy/store/**', 'scripts/**', 'test/**', 'bench/**'],
    rules: { 'no-restricted-properties': 'off' },
  },
  wall('packages/metrics', [nothingLocal]),
  wall('packages/model-server', [nothingLocal]),
  wall('packages/server', [nothingLocal]),
  wall('packages/contract', [
    {
      group: ['@slicechat/*', '!@slicechat/metrics'],
      message: 'The contract is what both sides of the API know, and nothing of either.',
    },
  ]),
  wall('packages/client', [noSimulator, onlyApiType]),
  wall('packages/run', [
    {
      group: ['@slicechat/*', '!@slicechat/contract', '!@slicechat/metrics'],
      message: 'packages/run reads runs, and knows nobody who makes or draws them.',
    },
  ]),
  wall('packages/charts', [
    {
      group: ['@slicechat/*', '!@slicechat/run'],
      message: 'packages/charts draws a run, and knows neither who makes it nor the pages that show it.',
    },
  ]),
  wall('packages/report', [
    {
      group: ['@slicechat/*', '!@slicechat/run', '!@slicechat/charts'],
      message: 'packages/report writes pages and files about runs, and knows nobody who makes them.',
    },
  ]),
  wall('packages/witness', [
    {
      group: ['@slicechat/*', '!@slicechat/metrics', '!@slicechat/run'],
      message: 'packages/witness reads metrics pages, and knows nobody who asks for them.',
    },
  ]),
  wall('apps/loadgen', [noSimulator, noApi]),
  wall('apps/api', [
    noSimulator,
    {
      group: [
        '@slicechat/*',
        '!@slicechat/contract',
        '!@slicechat/metrics',
        '!@slicechat/model-server',
        '!@slicechat/run',
        '!@slicechat/server',
      ],
      message: 'The API does not call itself, and knows what a run is but not who makes it.',
    },
  ]),
  wall('apps/web', [noSimulator, noApi]),
  wall('apps/web/src/lib', [noSimulator, noApi, onlyRoutesUseKit]),
  wall('apps/simulator', [noApi, { regex: '^@slicechat/client', message: 'The simulator is an upstream.' }]),
)
