import { copyText } from '../clipboard.ts'
import * as texts from '../texts/shared.ts'

const BACK_AFTER_MS = 1_500

async function copy(button: HTMLElement): Promise<void> {
  const code = button.closest('.code')?.querySelector('code')?.textContent ?? ''
  button.textContent = (await copyText(code.replace(/\n$/, ''))) ? texts.copied : texts.copyNotAllowed
  setTimeout(() => (button.textContent = texts.copy), BACK_AFTER_MS)
}

/** Attachment: serves the copy buttons of all code blocks inside a node. */
export function copyButtons(node: HTMLElement): () => void {
  const onClick = (event: MouseEvent) => {
    const button = event.target instanceof Element ? event.target.closest('[data-copy]') : null
    if (button instanceof HTMLElement) void copy(button)
  }
  node.addEventListener('click', onClick)
  return () => node.removeEventListener('click', onClick)
}
