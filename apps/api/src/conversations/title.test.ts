import { expect, test } from 'vitest'
import { titleOf } from './title.ts'

test.each([
  ['Hello', 'Hello'],
  ['', 'New conversation'],
  ['word '.repeat(30), `${'word '.repeat(12).trim()}…`],
  ['字'.repeat(100), `${'字'.repeat(60)}…`],
  ['😀'.repeat(100), `${'😀'.repeat(60)}…`],
  // Markdown marks are removed …
  ['  ## Hello\nworld', 'Hello'],
  ['###\nx', 'x'],
  ['---\n\n> - [ ] **Explain** `continuous batching` to *me*', 'Explain continuous batching to me'],
  ['```python\nprint("hi")\n```', 'print("hi")'],
  ['What is ``a ` b``?', 'What is a ` b?'],
  ['See [the docs](https://example.org/a_b "Docs") and ![a cat](cat.png)', 'See the docs and a cat'],
  ['***all*** ~~gone~~ __very sure__ _so am I_', 'all gone very sure so am I'],
  ['**发展，**年', '发展，年'],
  ['中文**粗体**中文', '中文粗体中文'],
  // … but text that only looks like marks is kept.
  ['2 * 3 * 4 = 24, a*b*c and 2**3**4', '2 * 3 * 4 = 24, a*b*c and 2**3**4'],
  ['Why is __init__.py empty, and snake_case_name?', 'Why is __init__.py empty, and snake_case_name?'],
  ['3. Juli 1990', '3. Juli 1990'],
  ['#hashtag, C# and 20~25°C', '#hashtag, C# and 20~25°C'],
  ['-5 degrees', '-5 degrees'],
  ['costs $1 & $$ [sic] (really)', 'costs $1 & $$ [sic] (really)'],
  ['a **lone mark', 'a **lone mark'],
  // Invisible characters are removed.
  ['\u202Eevil\u0000\ttitle\r\nmore', 'evil title'],
])('title of %j', (content, title) => {
  expect(titleOf(content)).toBe(title)
})
