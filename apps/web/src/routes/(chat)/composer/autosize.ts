import type { Attachment } from 'svelte/attachments'

/** Attachment: makes a textarea as high as its text, up to its `max-height`. */
export function autosize(text: () => string): Attachment<HTMLTextAreaElement> {
  return (node) => {
    text()
    node.style.height = 'auto'
    node.style.height = `${node.scrollHeight}px`
    node.style.overflowY = node.scrollHeight > node.clientHeight + 1 ? 'auto' : 'hidden'
  }
}
