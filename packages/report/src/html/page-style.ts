/**
 * The styles of the report's page; the charts bring their own. Black on white on paper, whatever the screen uses.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark;
  --paper: light-dark(#fbfaf8, #16171a); --raised: light-dark(#fff, #1f2125); --sunken: light-dark(#f3f1ec, #111214);
  --line: light-dark(#e4e0d8, #2c2f34); --ink: light-dark(#23211d, #e9e7e2); --soft: light-dark(#5f5a51, #b0aca3);
  --accent: light-dark(#2b6a59, #7cc4ab); --bad: light-dark(#a32f24, #f1988c); --bad-soft: light-dark(#fae6e2, #3a1f1c);
  --mark: light-dark(#7d500e, #e3bd73); --mark-soft: light-dark(#f8eccf, #352b17); --good-soft: light-dark(#e3efe9, #1d3029);
  --chart-ink: var(--ink); --chart-soft: var(--soft); --chart-line: var(--line); --chart-ground: var(--raised);
  --mono: ui-monospace, 'SF Mono', 'Cascadia Code', Menlo, Consolas, monospace; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); -webkit-text-size-adjust: 100%;
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', sans-serif; }
main { max-width: 66rem; margin: 0 auto; padding: 3rem 1.5rem 5rem; }
header { margin-bottom: 2.25rem; }
.several { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 2.25rem; }
.several .verdict { font-size: 1.2rem; }
h1 { font-size: 1.05rem; font-weight: 600; margin: 0; color: var(--soft); overflow-wrap: anywhere; }
h2 { font-size: 1.3rem; line-height: 1.3; font-weight: 600; margin: 3.25rem 0 .35rem; letter-spacing: -.01em; }
h3 { font-size: 1rem; font-weight: 600; margin: 1.75rem 0 .4rem; overflow-wrap: anywhere; }
p { margin: .35rem 0 .9rem; max-width: 46rem; overflow-wrap: anywhere; }
.meta, .note { color: var(--soft); font-size: .9rem; }
.meta { margin: .25rem 0 0; }
.verdict { font-size: clamp(1.3rem, 1rem + 1.6vw, 1.85rem); line-height: 1.3; font-weight: 600; letter-spacing: -.015em; margin: 1.1rem 0 .8rem; max-width: 44rem; text-wrap: pretty; }
.reasons { margin: 0; padding-left: 1.15rem; max-width: 46rem; }
.reasons li { margin: .3rem 0; overflow-wrap: anywhere; }
.badges { display: flex; flex-wrap: wrap; gap: .4rem; margin: .9rem 0 0; padding: 0; list-style: none; }
.badge { font-size: .8rem; font-weight: 600; padding: .15rem .65rem; border-radius: 99px; border: 1px solid transparent; overflow-wrap: anywhere; }
.badge.mark { color: var(--mark); background: var(--mark-soft); }
.badge.bad { color: var(--bad); background: var(--bad-soft); }
.badge.good { color: var(--accent); background: var(--good-soft); }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem; margin: 1rem 0; padding: 0; }
.tile { background: var(--raised); border: 1px solid var(--line); border-radius: 14px; padding: .8rem 1rem .75rem; }
.tile dt { color: var(--soft); font-size: .82rem; }
.tile dd { margin: .1rem 0 0; font-size: 1.5rem; line-height: 1.25; font-weight: 600; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tile dd.note { font-size: .8rem; line-height: 1.4; font-weight: 400; letter-spacing: 0; margin-top: .2rem; }
.tile.bad dd:not(.note), td.bad, .bad-text { color: var(--bad); }
.card { background: var(--raised); border: 1px solid var(--line); border-radius: 14px; padding: 1.1rem 1.2rem; margin: .9rem 0; }
.narrow { display: none; }
.scroll { overflow-x: auto; margin: .9rem 0; background: var(--raised); border: 1px solid var(--line); border-radius: 14px; }
.scroll.plain { border: 0; margin: .6rem 0 0; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
th, td { padding: .5rem .9rem; text-align: left; vertical-align: top; border-top: 1px solid var(--line); }
tbody:first-child tr:first-child > * { border-top: 0; }
td code, th code { overflow-wrap: normal; }
td { overflow-wrap: anywhere; }
td ul { margin: .1rem 0; padding-left: 1.1rem; }
.definitions th { width: 16rem; }
.ledger .text { min-width: 20rem; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; font-size: .82rem; vertical-align: bottom; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
.compared { border-collapse: separate; border-spacing: 0; }
.compared .number { min-width: 8.5rem; max-width: 8.5rem; white-space: normal; }
.compared thead th { overflow-wrap: anywhere; }
.compared th:first-child { position: sticky; left: 0; background: var(--raised); }
.text { min-width: 13rem; color: var(--soft); }
tr.flagged > * { background: var(--bad-soft); }
tr.flagged th { box-shadow: inset 4px 0 var(--bad); }
tr.group th { padding-top: 1rem; color: var(--soft); font-size: .82rem; }
code, pre { font: .86em/1.5 var(--mono); overflow-wrap: anywhere; }
pre { background: var(--sunken); border: 1px solid var(--line); border-radius: 10px; padding: .8rem 1rem; white-space: pre-wrap; margin: .6rem 0; }
summary { cursor: pointer; color: var(--soft); }
.alarm { background: var(--bad-soft); border: 1px solid var(--bad); border-radius: 14px; padding: .9rem 1.15rem; margin: 1rem 0; }
.alarm p:last-child { margin-bottom: 0; }
footer { margin-top: 4rem; color: var(--soft); font-size: .85rem; }
@media screen and (max-width: 46rem) {
  main { padding: 1.5rem 1rem 3rem; }
  .card { padding: .8rem .75rem; }
  .wide { display: none; }
  .narrow { display: block; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: .5rem; }
  .tile { padding: .65rem .8rem; }
  .tile dd { font-size: 1.2rem; }
  th, td { padding: .45rem .65rem; }
  .definitions th { width: 8.5rem; }
  .stack tr { display: flex; flex-wrap: wrap; border-top: 1px solid var(--line); }
  .stack tr > * { flex: 1 1 0; min-width: 0; border: 0; padding-inline: .65rem; }
  .stack tr > :first-child { flex: 1 0 100%; padding-bottom: 0; }
  .stack thead :first-child:empty { display: none; }
  .stack thead .number { white-space: normal; }
  .stack tbody .text { flex: 1 0 100%; min-width: 0; padding-top: 0; }
  .stack thead .text { display: none; }
  .stack th code { overflow-wrap: anywhere; }
}
@media print {
  :root { color-scheme: light; --paper: #fff; --raised: #fff; --sunken: #fff; --ink: #000; --soft: #333; --line: #bbb; }
  body { font-size: 10.5pt; }
  main { max-width: none; padding: 0; }
  .card, .tile, .alarm, tr, h2, h3, p { break-inside: avoid; }
  h2, h3, thead, h2 + p, h3 + p { break-after: avoid; }
  details:not([open]), .screen { display: none; }
  .scroll { overflow: visible; }
  table { font-size: 9pt; }
  th, td { padding: .25rem .5rem; }
  .compared .number { min-width: 0; }
  .compared .note { font-size: 8pt; }
  .text, .ledger .text { min-width: 0; }
}
`
