/**
 * Puts a text on the clipboard, during a click. Browsers offer `navigator.clipboard` in secure contexts only, and may
 * refuse it there too; the fallback copies a selection, which every page may do.
 * @returns whether the text is on the clipboard
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    // eslint-disable-next-line no-restricted-properties -- the one place that does without it
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return copySelected(text)
  }
}

/** Copies the text through a temporary field, and restores focus and selection. */
function copySelected(text: string): boolean {
  const focused = document.activeElement
  const selection = getSelection()
  const ranges = Array.from({ length: selection?.rangeCount ?? 0 }, (_, index) =>
    selection?.getRangeAt(index),
  )
  const field = document.createElement('textarea')
  field.value = text
  // Keeps a phone's keyboard closed and the page from scrolling.
  field.readOnly = true
  field.style.position = 'fixed'
  field.style.inset = '0 auto auto 0'
  field.style.opacity = '0'
  document.body.append(field)
  try {
    field.focus({ preventScroll: true })
    field.select()
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- nothing newer works without TLS
    return document.execCommand('copy')
  } catch {
    return false
  } finally {
    field.remove()
    if (focused instanceof HTMLElement) focused.focus({ preventScroll: true })
    if (ranges.length > 0) selection?.removeAllRanges()
    for (const range of ranges) if (range) selection?.addRange(range)
  }
}
