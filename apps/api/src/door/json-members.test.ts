import fc from 'fast-check'
import { expect, test } from 'vitest'
import { memberOf, withMember } from './json-members.ts'

const object = fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue())
const spaces = fc.constantFrom(undefined, 1, '\t')

test('whatever the object is: the member is set, and all others are as they were', () => {
  fc.assert(
    fc.property(object, spaces, fc.string({ unit: 'binary' }), fc.jsonValue(), (raw, indent, name, value) => {
      const json = JSON.stringify(raw, null, indent)
      const set = withMember(json, name, JSON.stringify(value))
      const expected = JSON.parse(JSON.stringify({ ...raw, [name]: value })) as unknown
      if (name !== '__proto__') expect(JSON.parse(set)).toEqual(expected)
      expect(memberOf(set, name)).toBe(JSON.stringify(value))
    }),
  )
})

test.each([
  ['{}', '{"m":1}'],
  [' { \n } ', ' {"m":1 \n } '],
  ['{"a":12345678901234567890,"b":1.0}', '{"m":1,"a":12345678901234567890,"b":1.0}'],
  ['{"a":{"m":2},"m" : null ,"c":[{"m":3}]}', '{"a":{"m":2},"m" : 1 ,"c":[{"m":3}]}'],
  // The name in escapes, and quotes and braces in strings.
  [String.raw`{"\u006d":"}\\\"{","b":"\\"}`, String.raw`{"\u006d":1,"b":"\\"}`],
  // Of several the last one counts.
  ['{"m":5,"m":6}', '{"m":5,"m":1}'],
])('%s', (json, expected) => {
  expect(withMember(json, 'm', '1')).toBe(expected)
})
