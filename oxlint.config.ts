// oxlint checks types and rules of everything except the page; the rules come from eslint.config.js: see
// docs/adr/0025.
import { defineConfig, type DummyRuleMap, type OxlintOverride } from 'oxlint'
import ts from 'typescript-eslint'

interface Entry {
  files?: string[]
  ignores?: string[]
  rules?: DummyRuleMap
}
interface RuleDocs {
  extendsBaseRule?: boolean | string
  requiresTypeChecking?: boolean
}

/** Rules that oxlint lacks. The first two are syntax errors anyway; `scripts/classes.test.ts` replaces the last. */
const absent = ['no-octal', 'no-dupe-args', '@typescript-eslint/no-unsafe-class-instance-assignment']
/** Rules whose options oxlint lacks; the options in use are the defaults. */
const withoutOptions = ['preserve-caught-error']

/** The name that oxlint gives a rule. An ESLint rule and the syntactic rule that extends it have one name. */
function nameOf(rule: string): string {
  const [, name] = /^@typescript-eslint\/(.+)$/.exec(rule) ?? []
  if (name === undefined) return rule
  const docs = rules[name]?.meta?.docs ?? {}
  return docs.extendsBaseRule && !docs.requiresTypeChecking ? name : `typescript/${name}`
}

const { default: eslint } = (await import(new URL('eslint.config.js', import.meta.url).href)) as {
  default: Entry[]
}
const { rules = {} } = ts.plugin as { rules?: Record<string, { meta?: { docs?: RuleDocs } }> }
const on = new Set<string>()

/** Translates an entry of ESLint's configuration for oxlint, which refuses rules that it does not have. */
function override({ files = ['**/*'], ignores = [], rules = {} }: Entry): OxlintOverride {
  const translated: DummyRuleMap = {}
  // ESLint's own rules come first: they are turned off where an extending rule is turned on.
  for (const [rule, setting] of Object.entries(rules).toSorted(
    ([a], [b]) => Number(a[0] === '@') - Number(b[0] === '@'),
  )) {
    const name = nameOf(rule)
    const isOff = [setting].flat()[0] === 'off' || [setting].flat()[0] === 0
    if (rule.startsWith('svelte/') || absent.includes(rule) || (isOff && !on.has(name))) continue
    on.add(name)
    translated[name] = withoutOptions.includes(rule) ? 'error' : setting
  }
  return { files, excludeFiles: ignores, rules: translated }
}

const [{ ignores = [] } = {}, ...entries] = eslint
export default defineConfig({
  plugins: ['typescript', 'import'],
  // Types count: two files that name each other's are read together or not at all.
  rules: { 'import/no-cycle': ['error', { ignoreTypes: false }] },
  categories: { correctness: 'off' },
  options: { typeAware: true, typeCheck: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  ignorePatterns: [...ignores, 'apps/web'],
  overrides: entries.filter(({ rules }) => rules !== undefined).map(override),
})
