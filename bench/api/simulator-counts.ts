import { parseExposition } from '@slicechat/metrics/reading'

/** Tokens that the simulator has produced so far. */
export const tokensProduced = (url: string): Promise<number> => sample(url, 'vllm:generation_tokens_total')

export const runningStreams = (url: string): Promise<number> => sample(url, 'vllm:num_requests_running')

async function sample(url: string, name: string): Promise<number> {
  const page = parseExposition(await (await fetch(`${url}/metrics`)).text())
  const value = page.samples(name)[0]?.value
  if (value === undefined) throw new Error(`${url}/metrics has no ${name}`)
  return value
}
