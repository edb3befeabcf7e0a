// The files of deploy/tunnel: ssh from m1 to the GPU machine over a WAN, and a model server at the far end.
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Box } from './cluster/box.ts'
import { pauseProgram } from './cluster/programs.ts'
import { cutTunnel, openTunnel } from './cluster/tunnel.ts'
import { missingFor } from './requirements.ts'

/** URL at which the cluster asks the model server through the tunnel. */
const MODELS = 'http://10.0.24.31:30800/v1/models'
const CONFIGURATION = ['ssh', '-F', '/run/slicechat-tunnel/ssh_config', '-o', 'ClearAllForwardings=yes']

describe.skipIf(missingFor('tunnel').length > 0)('the tunnel to the GPU machine', () => {
  let box: Box

  beforeAll(async () => {
    box = await Box.open(pauseProgram())
    await openTunnel(box)
  })
  afterAll(() => box[Symbol.asyncDispose]())

  /** Runs lines of JavaScript in the network of the cluster's node. */
  const atNode = (lines: string): ReturnType<Box['run']> =>
    box.run('node', [process.execPath, '--input-type=module', '-e', lines])

  const models = async (): Promise<string> =>
    (await atNode(`console.log(await (await fetch('${MODELS}')).text())`)).stdout

  test('leads to the model server', async () => {
    await expect.poll(models).toContain('sim/qwen2.5-3b')
  })

  test('is there again by itself when ssh dies in the middle of an answer, which breaks off', async () => {
    const body = {
      model: 'sim/qwen2.5-3b',
      stream: true,
      messages: [{ role: 'user', content: 'All. [[tokens=3000]]' }],
    }
    const reading = `
      const url = 'http://10.0.24.31:30800/v1/chat/completions'
      const headers = { 'content-type': 'application/json' }
      const response = await fetch(url, { method: 'POST', headers, body: '${JSON.stringify(body)}' })
      let chunks = 0
      try {
        for await (const _ of response.body) if (++chunks === 20) console.log('streaming')
        console.log('whole')
      } catch { console.log('broken off') }`
    const reader = box.spawn('node', [process.execPath, '--input-type=module', '-e', reading])
    const said: string[] = []
    for await (const line of createInterface({ input: reader.stdout })) {
      said.push(line)
      if (line === 'streaming') await cutTunnel(box)
    }
    expect(said).toEqual(['streaming', 'broken off'])
    expect(await models()).toBe('')
    await expect.poll(models).toContain('sim/qwen2.5-3b')
  })

  test.each([22, 15128])('leads to no other port of the GPU machine: %i', async (port) => {
    const { code, stderr } = await box.run('m1', [...CONFIGURATION, '-W', `127.0.0.1:${port}`, 'gpu'])
    expect(code).not.toBe(0)
    expect(stderr).toContain('administratively prohibited')
  })

  test('runs no command there', async () => {
    const { stdout } = await box.run('m1', [...CONFIGURATION, 'gpu', 'echo', 'out'])
    expect(stdout).not.toContain('out')
  })
})
