import { expect, test } from 'vitest'
import { render } from './testing/render.ts'

const strong = (text: string) => `<strong>${text}</strong>`

test.each([
  ['20~25°C，湿度40~60%', '20~25°C，湿度40~60%'],
  ['~~gone~~ ~not~', '<del>gone</del> ~not~'],
  ['**发展，**年', `${strong('发展，')}年`],
  ['这是**「重要」**的', `这是${strong('「重要」')}的`],
  ['这是**“重要”**的。', `这是${strong('“重要”')}的。`],
  ['**「」**', strong('「」')],
  ["**'강조'**는", `${strong('&#39;강조&#39;')}는`],
  ['**스크립트(script)**라고', `${strong('스크립트(script)')}라고`],
  ['太郎は**「こんにちは」**と言った', `太郎は${strong('「こんにちは」')}と言った`],
  ['2 * 3 * 4 and snake_case_name', '2 * 3 * 4 and snake_case_name'],
])('%s is written as its readers expect', (text, expected) => {
  expect(render(text)).toBe(`<p dir="auto">${expected}</p>`)
  expect(render(`${text} end`, 'growing')).toBe(`<p dir="auto">${expected} end</p>`)
})

test.each([
  ['见https://a.example/x，好', 'https://a.example/x'],
  ['（https://a.example/x）。', 'https://a.example/x'],
  ['「https://a.example」', 'https://a.example'],
  ['访问https://a.example获取', 'https://a.example'],
  ['https://zh.a.example/wiki/机器学习 。', 'https://zh.a.example/wiki/机器学习'],
  ['(see https://a.example/x_(y)_z).', 'https://a.example/x_(y)_z'],
  ['https://a.example/?q=a*b&c=d!', 'https://a.example/?q=a*b&amp;c=d'],
  ['**https://a.example/x**', 'https://a.example/x'],
  ['[https://a.example](https://a.example)', 'https://a.example'],
  ['mail a.b@c.example.', 'mailto:a.b@c.example'],
  ['www.a.example/x, then', 'http://www.a.example/x'],
])('the address in %s ends where its writer ended it', (text, href) => {
  expect([...render(text).matchAll(/href="([^"]*)"/g)].map(([, found]) => found)).toEqual([href])
})

test('line breaks are kept, but those of text that was wrapped at a column', () => {
  expect(render('Roses are red,\nviolets are blue')).toContain('red,<br>\nviolets')
  expect(render('床前明月光，\n疑是地上霜。')).toContain('光，<br>\n疑')
  const wrapped = 'This paragraph was written in an editor that breaks its lines at a\ncolumn, as in mail.'
  expect(render(wrapped)).toContain('at a\ncolumn')
  expect(render('12 Long Street\n1234 Town')).toContain('Street<br>')
})

test('each part of a text has the direction of its own first letter; code reads from left to right', () => {
  const text = 'שלום\n\n- שלום\n\n> שלום\n\n# שלום\n\n| שלום |\n|---|\n\n`x` $y$\n\n```\nz\n```'
  const shown = render(text)
  expect(render('| a |\n|---|\n| ש |\n| 3 |')).toContain('<td dir="auto">ש</td></tr><tr><td>3</td>')
  for (const tag of ['p', 'li', 'blockquote', 'h3', 'table']) expect(shown).toContain(`<${tag} dir="auto"`)
  for (const tag of ['code', 'div class="code"', 'span class="math"'])
    expect(shown).toContain(`<${tag} dir="ltr"`)
})
