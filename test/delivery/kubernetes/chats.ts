// `node chats.ts URL COUNT TOKENS`: COUNT people ask at once, each for an answer of TOKENS tokens. Prints `begun` when all
// answers have begun, and one line of JSON for the end of each: the number of characters, and the last event or error.
import { createChatClient, toChatError } from '@slicechat/client'

const [url = '', count = '', tokens = ''] = process.argv.slice(2)
let waiting = Number(count)

async function ask(): Promise<object> {
  const client = createChatClient({ url })
  let characters = 0
  try {
    let end: object = { type: 'none' }
    for await (const event of client.generate({
      messages: [{ role: 'user', content: `All of it. [[tokens=${tokens}]]` }],
    })) {
      if (event.type === 'delta') {
        if (characters === 0 && --waiting === 0) console.log('begun')
        characters += event.text.length
      }
      if (event.type === 'finished')
        end = {
          type: event.type,
          reason: event.reason,
          tokens: event.usage?.completionTokens,
          code: event.error?.code,
        }
    }
    return { ...end, characters }
  } catch (error) {
    return { type: 'failed', code: toChatError(error).code, characters }
  } finally {
    client.close()
  }
}

const people = Array.from({ length: Number(count) }, ask)
for (const end of people) console.log(JSON.stringify(await end))
