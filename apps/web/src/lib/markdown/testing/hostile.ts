/** Texts of about `chars` characters that make a Markdown reader slow or its result deeply nested. */
export const HOSTILE: Readonly<Record<string, (chars: number) => string>> = {
  'quotes in quotes': (chars) => '>'.repeat(chars),
  'quotes line by line': (chars) => repeat('> ', Math.sqrt(chars)) + lines(chars, () => '> > > a'),
  'lists in lists': (chars) => deeper(chars, '- a'),
  'list markers in one line': (chars) => fill(chars, '- '),
  'numbers in one line': (chars) => fill(chars, '1. '),
  'quotes and lists': (chars) => fill(chars, '> - '),
  'numbered items': (chars) => lines(chars, (i) => `${i}. a`),
  'empty items': (chars) => lines(chars, () => '-'),
  'loose items': (chars) => lines(chars, () => '- a\n'),
  'emphasis of two signs': (chars) => fill(chars, '*a_'),
  'open emphasis': (chars) => fill(chars, '*a '),
  'open strong': (chars) => fill(chars, 'a **b'),
  'emphasis in words': (chars) => fill(chars, 'a**b'),
  'emphasis closed': (chars) => fill(chars / 2, '*a ') + fill(chars / 2, 'b* '),
  'three signs': (chars) => fill(chars, '***a** b* '),
  underscores: (chars) => '_'.repeat(chars),
  'underscores in words': (chars) => fill(chars, '_a'),
  stars: (chars) => fill(chars, '* _ ').trim(),
  strikes: (chars) => fill(chars, '~~a '),
  'many tags': (chars) => fill(chars, '*a* '),
  'brackets open': (chars) => '['.repeat(chars),
  'brackets nested': (chars) => '['.repeat(chars / 2) + ']'.repeat(chars / 2),
  'brackets and parentheses': (chars) => fill(chars, '[a]('),
  'links open': (chars) => fill(chars, '[a](<b'),
  'link titles': (chars) => fill(chars, '[a](b "'),
  'links in links': (chars) => '['.repeat(chars / 2) + fill(chars / 2, '[a](https://b.example)'),
  'images open': (chars) => fill(chars, '!['),
  'images in images': (chars) => fill(chars / 2, '![') + fill(chars / 2, '](b)'),
  'images and links': (chars) => fill(chars / 2, '![[') + fill(chars / 2, '[a](https://b.example)'),
  labels: (chars) => fill(chars, '[a][b'),
  'references that miss': (chars) => words(chars, (i) => `[a${i}] `),
  'references that are late': (chars) =>
    words(chars / 2, (i) => `[a${i}] `) + '\n\n' + lines(chars / 2, (i) => `[a${i}]: https://b.example`),
  'definitions open': (chars) => lines(chars, () => '[a]:'),
  parentheses: (chars) => '[a](' + '('.repeat(chars),
  backticks: (chars) => '`'.repeat(chars),
  'backticks that grow': (chars) => words(chars, (i) => `${'`'.repeat(i)} `),
  'code open': (chars) => fill(chars, '`a ``b '),
  'fences in fences': (chars) => lines(chars, (i) => '`'.repeat(3 + (i % 50)) + 'a'),
  'less than': (chars) => '<'.repeat(chars),
  'tags open': (chars) => fill(chars, '<a '),
  'addresses in angles': (chars) => fill(chars, '<http:'),
  'break so far': (chars) => fill(chars, '<br '),
  'comments open': (chars) => fill(chars, '<!--'),
  dollars: (chars) => '$'.repeat(chars),
  'formulas open': (chars) => fill(chars, '$a '),
  'formulas of two signs': (chars) => fill(chars, '$$a'),
  'formula blocks open': (chars) => lines(chars, () => '\\['),
  'formula blocks after heads': (chars) => lines(chars, () => '# a\n\\['),
  'formula blocks broken': (chars) => lines(chars, () => '$$\n- $'),
  'formulas in brackets': (chars) => fill(chars, '\\(a \\['),
  formulas: (chars) => fill(chars, '$a$ '),
  'braces in a formula': (chars) => `$${'{'.repeat(chars / 2)}${'}'.repeat(chars / 2)}$`,
  'macros in a formula': (chars) => `$$${fill(chars, '\\frac{a}{')}$$`,
  bars: (chars) => '|'.repeat(chars),
  'wide table': (chars) => `${'|a'.repeat(chars / 4)}|\n${'|-'.repeat(chars / 4)}|\n|b`,
  'wide table, short rows': (chars) =>
    `${'|a'.repeat(chars / 6)}|\n${'|-'.repeat(chars / 6)}|\n` + lines(chars / 3, () => '|b'),
  rulers: (chars) => lines(chars, () => '|-|'),
  'tables in quotes': (chars) => lines(chars, () => '> |a|b|\n> |-|-|\n> |1|2|\n'),
  entities: (chars) => fill(chars, '&a'),
  ampersands: (chars) => '&'.repeat(chars),
  addresses: (chars) => fill(chars, 'http://'),
  'addresses with a tail': (chars) => fill(chars, 'http://a.b/)))'),
  'one long address': (chars) => `http://a.b/${fill(chars, '(a')}`,
  mail: (chars) => fill(chars, 'a@a.'),
  'one long mail': (chars) => `${'a'.repeat(chars / 2)}@${'a.'.repeat(chars / 4)}`,
  colons: (chars) => fill(chars, 'http:'),
  backslashes: (chars) => '\\'.repeat(chars),
  blanks: (chars) => `a${' '.repeat(chars)}b`,
  'blanks before text': (chars) => `${' '.repeat(chars)}b`,
  'ruler that ends in blanks': (chars) => `|a|\n|-${' '.repeat(chars)}b`,
  'blanks at line ends': (chars) => lines(chars, () => `a${' '.repeat(30)}`),
  tabs: (chars) => `-${'\t'.repeat(chars)}a`,
  'head that ends in blanks': (chars) => `# a${' '.repeat(chars)}#a`,
  'signs of a head': (chars) => `# ${'#'.repeat(chars)}a`,
  'a long word': (chars) => 'a'.repeat(chars),
  'a long line': (chars) => fill(chars, 'word '),
  'short lines': (chars) => lines(chars, () => 'a'),
  'empty lines': (chars) => '\n'.repeat(chars),
  'carriage returns': (chars) => fill(chars, 'a\r'),
  'words of two scripts': (chars) => fill(chars, '中**文，**a'),
  'right to left': (chars) => fill(chars, 'שלום hello '),
}

const repeat = (text: string, times: number): string => text.repeat(Math.floor(times))
const fill = (chars: number, text: string): string => repeat(text, chars / text.length)

/** Parts up to a length of `chars` characters. Each part is made from its number, from 1. */
function words(chars: number, part: (i: number) => string): string {
  const parts: string[] = []
  for (let i = 1, length = 0; length < chars; i++) {
    const next = part(i)
    parts.push(next)
    length += next.length
  }
  return parts.join('')
}

const lines = (chars: number, line: (i: number) => string): string => words(chars, (i) => `${line(i)}\n`)

/** Items nested in each other, 400 levels deep, and then again from the start. */
const deeper = (chars: number, item: string): string => lines(chars, (i) => `${'  '.repeat(i % 400)}${item}`)
