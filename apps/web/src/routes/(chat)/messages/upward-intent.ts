import { on } from 'svelte/events'

/** Calls back when a wheel or a finger scrolls upwards, before the page has moved by a pixel. */
export function upwardIntent(node: HTMLElement, onUp: () => void): () => void {
  let finger: number | undefined
  const passive = { passive: true }
  const ends = [
    on(node, 'wheel', ({ deltaY }) => (deltaY < 0 ? onUp() : undefined), passive),
    on(node, 'touchstart', ({ touches }) => (finger = touches[0]?.clientY), passive),
    on(
      node,
      'touchmove',
      ({ touches }) => {
        const now = touches[0]?.clientY
        if (now !== undefined && finger !== undefined && now > finger) onUp()
        finger = now
      },
      passive,
    ),
  ]
  return () => ends.forEach((end) => end())
}
