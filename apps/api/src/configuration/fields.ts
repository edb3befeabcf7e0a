import { z } from 'zod'

/** Treats an environment variable that is set but empty as not set. */
export const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' ? undefined : value), schema)

/** A whole number. */
export const integer = (fallback: number, min: number, max: number) =>
  optional(z.coerce.number().int().min(min).max(max).default(fallback))
/** A time of up to a day. */
export const seconds = (fallback: number) => optional(z.coerce.number().gt(0).max(86_400).default(fallback))
/** A limit of a budget; without a value there is none. */
export const limit = optional(z.coerce.number().int().min(1).max(1e12).optional()).transform(
  (value) => value ?? null,
)
/** A number of days; unset: for ever. */
export const days = optional(z.coerce.number().gt(0).max(36_500).optional())
/** A port to listen on; 0 takes a free one. */
export const port = (fallback: number) => integer(fallback, 0, 65_535)

/** Values that commas separate. */
export const list = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== ''),
  )

/** The origin of a web page. */
export const origin = z.string().refine((text) => URL.canParse(text) && new URL(text).origin === text, {
  message: 'each origin is written scheme://host[:port], without a path',
})
