const WORDS =
  'the sea is wide and the wind that comes over it carries salt and the noise of birds far from any shore'.split(
    ' ',
  )

/** Prose of this many words, different for each value of `from`. */
function prose(words: number, from: number): string {
  return Array.from({ length: words }, (_, i) => WORDS[(from * 7 + i) % WORDS.length]).join(' ')
}

/** Appends parts until the text has this many characters. */
function grow(chars: number, head: string, part: (i: number) => string): string {
  let text = head
  for (let i = 0; text.length < chars; i++) text += part(i)
  return text
}

/** One block of about this many characters, for each kind of block that answers consist of. */
export const BLOCKS: Readonly<Record<string, (chars: number) => string>> = {
  list: (chars) => grow(chars, '', (i) => `${i % 5 === 4 ? '  ' : ''}- **${prose(2, i)}**: ${prose(9, i)}\n`),
  table: (chars) =>
    grow(chars, '| a | b | c |\n|---|---|---|\n', (i) => `| ${i} | ${prose(5, i)} | \`${prose(1, i)}\` |\n`),
  quote: (chars) => grow(chars, '', (i) => `> ${prose(14, i)}.${i % 4 === 3 ? '\n>' : ''}\n`),
  paragraph: (chars) =>
    grow(chars, '', (i) => `${prose(11, i)} **${prose(2, i)}** and \`${prose(1, i)}\`, ${prose(5, i)}. `),
  code: (chars) =>
    grow(chars, '```python\n', (i) => `def f_${i}(a, b):\n    return "${prose(3, i)}" if a > ${i} else b\n`),
  math: (chars) =>
    grow(chars, '', (i) => `${prose(6, i)} $x_{${i}} = \\frac{a^2 + ${i}}{\\sqrt{b}}$ ${prose(4, i)}. `),
}

/** An answer as models write them, with all kinds of blocks, of about this many characters. */
export function answer(chars: number): string {
  return grow(
    chars,
    '',
    (i) =>
      `## ${prose(3, i)}\n\n${prose(60, i)}.\n\n- ${prose(8, i)}\n- **${prose(3, i)}** ${prose(6, i)}\n\n` +
      `\`\`\`python\nprint("${prose(4, i)}")\n\`\`\`\n\n| a | b |\n|---|---|\n| ${i} | ${prose(3, i)} |\n\n`,
  )
}
