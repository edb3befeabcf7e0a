import type { HLJSApi, LanguageFn } from 'highlight.js'

type Load = () => Promise<{ default: LanguageFn }>

/** Grammars by name. Each is a file of its own that is fetched when an answer first needs it. */
const grammars = {
  bash: () => import('highlight.js/lib/languages/bash'),
  c: () => import('highlight.js/lib/languages/c'),
  cpp: () => import('highlight.js/lib/languages/cpp'),
  csharp: () => import('highlight.js/lib/languages/csharp'),
  css: () => import('highlight.js/lib/languages/css'),
  diff: () => import('highlight.js/lib/languages/diff'),
  dockerfile: () => import('highlight.js/lib/languages/dockerfile'),
  go: () => import('highlight.js/lib/languages/go'),
  ini: () => import('highlight.js/lib/languages/ini'),
  java: () => import('highlight.js/lib/languages/java'),
  javascript: () => import('highlight.js/lib/languages/javascript'),
  json: () => import('highlight.js/lib/languages/json'),
  kotlin: () => import('highlight.js/lib/languages/kotlin'),
  lua: () => import('highlight.js/lib/languages/lua'),
  makefile: () => import('highlight.js/lib/languages/makefile'),
  markdown: () => import('highlight.js/lib/languages/markdown'),
  php: () => import('highlight.js/lib/languages/php'),
  powershell: () => import('highlight.js/lib/languages/powershell'),
  python: () => import('highlight.js/lib/languages/python'),
  r: () => import('highlight.js/lib/languages/r'),
  ruby: () => import('highlight.js/lib/languages/ruby'),
  rust: () => import('highlight.js/lib/languages/rust'),
  sql: () => import('highlight.js/lib/languages/sql'),
  swift: () => import('highlight.js/lib/languages/swift'),
  typescript: () => import('highlight.js/lib/languages/typescript'),
  xml: () => import('highlight.js/lib/languages/xml'),
  yaml: () => import('highlight.js/lib/languages/yaml'),
} satisfies Record<string, Load>

type Grammar = keyof typeof grammars

const aliases: Record<string, Grammar> = {
  'c#': 'csharp',
  'c++': 'cpp',
  cs: 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  html: 'xml',
  js: 'javascript',
  jsx: 'javascript',
  kt: 'kotlin',
  make: 'makefile',
  md: 'markdown',
  patch: 'diff',
  ps1: 'powershell',
  py: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  svelte: 'xml',
  svg: 'xml',
  toml: 'ini',
  ts: 'typescript',
  tsx: 'typescript',
  vue: 'xml',
  yml: 'yaml',
  zsh: 'bash',
}

/** Longer code is not coloured, since that would hold up the page. */
const MAX_CHARS = 50_000

const isGrammar = (name: string): name is Grammar => Object.hasOwn(grammars, name)

function grammarOf(language: string): Grammar | undefined {
  const name = language.toLowerCase()
  return isGrammar(name) ? name : Object.hasOwn(aliases, name) ? aliases[name] : undefined
}

let core: HLJSApi | undefined

/** Fetches the grammar of a language; `false` when there is none. */
export async function loadLanguage(language: string): Promise<boolean> {
  const grammar = grammarOf(language)
  if (!grammar) return false
  const [{ default: highlighter }, { default: definition }] = await Promise.all([
    import('highlight.js/lib/core'),
    grammars[grammar](),
  ])
  core = highlighter
  if (!core.getLanguage(grammar)) core.registerLanguage(grammar, definition)
  return true
}

/** Code as coloured HTML: `undefined` while its language is not loaded, `null` if the code stays as it is. */
export function highlight(language: string, code: string): string | undefined | null {
  const grammar = grammarOf(language)
  if (!grammar || code.length > MAX_CHARS) return null
  if (!core?.getLanguage(grammar)) return undefined
  return core.highlight(code, { language: grammar, ignoreIllegals: true }).value
}
