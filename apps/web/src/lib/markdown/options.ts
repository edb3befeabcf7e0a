import { Marked } from 'marked'
import { mathExtensions } from './math-syntax.ts'

/** One set of rules for cutting into blocks and for rendering them. */
export const markdownOptions = new Marked({ gfm: true, breaks: false, extensions: mathExtensions }).defaults
