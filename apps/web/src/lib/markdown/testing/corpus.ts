/** Texts whose meaning changes while they come in. */
export const CORPUS: readonly string[] = [
  '# Title\n\nA paragraph with **bold** and\na second line.\n\nAnother\n===\nend',
  '- one\n- two\n  - deeper\n    - deepest\n- three\n\n- four, and all are loose\n\n  with a paragraph\n\nend',
  '1. first\n2. second\n\n   more of it\n3. third\n10) another list\n\n7. begins at seven',
  '- [ ] to do\n- [x] done\n\n* other sign\n+ third sign\n- - - nested\n***\n',
  '> quoted\nlazily continued\n> > deeper\nlazy, too\n\n> another\n>\n> - list in it\n> - two\nlazy item\n\n- > quote in an item\n  > goes on\nlazy',
  '| a | b |\n|---|:-:|\n| 1 | `x \\| y` |\n| 2 |\n| 3 | 4 | 5 |\nno bars\n\n> | c |\n> |---|\n> | 1 |\n\ntext\n| d | e |\n|---|---|\n| 1 | 2 |',
  '[a] and [b][c] and [d]\n\n[a]: https://a.example\n[c]: <https://c.example> "title"\n\n- in a list\n\n  [d]: https://d.example\n\n[a][] [A]',
  '```python\nprint("```")\n~~~\n``\n```\n\n~~~~ js\n~~~\n~~~~\n- ```\n  in item\n  ```\n\n      indented\n\n    code\n    \n    more\nend',
  'Area $\\pi r^2$, \\(x\\) for $5 or $6.\n\n$$\nx = 1\n- 2\n= 3\n$$\n\n\\[ a \\]\n\n$$ never\n- closed\n\n\\[\nx\n# y\n\n> $$\n> z\n> $$\nend',
  'a **bold *both* still** ~~gone~~ `co``de` [link](https://a.example "t") ![image](https://a.example/i.png) <https://b.example> www.c.example a@d.example',
  '**发展，**年 **「」**と 20~25°C，湿度40~60% 见https://a.example/x，好 （https://b.example）。',
  'Roses are red\nviolets are blue  \nhard\\\nbreak and a line that is long enough to have been wrapped at a column\nby its writer',
  '* * *\n- \n\n  a\n-\n  b\n1.\n\n    code after an empty item\n\\# no heading\n&amp; &#35; \\&amp;\nline\r\nother\rthird',
  '[![alt](https://a.example/i.png)](https://b.example) [a [b](https://c.example)](https://d.example) [x](<https://e.example/a b>) [y]( https://f.example/(a)(b) )',
  '[\na [link](https://a.example) and\nhttps://a.example/x](y) [see https://b.example/x] or http://[::1]/z end',
  'שלום **עולם** hello\n\n- مرحبا\n- two\n\n> اقتباس',
]
