import { HttpError } from '../http/http-error.ts'
import { findJsonProblem } from './python-json.ts'
import { repr, shown } from './python-text.ts'

interface Problem {
  readonly type: string
  readonly loc: string
  readonly msg: string
  readonly input: unknown
  readonly ctx?: string
}

/**
 * Reads the fields of a JSON body as leniently as pydantic (`"2"` is a number, `"true"` a boolean, null is absent). It
 * collects all problems, which are reported together in pydantic's words.
 */
export class Fields {
  readonly #problems: Problem[] = []
  readonly #object: Readonly<Record<string, unknown>>
  readonly #path: string

  private constructor(object: Readonly<Record<string, unknown>>, path: string, problems: Problem[]) {
    this.#object = object
    this.#path = path
    this.#problems = problems
  }

  /** Parses a body. @throws {HttpError} if it is not JSON or not an object */
  static parse(text: string): Fields {
    const problems: Problem[] = []
    if (text === '') throw refusal([{ type: 'missing', loc: 'body', msg: 'Field required', input: null }])
    let body: unknown
    try {
      body = JSON.parse(text)
    } catch {
      const problem = findJsonProblem(text) ?? { at: 0, message: 'Expecting value' }
      const ctx = `{'error': ${repr(problem.message)}}`
      const loc = `body.${problem.at}`
      throw refusal([{ type: 'json_invalid', loc, msg: 'JSON decode error', input: {}, ctx }])
    }
    if (!isObject(body)) throw refusal([notAnObject('body', body)])
    return new Fields(body, 'body', problems)
  }

  /** @throws {HttpError} if any problem was found */
  check(): void {
    if (this.#problems.length > 0) throw refusal(this.#problems)
  }

  has(name: string): boolean {
    return this.#object[name] !== undefined && this.#object[name] !== null
  }

  raw(name: string): unknown {
    return this.#object[name]
  }

  addProblem(name: string, type: string, msg: string, input: unknown, ctx?: string): void {
    const problem = { type, loc: `${this.#path}.${name}`, msg, input }
    this.#problems.push(ctx === undefined ? problem : { ...problem, ctx })
  }

  missing(name: string): void {
    this.addProblem(name, 'missing', 'Field required', this.#object)
  }

  text(name: string): string | undefined {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'string') return value
    this.addProblem(name, 'string_type', 'Input should be a valid string', value)
    return undefined
  }

  flag(name: string): boolean {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'boolean') return value ?? false
    const word = typeof value === 'string' ? value.toLowerCase() : value
    if (['true', 't', 'yes', 'y', 'on', '1', 1].includes(word as string | number)) return true
    if (['false', 'f', 'no', 'n', 'off', '0', 0].includes(word as string | number)) return false
    if (typeof value === 'string' || typeof value === 'number')
      this.addProblem(
        name,
        'bool_parsing',
        'Input should be a valid boolean, unable to interpret input',
        value,
      )
    else this.addProblem(name, 'bool_type', 'Input should be a valid boolean', value)
    return false
  }

  number(name: string): number | undefined {
    const value = this.#value(name)
    if (value === undefined || typeof value === 'number') return value
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value !== 'string') {
      this.addProblem(name, 'float_type', 'Input should be a valid number', value)
      return undefined
    }
    const parsed = value.trim() === '' ? NaN : Number(value)
    if (!Number.isNaN(parsed)) return parsed
    this.addProblem(
      name,
      'float_parsing',
      'Input should be a valid number, unable to parse string as a number',
      value,
    )
    return undefined
  }

  integer(name: string): number | undefined {
    const value = this.#value(name)
    if (value === undefined) return undefined
    if (typeof value === 'boolean') return value ? 1 : 0
    if (typeof value === 'string') {
      if (/^\s*[-+]?\d+\s*$/.test(value)) return Number(value)
      const msg = 'Input should be a valid integer, unable to parse string as an integer'
      this.addProblem(name, 'int_parsing', msg, value)
    } else if (typeof value !== 'number')
      this.addProblem(name, 'int_type', 'Input should be a valid integer', value)
    else if (Number.isInteger(value)) return value
    else
      this.addProblem(
        name,
        'int_from_float',
        'Input should be a valid integer, got a number with a fractional part',
        value,
      )
    return undefined
  }

  /** Reads a string or a list of up to `most` strings. */
  texts(name: string, most: number): string[] {
    const value = this.#value(name)
    if (value === undefined) return []
    if (typeof value === 'string') return [value]
    const strings = Array.isArray(value) && value.every((item) => typeof item === 'string')
    if (strings && value.length <= most) return value
    this.addProblem(name, 'string_type', 'Input should be a valid string', value)
    if (!Array.isArray(value)) this.addProblem(name, 'list_type', 'Input should be a valid list', value)
    else if (value.length > most) {
      const msg = `List should have at most ${most} items after validation, not ${value.length}`
      const ctx = `{'field_type': 'List', 'max_length': ${most}, 'actual_length': ${value.length}}`
      this.addProblem(name, 'too_long', msg, value, ctx)
    } else
      for (const [at, item] of value.entries())
        if (typeof item !== 'string')
          this.addProblem(`${name}.${at}`, 'string_type', 'Input should be a valid string', item)
    return []
  }

  /** The object under `name`. Its problems are reported together with those of this one. */
  object(name: string): Fields | undefined {
    const value = this.#value(name)
    if (value === undefined) return undefined
    const path = `${this.#path}.${name}`
    if (isObject(value)) return new Fields(value, path, this.#problems)
    this.#problems.push(notAnObject(path, value))
    return undefined
  }

  #value(name: string): unknown {
    const value = this.#object[name]
    return value === null ? undefined : value
  }
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const notAnObject = (loc: string, input: unknown): Problem => ({
  type: 'model_attributes_type',
  loc,
  msg: 'Input should be a valid dictionary or object to extract fields from',
  input,
})

function refusal(problems: readonly Problem[]): HttpError {
  const lines = problems.map(({ type, loc, msg, input, ctx }) => {
    const tail = ctx === undefined ? '' : `, 'ctx': ${ctx}`
    return `  {'type': ${repr(type)}, 'loc': ${repr(loc)}, 'msg': ${repr(msg)}, 'input': ${repr(shown(input))}${tail}}`
  })
  const count = `${problems.length} validation error${problems.length === 1 ? '' : 's'}`
  return new HttpError({
    message: `${count}:\n${lines.join('\n')}`,
    type: 'Bad Request',
    param: problems[0]?.loc ?? null,
    code: 400,
  })
}
