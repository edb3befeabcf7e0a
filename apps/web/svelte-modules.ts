import { svelte } from '@sveltejs/vite-plugin-svelte'

/** What a test runner needs so that tests can import `*.svelte.ts`. */
export const svelteModules = () => svelte({ configFile: false })
