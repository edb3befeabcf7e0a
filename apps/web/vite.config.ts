import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'
import { scriptBudget } from './script-budget.ts'
import { devForwarder } from './server/dev-forwarder.ts'

export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter(),
      compilerOptions: { runes: true },
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
})
