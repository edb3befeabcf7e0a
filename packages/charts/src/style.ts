/**
 * The charts' styles, to be put on a page once. Colours come from the page's `--chart-…` properties if it
 * sets them, and else follow its `color-scheme`. The palette is Okabe and Ito's, which colour-blind readers
 * can tell apart, lighter in dark mode; shapes and dashes differ too. On paper everything is black on white.
 */
export const CHART_STYLE = `
.chart { display: block; width: 100%; height: auto; overflow: visible; font: 11.5px system-ui, sans-serif;
  font-variant-numeric: tabular-nums;
  --ink: var(--chart-ink, light-dark(#23211d, #e9e7e2)); --soft: var(--chart-soft, light-dark(#5f5a51, #b0aca3));
  --hair: var(--chart-line, light-dark(#e4e0d8, #2c2f34)); --ground: var(--chart-ground, light-dark(#fff, #1f2125)); }
.chart text { fill: var(--soft); }
.chart .heading { fill: var(--ink); font-size: 13px; font-weight: 600; }
.chart .legend { font-size: 12px; paint-order: stroke; stroke: var(--ground); stroke-width: 3px; }
.chart .aside { font-size: 10.5px; }
.chart .value { fill: var(--ink); font-size: 12px; }
.chart .grid { stroke: var(--hair); }
.chart .axis { stroke: var(--soft); }
.chart .mark { stroke: var(--soft); stroke-dasharray: 1 3; }
.chart .shade { fill: var(--soft); opacity: .1; }
.chart .limit { stroke: var(--tone-bad); stroke-dasharray: 6 3; stroke-width: 1.2; }
.chart .limit-label { fill: var(--tone-bad); font-size: 11px; paint-order: stroke; stroke: var(--ground); stroke-width: 3px; }
.chart .line { fill: none; stroke: var(--tone); stroke-width: 1.7; stroke-linejoin: round; stroke-linecap: round; }
.chart .dashed { stroke-dasharray: 4 4; }
.chart .band { fill: var(--tone); opacity: .42; }
.chart .faint { opacity: .2; }
.chart .outlined { opacity: 1; fill-opacity: .09; stroke: var(--tone); stroke-opacity: .55; }
.chart .bar { fill: var(--tone); }
.chart .dot { fill: var(--tone); stroke: var(--ground); }
.chart .hover { fill: transparent; }
.chart .crosshair { stroke: var(--ink); stroke-width: 1; pointer-events: none; }
.chart, .chart-tip { --tone-bad: light-dark(#b3261e, #f28b82); }
.tone-0 { --tone: light-dark(#0072b2, #56a8e0); }
.tone-1 { --tone: light-dark(#c65102, #f0954b); }
.tone-2 { --tone: light-dark(#00805e, #3ec79d); }
.tone-3 { --tone: light-dark(#b98900, #f0c75e); }
.tone-4 { --tone: light-dark(#b3558c, #e29cc4); }
.tone-5 { --tone: light-dark(#6f4fb5, #b39ae8); }
.tone-6 { --tone: light-dark(#1b8fb8, #7fd0ee); }
.tone-7 { --tone: light-dark(#6b6b6b, #b5b5b5); }
.tone-bad { --tone: var(--tone-bad); }
.tone-soft { --tone: light-dark(#8b867c, #8d8a83); }
.chart-tip { position: fixed; z-index: 10; pointer-events: none; max-width: 20rem; padding: .45rem .6rem; border-radius: 8px;
  font: 12px/1.45 system-ui, sans-serif; font-variant-numeric: tabular-nums;
  color: var(--chart-ink, light-dark(#23211d, #e9e7e2)); background: var(--chart-ground, light-dark(#fff, #2a2d32));
  border: 1px solid var(--chart-line, light-dark(#cfc9bd, #43474e)); box-shadow: 0 4px 16px rgb(0 0 0 / 18%); }
.chart-tip b { display: block; font-weight: 600; }
.chart-tip i { font-style: normal; opacity: .75; display: block; margin-top: .2rem; }
.chart-tip span { display: flex; gap: .6rem; justify-content: space-between; }
.chart-tip span::before { content: ''; flex: none; align-self: center; width: .6rem; height: .6rem; border-radius: 2px; background: var(--tone); }
.chart-tip em { font-style: normal; flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
@media print {
  .chart { --ink: #000; --soft: #333; --hair: #ddd; --ground: #fff; }
  .chart .hover, .chart-tip { display: none; }
}
`
