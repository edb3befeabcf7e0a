import { rolldown, type Plugin } from 'rolldown'
import { dts } from 'rolldown-plugin-dts'
import ts from 'typescript'

const RUN = 'packages/run/src/schema/run.ts'

/** The type `Run` written out, so that consumers need no zod to read a type that is inferred from a schema. */
function writtenOut(): string {
  const program = ts.createProgram([RUN], {
    target: ts.ScriptTarget.ES2024,
    module: ts.ModuleKind.NodeNext,
    strict: true,
    exactOptionalPropertyTypes: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    skipLibCheck: true,
    types: [],
  })
  const alias = program
    .getSourceFile(RUN)
    ?.statements.find((one) => ts.isTypeAliasDeclaration(one) && one.name.text === 'Run')
  if (alias === undefined) throw new Error(`${RUN} has no type Run`)
  const checker = program.getTypeChecker()
  const { NoTruncation, InTypeAlias, MultilineObjectLiterals } = ts.TypeFormatFlags
  const flags = NoTruncation | InTypeAlias | MultilineObjectLiterals
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- flags are made to be or-ed
  return checker.typeToString(checker.getTypeAtLocation(alias), alias, flags)
}

/** Removes declarations that are internal to the API: the context of a call, and the schema of a run. */
const publicTypes: Plugin = {
  name: 'slicechat-public-types',
  transform(code, id) {
    if (id.endsWith('/apps/api/src/trpc.d.ts'))
      return code
        .replaceAll(/^import (?:type .*|\{ type \w+ \} from .*)\n/gm, '')
        .replace(/^export interface Context extends .*?^}/ms, 'export interface Context {}')
    if (id.endsWith('/packages/run/src/schema/run.d.ts'))
      return code.replace(/(?<=export type Run = )z\.infer<typeof runSchema>/, () => writtenOut())
    return null
  },
}

/** Writes `index.d.ts` of the client: one file, with the router's types and tRPC's inside. */
export async function writeClientTypes(folder: string): Promise<void> {
  const build = await rolldown({
    input: { index: 'packages/client/src/index.ts' },
    platform: 'node',
    // The bundler meets these packages, but nothing that remains in the file refers to them.
    external: [/^zod/, /^pino$/, /^kysely/],
    plugins: [
      publicTypes,
      dts({ emitDtsOnly: true, tsconfig: 'tsconfig.json', eager: true, resolver: 'tsc' }),
    ],
    checks: { bundlerTimings: false },
    onLog: (level, { message }) => {
      if (level === 'warn') throw new Error(`The client's types do not bundle cleanly: ${message}`)
    },
  })
  const { output } = await build.write({ dir: folder, format: 'esm' })
  await build.close()
  for (const file of output)
    if (file.type === 'chunk' && /^import /m.test(file.code))
      throw new Error(`${file.fileName} of the client's types imports what no consumer has.`)
}
