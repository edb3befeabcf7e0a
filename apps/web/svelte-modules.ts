import { svelte } from '@sveltejs/vite-plugin-svelte'

/** Plugin that a test runner needs to import `*.svelte.ts`. */
export const svelteModules = () => svelte({ configFile: false })
