import { expect, test } from 'vitest'
import { createChatClient } from './chat-client.ts'

test.each(['', 'nonsense', 'localhost:3000', 'ws://localhost:3000'])(
  'an address that is none is named: %j',
  (url) => {
    expect(() => createChatClient({ url })).toThrow(
      `url: ${JSON.stringify(url)} is no address such as http://localhost:3000.`,
    )
  },
)
