import { CHART_STYLE, hoverCharts } from '@slicechat/charts'
import { PAGE_STYLE } from './page-style.ts'
import { html, Markup } from './template.ts'

/** A whole page that makes no network request; its policy allows only the one script with its nonce. */
export function htmlDocument(title: string, body: Markup): string {
  const nonce = freshNonce()
  const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-${nonce}'; base-uri 'none'; form-action 'none'`
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <style>
          ${new Markup(PAGE_STYLE + CHART_STYLE)}
        </style>
      </head>
      <body>
        ${body}
        <script nonce="${nonce}">
          ;(${new Markup(String(hoverCharts))})(document)
        </script>
      </body>
    </html> `
  return page.html
}

/** Random, so that a script which slipped in would not run. `crypto.randomUUID` does not exist on plain HTTP. */
function freshNonce(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('')
}
