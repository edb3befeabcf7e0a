import { Fields } from '../completions/fields.ts'
import { readMessages } from '../completions/messages.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import { promptTokens } from '../tokens/template.ts'
import { tokenize } from '../tokens/tokenizer.ts'
import type { Exchange } from '../http/exchange.ts'
import { badRequest, unknownModel } from '../http/http-error.ts'

/** Serves `POST /tokenize`: tokenizes a `prompt`, or `messages` in the chat template. */
export function handleTokenize({ configuration }: SimulatorContext, exchange: Exchange, body: string): void {
  const fields = Fields.parse(body)
  const model = fields.text('model')
  const strings = fields.flag('return_token_strs')
  const chat = !fields.has('prompt')
  if (chat && fields.raw('messages') === undefined) fields.missing('prompt')
  const turns = chat ? readMessages(fields) : []
  const prompt = fields.text('prompt') ?? ''
  const addGenerationPrompt = fields.has('add_generation_prompt')
    ? fields.flag('add_generation_prompt')
    : true
  fields.check()
  if (model !== undefined && model !== configuration.servedModelName)
    throw unknownModel(model, configuration.servedModelName)
  if (chat && turns.length === 0)
    throw badRequest('Cannot apply chat template to an empty conversation. Provide at least one message.')
  const tokens = chat ? promptTokens(turns, addGenerationPrompt) : tokenize(prompt)
  exchange.json(200, {
    count: tokens.length,
    max_model_len: configuration.maxModelLen,
    tokens: tokens.map((token) => token.id),
    token_strs: strings ? tokens.map((token) => token.shown) : null,
  })
}
