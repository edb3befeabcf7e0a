import type { ModelChoice } from '#lib/system/model-choice.svelte.ts'
import { createContext } from 'svelte'

/** The model that is asked next in the conversation that is open. */
export const [useModelChoice, setModelChoice] = createContext<ModelChoice>()
