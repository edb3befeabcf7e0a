import fc from 'fast-check'
import { expect, test } from 'vitest'
import { highlight, loadLanguage } from './languages.ts'
import { loadMath, renderMath } from './math.ts'
import { MarkdownDocument } from './document.ts'
import { toHtml } from './html.ts'
import { ALLOWED_ATTRIBUTES, ALLOWED_TAGS, ATTACKS } from './testing/attacks.ts'
import { render, renderingOf } from './testing/render.ts'

const html = (text: string, growing = false) => render(text, growing ? 'growing' : 'whole')

/** Reads HTML as a strict browser would: every tag and attribute must be one that the renderer writes. */
function check(source: string): void {
  const tags = [...source.matchAll(/<(\/?)([^\s>/]*)((?:\s+[^\s=>]+(?:="[^"<>]*")?)*)\s*\/?>/g)]
  expect(source.split('<').length - 1, source).toBe(tags.length)
  for (const [, , name = '', attributes = ''] of tags) {
    expect(ALLOWED_TAGS, source).toContain(name)
    for (const [, attribute = '', value = ''] of attributes.matchAll(/\s([^\s=]+)(?:="([^"]*)")?/g)) {
      expect(ALLOWED_ATTRIBUTES, source).toContain(attribute)
      if (attribute === 'href') expect(value).toMatch(/^(?:https?:|mailto:)/i)
    }
  }
}

test.each(ATTACKS)('%s can do no harm', (attack) => {
  check(html(attack))
  check(html(attack, true))
  for (let end = 1; end < attack.length; end += 3) check(html(attack.slice(0, end), true))
})

test('nor can anything that chance puts together', () => {
  const part = fc.oneof(
    fc.constantFrom(
      ...ATTACKS,
      '<',
      '>',
      '"',
      "'",
      '`',
      '\n',
      '](',
      '[',
      '![',
      '\\',
      '$$',
      '|',
      '&#',
      '**',
      '```',
    ),
    fc.string({ maxLength: 8 }),
  )
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, growing) => {
      check(html(parts.join(''), growing))
    }),
    { numRuns: 400 },
  )
})

test('boxes of a list to tick are shown, and cannot be ticked', () => {
  const shown = html('- [ ] to do\n- [x] done\n- [y] no\n- x\n\n  [ ] no')
  expect(shown).toContain('<li dir="auto"><p><input type="checkbox" disabled=""> to do</p>')
  expect(shown).toContain('<input type="checkbox" disabled="" checked=""> done')
  expect(shown).toContain('[y] no')
  expect(shown.match(/<input/g)).toHaveLength(2)
})

test('HTML shows as the text it is, but for line breaks', () => {
  expect(html('a <b>b</b>')).toBe('<p dir="auto">a &lt;b&gt;b&lt;/b&gt;</p>')
  expect(html('a<br/>b')).toBe('<p dir="auto">a<br>b</p>')
})

test('links open elsewhere and tell nobody where from', () => {
  expect(html('[a](https://a.example/?x=1&y=2)')).toBe(
    '<p dir="auto"><a href="https://a.example/?x=1&amp;y=2" target="_blank" rel="noopener noreferrer nofollow">a</a></p>',
  )
})

test('an image is a link: nothing is fetched', () => {
  expect(html('![chart](https://a.example/c.png)')).not.toContain('<img')
  expect(html('![chart](https://a.example/c.png)')).toContain('href="https://a.example/c.png"')
})

test('what is still open while text comes in is closed for now', () => {
  expect(html('a **bo', true)).toBe('<p dir="auto">a <strong>bo</strong></p>')
  expect(html('a **bold*', true)).toBe('<p dir="auto">a <strong>bold</strong></p>')
  expect(html('a `co', true)).toBe('<p dir="auto">a <code dir="ltr">co</code></p>')
  expect(html('see [the do', true)).toBe('<p dir="auto">see the do</p>')
  expect(html('see [the docs](https://a.exam', true)).toBe('<p dir="auto">see the docs</p>')
  expect(html('- Weather\n  -', true)).not.toContain('<h')
  expect(html('Total\n=', true)).toBe('<p dir="auto">Total</p>')
})

test('of an answer that broke off, nothing is hidden', () => {
  expect(render('a **bo', 'brokenOff')).toBe('<p dir="auto">a <strong>bo</strong></p>')
  expect(render('see [the docs](https://a.exam', 'brokenOff')).toContain('[the docs](')
  expect(render('Total\n=', 'brokenOff')).toContain('Total')
  expect(render('| a | b', 'brokenOff')).toContain('| a | b')
  expect(render('5 *', 'brokenOff')).toContain('5 *')
})

test('a table is one from its header on', () => {
  expect(html('| a | b', true)).toBe('')
  for (const ruler of ['', '|', '|--', '|---|-'])
    expect(html(`| a | b |\n${ruler}`, true), ruler).toContain('<th>b</th>')
  expect(html('| a | b |\n|---|---|\n| 1', true)).toContain('<td>1</td>')
})

test('a table loses no cell, and a row that is short is filled up', () => {
  expect(html('| a | b |\n|---|---|\n| 1 | 2 | 3 |')).toContain('<td>2</td><td>3</td>')
  expect(html('| a | b | c |\n|:--|--:|:-:|\n| 1 |')).toContain(
    '<td align="left">1</td><td colspan="2"></td>',
  )
})

test('a table too wide to be laid out is text', () => {
  const [head, ruler] = ['|a'.repeat(65), '|-'.repeat(65)]
  expect(html(`${head}|\n${ruler}|\n|b`)).not.toContain('<table')
  expect(html(`${head.slice(2)}|\n${ruler.slice(2)}|\n|b`)).toContain('<table')
})

function rich(text: string) {
  const document = new MarkdownDocument()
  const blocks = document.update(text, 'whole')
  const rendering = renderingOf(document, 'whole', renderMath)
  return { html: blocks.map((block) => toHtml(block, rendering)).join(''), wants: rendering.wants }
}

test('code asks for its colours, and those are tags and text', async () => {
  const { html: source, wants } = rich('```py\ndef f(): return "<"\n```')
  expect([...wants]).toEqual(['code'])
  expect(source).toContain('<code dir="ltr" data-language="py">def f(): return &quot;&lt;&quot;\n</code>')
  check(source)
  expect(await loadLanguage('py')).toBe(true)
  const coloured = highlight('py', 'def f(): return "<"') ?? ''
  expect(coloured).toContain('<span class="hljs-keyword">def</span>')
  check(coloured)
  expect(await loadLanguage('no-such-language')).toBe(false)
  expect(await loadLanguage('constructor')).toBe(false)
})

test('formulas become MathML once KaTeX is there; prices stay prices', async () => {
  const raw = 'Area $\\pi r^2$ and \\(x\\), for $5 or $6.'
  const before = rich(raw)
  expect([...before.wants]).toEqual(['math'])
  expect(before.html).toContain('<code dir="ltr">$\\pi r^2$</code>')
  await loadMath()
  const after = rich(raw)
  expect(after.html.match(/<math /g)).toHaveLength(2)
  expect(after.html).toContain('for $5 or $6.')
  expect(after.html).not.toContain('style=')
  expect(rich('$\\href{javascript:alert(1)}{x}$').html).not.toContain('href=')
  expect(rich('$\\frac{$').html).toContain('\\frac')
})

test('a formula takes no more than its length, and formulas take their turn', async () => {
  await loadMath()
  const bomb = `$$\\def\\a{${'x'.repeat(900)}}${'\\a'.repeat(400)}$$`
  expect(rich(bomb).html.length).toBeLessThan(bomb.length + 200)
  expect(rich('$\\rule{9999em}{9999em}$').html).toContain('width="50em"')
  const many = rich(Array.from({ length: 500 }, (_, i) => `$x_{${i}}$`).join(' '))
  expect(many.wants.has('math')).toBe(true)
  expect(many.html.match(/<math /g)?.length).toBeLessThan(50)
})

test.each([
  ['$$\nx = 1\n- 2\n= 3\n$$', '$$\nx = 1\n- 2\n= 3\n$$'],
  ['\\[ a + b \\]', '\\[ a + b \\]'],
])('%j is one formula', (text, source) => {
  const block = rich(text).html
  expect(block).toContain('class="math display"')
  expect(render(text)).toContain(`<code dir="ltr">${source}</code>`)
})

test('what begins like a formula and never ends is the text it is', () => {
  expect(render('$$ never\n- an item\n\nend')).toContain('<li dir="auto">')
  expect(render('\\[\n# head\n\nend')).toContain('data-depth="1"')
})
