import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createChatClient, type ChatClient } from '@slicechat/client'
import { parseExposition } from '@slicechat/metrics/reading'
import { expect, test } from 'vitest'
import { freePorts } from './stack/free-ports.ts'
import { startStackProcess } from './stack/stack-process.ts'

/** Generates an answer of 250 tokens. @returns the tokens per second that its reader got */
async function speedOf(client: ChatClient, content: string): Promise<number> {
  const { params, messages } = {
    params: { minTokens: 250, maxTokens: 250 },
    messages: [{ role: 'user' as const, content }],
  }
  for await (const event of client.generate({ messages, params }))
    if (event.type === 'finished') return event.timings.tokensPerSecond ?? 0
  return 0
}

/** The slice's current engine activity, from 0 to 1, as its DCGM exporter reports it. */
async function engineActivity(url: string): Promise<number> {
  const page = parseExposition(await (await fetch(url)).text())
  const slice = page
    .samples('DCGM_FI_PROF_GR_ENGINE_ACTIVE')
    .find(({ labels }) => labels['GPU_I_PROFILE'] === '2g.10gb')
  return slice?.value ?? 0
}

// The engine follows its own virtual time: a busy machine delays tokens, but does not make the slice slower.
test('npm start is a slice: 45 tokens/s for one user, over 1,000 for 32, and a GPU that is busy with them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slicechat-slice-'))
  const [web, dcgm, ...others] = (await freePorts(5)).map(String)
  const [api, metrics, simulator] = others
  const env = {
    WEB_PORT: web,
    SIM_DCGM_PORT: dcgm,
    API_PORT: api,
    METRICS_PORT: metrics,
    SIM_PORT: simulator,
  }
  await using stack = await startStackProcess(
    'scripts/start.ts',
    { ...(env as Record<string, string>), DATA_DIR: folder },
    /Ctrl-C stops everything/,
  )
  const client = createChatClient({ url: `http://127.0.0.1:${web ?? ''}/trpc` })
  const page = `http://127.0.0.1:${dcgm ?? ''}/metrics`

  try {
    const alone = await speedOf(client, 'Tell me about slices.')
    expect(alone).toBeGreaterThan(42)
    expect(alone).toBeLessThan(48)

    const done = new AbortController()
    const users = Promise.all(
      Array.from({ length: 32 }, (_, user) => speedOf(client, `Tell me about slice ${user}.`)),
    ).finally(() => done.abort())
    let busiest = 0
    while (!done.signal.aborted) {
      busiest = Math.max(busiest, await engineActivity(page))
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    const shared = (await users).reduce((sum, speed) => sum + speed, 0)
    expect(shared).toBeGreaterThan(1000)
    expect(shared).toBeLessThan(1500)
    expect(busiest).toBeGreaterThan(0.9)
  } finally {
    client.close()
    // SIGINT, so that all processes of the stack have ended before their folder is removed.
    await stack.end('SIGINT')
    await rm(folder, { recursive: true, force: true })
  }
})
