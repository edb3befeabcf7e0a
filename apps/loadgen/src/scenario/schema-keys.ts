import type { z } from 'zod'
import { scenarioSchema } from './scenario.ts'

type Schema = z.core.$ZodType

/** The objects, lists and values that a schema accepts, without wrappers such as `optional`. */
function alternatives(schema: Schema): Schema[] {
  const { def } = (schema as z.core.$ZodTypes)._zod
  switch (def.type) {
    case 'optional':
    case 'default':
    case 'prefault':
      return alternatives(def.innerType)
    case 'pipe':
      return alternatives(def.in)
    case 'union':
      return def.options.flatMap(alternatives)
    default:
      return [schema]
  }
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'object' ? def.shape : undefined
}

function elementOf(schema: Schema): Schema | undefined {
  const { def } = (schema as z.core.$ZodTypes)._zod
  return def.type === 'array' ? def.element : undefined
}

/** Whether a value can be of this variant of a discriminated union. */
function meant(shape: Readonly<Record<string, Schema>>, value: unknown): boolean {
  return Object.entries(shape).every(([key, schema]) => {
    const { def } = (schema as z.core.$ZodTypes)._zod
    if (def.type !== 'literal') return true
    return def.values.includes((value as Record<string, never> | undefined)?.[key])
  })
}

/** The keys that a scenario may have at a path, for the type of executor or distribution that is written there. */
export function keysAt(path: readonly PropertyKey[], scenario: unknown): string[] {
  let schemas = alternatives(scenarioSchema)
  let value = scenario
  for (const step of path) {
    schemas = schemas.flatMap((schema) => {
      const shape = shapeOf(schema)
      const next = shape !== undefined && meant(shape, value) ? shape[String(step)] : elementOf(schema)
      return next === undefined ? [] : alternatives(next)
    })
    value = (value as Record<PropertyKey, unknown> | undefined)?.[step]
  }
  return schemas.flatMap((schema) => {
    const shape = shapeOf(schema)
    return shape !== undefined && meant(shape, value) ? Object.keys(shape) : []
  })
}

/** The paths of all keys; `[]` stands for the items of a list. */
export function allKeys(): string[] {
  const found = new Set<string>()
  const walk = (schema: Schema, path: string) => {
    for (const one of alternatives(schema)) {
      for (const [key, inner] of Object.entries(shapeOf(one) ?? {})) {
        const full = path === '' ? key : `${path}.${key}`
        found.add(full)
        walk(inner, full)
      }
      const element = elementOf(one)
      if (element !== undefined) walk(element, `${path}[]`)
    }
  }
  walk(scenarioSchema, '')
  return [...found]
}
