import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const marks = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword]

/** Whether the class has a private part, so that the compiler accepts only objects that its constructor made. */
const isNominal = (declared: ts.ClassLikeDeclaration): boolean =>
  declared.members.some(
    (member) =>
      (member.name !== undefined && ts.isPrivateIdentifier(member.name)) ||
      (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(({ kind }) => marks.includes(kind))),
  )

interface Facts {
  /** Classes of this file without a private part. */
  open: Set<string>
  exported: Set<string>
  imported: Set<string>
  /** Names of types that annotations use. */
  types: Set<string>
}

function factsOf(source: ts.SourceFile): Facts {
  const facts: Facts = { open: new Set(), exported: new Set(), imported: new Set(), types: new Set() }
  const visit = (node: ts.Node): void => {
    if (ts.isClassDeclaration(node) && node.name !== undefined && !isNominal(node)) {
      facts.open.add(node.name.text)
      if (node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
        facts.exported.add(node.name.text)
    } else if (ts.isImportSpecifier(node)) facts.imported.add(node.name.text)
    else if (ts.isTypeReferenceNode(node)) facts.types.add(node.typeName.getText(source))
    node.forEachChild(visit)
  }
  visit(source)
  return facts
}

/** Where files use, as a type, a class that any object of the same shape would satisfy. */
function openNames(sources: readonly ts.SourceFile[]): string[] {
  const all = sources.map((source) => ({ path: source.fileName, ...factsOf(source) }))
  const exported = new Set(all.flatMap((facts) => [...facts.exported]))
  return all.flatMap(({ path, open, imported, types }) =>
    [...types]
      .filter((name) => open.has(name) || (imported.has(name) && exported.has(name)))
      .map((name) => `${path}: ${name}`),
  )
}

const parse = (name: string, text: string): ts.SourceFile =>
  ts.createSourceFile(name, text, ts.ScriptTarget.Latest)

// For the page, typescript-eslint's no-unsafe-class-instance-assignment checks this; oxlint does not have
// that rule.
test('a class that is named as a type is nominal, so that only its own instances pass for it', () => {
  const sources = globSync('{apps,packages,scripts,bench,deploy,test}/**/*.ts', {
    cwd: root,
    exclude: (name) => ['node_modules', 'build', '.svelte-kit', 'web'].includes(basename(name)),
  }).map((path) => parse(path, readFileSync(join(root, path), 'utf8')))
  expect(sources.length).toBeGreaterThan(500)
  expect(openNames(sources), 'give the class a private part: declare private readonly brand: never').toEqual(
    [],
  )
})

test('a class without a private part is seen where it is imported and where it stands', () => {
  const flagged = openNames([
    parse('a.ts', 'export class Open { a = 1 }\nexport class Closed { #a = 1 }\nlet own: Open'),
    parse('b.ts', "import type { Closed, Open } from './a.ts'\nfunction take(open: Open, closed: Closed) {}"),
    parse('c.ts', "import { Open } from './a.ts'\nthrow new Open()"),
  ])
  expect(flagged).toEqual(['a.ts: Open', 'b.ts: Open'])
})
