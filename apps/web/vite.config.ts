import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'
import { scriptBudget } from './script-budget.ts'
import { devForwarder } from './server/dev-forwarder.ts'
import { readEnv } from './server/env.ts'
import { sourceFingerprint } from './source-fingerprint.ts'

// A build has relative addresses and works below any base path; Vite's own server has to know its base path.
export default defineConfig(({ command }) => ({
  plugins: [
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
      // SvelteKit's default is the build time, which would make each build of a commit a different image.
      version: { name: sourceFingerprint().slice(0, 16) },
      paths: { base: command === 'serve' ? readEnv().BASE_PATH : '', relative: true },
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          // Style elements come from our own files only; Svelte needs style attributes for `style:`.
          'style-src-elem': ['self'],
          'style-src-attr': ['unsafe-inline'],
          // An image that a model writes could otherwise tell another server what was said here.
          'img-src': ['self', 'data:'],
          'connect-src': ['self'],
          'object-src': ['none'],
          'base-uri': ['none'],
          'form-action': ['self'],
          'frame-ancestors': ['none'],
        },
      },
    }),
    devForwarder(),
    scriptBudget(),
  ],
  build: {
    target: 'es2023',
    rolldownOptions: {
      // A text that is written once in `lib/texts` is in the script of the page that shows it, without a name.
      optimization: { inlineConst: true },
      output: {
        codeSplitting: {
          // One file for what pages share, except texts of one page. By default, each set of pages that shares
          // something gets a file of its own.
          groups: [
            {
              name: 'shared',
              test: /\/src\/lib\/(?!runs\/|management\/|texts\/(?:chat|entry|management|runs))/,
              minShareCount: 2,
            },
          ],
        },
      },
    },
  },
}))
