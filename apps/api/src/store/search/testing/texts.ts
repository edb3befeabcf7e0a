import fc from 'fast-check'

/** What texts are made of: few characters, so that queries are found, with all that a database could misread. */
const PIECES = [
  ...[
    '中',
    '文',
    '中文',
    '的',
    '好',
    'a',
    'B',
    'ab',
    'é',
    'É',
    'ß',
    'ẞ',
    'İ',
    'i',
    'I',
    'ı',
    'Σ',
    'σ',
    'ς',
    'ǅ',
  ],
  ...['😀', '👍🏽', '𠮷', '%', '_', '\\', "'", '"', '*', '^', ':', '(', ' ', '\n', '\t', '　', '。', '1', '23'],
  ...[' OR ', ' AND ', ' NOT ', 'NEAR', 'search_index', 'the ', '{', ',', '\u0301', 'ﬁ', '\u{10ffff}'],
]
/** Texts of at least one piece. */
export const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength }).map((pieces) => pieces.join(''))
/** Texts that are not only white space. */
export const filled = (maxLength: number): fc.Arbitrary<string> =>
  text(maxLength).filter((some) => some.trim() !== '')
