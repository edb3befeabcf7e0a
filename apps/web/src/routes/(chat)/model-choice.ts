import type { ModelChoice } from '#lib/system/model-choice.svelte.ts'
import { createContext } from 'svelte'

/** The model choice of the open conversation. */
export const [useModelChoice, setModelChoice] = createContext<ModelChoice>()
