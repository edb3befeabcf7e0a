import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'
import { scriptBudget } from './script-budget.ts'
import { devForwarder } from './server/dev-forwarder.ts'
import { readEnv } from './server/env.ts'
import { sourceFingerprint } from './source-fingerprint.ts'

// A build has relative addresses, and works below any base; Vite's own server needs to know it.
export default defineConfig(({ command }) => ({
  plugins: [
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
      // Kit's own is the time of the build, which would make each build of a commit another image.
      version: { name: sourceFingerprint().slice(0, 16) },
      paths: { base: command === 'serve' ? readEnv().BASE_PATH : '', relative: true },
      csp: {
        mode: 'auto',
        directives: {
          'default-src': ['self'],
          'script-src': ['self'],
          // Elements from our files only; attributes are needed by what Svelte writes for `style:`.
          'style-src-elem': ['self'],
          'style-src-attr': ['unsafe-inline'],
          // A model that writes an image could otherwise tell a stranger what was said here.
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
  build: { target: 'es2023' },
}))
