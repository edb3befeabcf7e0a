/**
 * Gives the charts below `root` a crosshair that shows the values under it, by pointer, touch and arrow keys.
 * All data comes from the charts themselves. The function has no imports, since reports carry its source.
 * @returns a function that removes it again
 */
export function hoverCharts(root: ParentNode & EventTarget): () => void {
  const svgSpace = 'http://www.w3.org/2000/svg'
  let tip: HTMLElement | null = null
  let line: SVGLineElement | null = null
  let shown: { chart: SVGSVGElement; at: number } | null = null

  const hide = () => {
    tip?.remove()
    line?.remove()
    tip = line = shown = null
  }

  const row = (tone: string, label: string, value: string) => {
    const element = document.createElement('span')
    const name = document.createElement('em')
    element.className = tone
    name.textContent = label
    element.append(name, value)
    return element
  }

  const show = (chart: SVGSVGElement, target: SVGRectElement, at: number) => {
    const stop = Number((target.dataset['stops'] ?? '').split(' ')[at])
    const matrix = chart.getScreenCTM()
    if (!matrix || Number.isNaN(stop)) return
    hide()
    shown = { chart, at }
    const top = target.y.baseVal.value
    line = document.createElementNS(svgSpace, 'line')
    line.setAttribute('class', 'crosshair')
    for (const [name, value] of Object.entries({
      x1: stop,
      x2: stop,
      y1: top,
      y2: top + target.height.baseVal.value,
    }))
      line.setAttribute(name, String(value))
    chart.insertBefore(line, target)
    tip = document.createElement('div')
    tip.className = 'chart-tip'
    const head = document.createElement('b')
    head.textContent = (target.dataset['texts'] ?? '').split('|')[at] ?? ''
    tip.append(head)
    const panels = [...chart.querySelectorAll<SVGGElement>('.panel')]
    for (const panel of panels) {
      const rows = [...panel.querySelectorAll<SVGGElement>('.series[data-texts]')].map((series) => {
        const tone = [...series.classList].find((name) => name.startsWith('tone-')) ?? ''
        const value = (series.dataset['texts'] ?? '').split('|')[at]
        return row(tone, series.dataset['label'] ?? '', value === undefined || value === '' ? '–' : value)
      })
      if (panels.length > 1 && rows.length > 0) {
        const title = document.createElement('i')
        title.textContent = panel.dataset['title'] ?? ''
        tip.append(title)
      }
      tip.append(...rows)
    }
    document.body.append(tip)
    const x = matrix.a * stop + matrix.e
    const y = matrix.d * top + matrix.f
    const { offsetWidth: width, offsetHeight: height } = tip
    const beside = x + 14 + width > innerWidth ? x - 14 - width : x + 14
    tip.style.left = `${Math.max(4, beside)}px`
    tip.style.top = `${Math.max(4, Math.min(y, innerHeight - height - 4))}px`
  }

  const nearest = (target: SVGRectElement, x: number) => {
    const stops = (target.dataset['stops'] ?? '').split(' ').map(Number)
    return stops.reduce(
      (best, stop, at) => (Math.abs(stop - x) < Math.abs((stops[best] ?? 0) - x) ? at : best),
      0,
    )
  }

  const chartOf = (event: Event) =>
    event.target instanceof Element ? event.target.closest<SVGSVGElement>('svg.chart') : null

  const onMove = (event: Event) => {
    const chart = chartOf(event)
    const target = chart?.querySelector<SVGRectElement>('.hover')
    const matrix = chart?.getScreenCTM()
    if (!chart || !target || !matrix || !(event instanceof PointerEvent)) return hide()
    const x = (event.clientX - matrix.e) / matrix.a
    const at = nearest(target, x)
    if (shown?.chart !== chart || shown.at !== at) show(chart, target, at)
  }

  const onKey = (event: Event) => {
    const chart = chartOf(event)
    const target = chart?.querySelector<SVGRectElement>('.hover')
    if (!chart || !target || !(event instanceof KeyboardEvent)) return
    if (event.key === 'Escape') return hide()
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
    if (step === 0) return
    event.preventDefault()
    const last = (target.dataset['stops'] ?? '').split(' ').length - 1
    const from = shown?.chart === chart ? shown.at : step > 0 ? -1 : last + 1
    show(chart, target, Math.min(Math.max(from + step, 0), last))
  }

  for (const chart of root.querySelectorAll('svg.chart'))
    if (chart.querySelector('.hover')) chart.setAttribute('tabindex', '0')
  const handlers: [string, (event: Event) => void][] = [
    ['pointermove', onMove],
    ['pointerdown', onMove],
    ['pointerleave', hide],
    ['keydown', onKey],
    ['focusout', hide],
  ]
  for (const [name, handler] of handlers) root.addEventListener(name, handler)
  // Capturing, since a chart may be in a part of the page that scrolls.
  addEventListener('scroll', hide, { passive: true, capture: true })
  return () => {
    hide()
    for (const [name, handler] of handlers) root.removeEventListener(name, handler)
    removeEventListener('scroll', hide, { capture: true })
  }
}
