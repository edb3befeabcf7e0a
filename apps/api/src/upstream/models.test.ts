import { expect, test } from 'vitest'
import { ask, readAll } from '../testing/reading.ts'
import { delta, events, startScripted } from '../testing/scripted-upstream.ts'
import { startStack } from '../testing/stack.ts'

const json = (data: unknown): [number, string] => [200, JSON.stringify({ object: 'list', data })]
const card = (id: unknown, max_model_len?: number): object => ({ id, object: 'model', max_model_len })

/**
 * A name, the response of `/v1/models`, the configured model, and the models that can be asked (`*` marks the
 * default).
 */
const servers: [string, [number, string], string | undefined, string[] | 'UPSTREAM_REJECTED'][] = [
  ['two models', json([card('a'), card('b')]), undefined, ['a*', 'b']],
  ['two models, the second configured', json([card('a'), card('b')]), 'b', ['a', 'b*']],
  ['a model that is configured and not listed', json([card('a')]), 'alias', ['alias*', 'a']],
  ['an id twice', json([card('a'), card('b'), card('a', 4096)]), undefined, ['a* 4096', 'b']],
  [
    'no id, an empty one, a blank one, a number',
    json([{}, card(''), card(' '), card(7), card('a')]),
    undefined,
    ['a*'],
  ],
  ['no model', json([]), undefined, []],
  ['no model, one configured', json([]), 'm', ['m*']],
  ['no model, as Ollama says it', json(null), undefined, []],
  ['a bare list', [200, JSON.stringify([card('a'), card('b')])], undefined, ['a*', 'b']],
  ['no list', [200, '{}'], undefined, 'UPSTREAM_REJECTED'],
  ['null', [200, 'null'], 'm', ['m*']],
  ['a login page', [200, '<html>Login</html>'], 'm', ['m*']],
  ['HTTP 400', [400, '{"error":"no"}'], undefined, 'UPSTREAM_REJECTED'],
  ['HTTP 400, one configured', [400, '{"error":"no"}'], 'm', ['m*']],
  ['HTTP 404, one configured', [404, 'Not Found'], 'm', ['m*']],
  ['HTTP 405, one configured', [405, ''], 'm', ['m*']],
  ['HTTP 500, one configured', [500, ''], 'm', ['m*']],
]

test.each(servers)('/v1/models with %s', async (_, [status, body], model, expected) => {
  await using upstream = await startScripted(
    (response) => events(response, delta('Hello', 'stop'), '[DONE]'),
    (response) =>
      response
        .writeHead(status, { 'content-type': body.startsWith('<') ? 'text/html' : 'application/json' })
        .end(body),
  )
  await using stack = await startStack({
    upstreamUrl: upstream.url,
    env: model === undefined ? {} : { MODEL: model },
  })
  const client = stack.client()
  const listed = client.api.models.list.query()
  if (typeof expected === 'string') await expect(listed).rejects.toMatchObject({ data: { code: expected } })
  else {
    const shown = (await listed).map(
      ({ id, maxModelLen, ...more }) =>
        `${id}${more.default ? '*' : ''}${maxModelLen === null ? '' : ` ${maxModelLen}`}`,
    )
    expect(shown).toEqual(expected)
  }
  const { upstream: state } = await client.api.system.status.query()
  expect(state.reachable).toBe(true)
  if (model !== undefined && status < 500) expect(state.lastError).toBeUndefined()

  const { finished } = await readAll(client.generate(ask('x')))
  const standard = model ?? (Array.isArray(expected) ? expected[0]?.split('*')[0] : undefined)
  if (standard === undefined) expect(finished.reason).toBe('error')
  else expect([finished.reason, upstream.requests[0]?.body['model']]).toEqual(['stop', standard])
})

test('a configured model is the list while the model server is away, and the server is said to be', async () => {
  await using stack = await startStack({ upstreamUrl: 'http://127.0.0.1:9/v1', env: { MODEL: 'm' } })
  const { api } = stack.client()
  expect(await api.models.list.query()).toEqual([
    { id: 'm', maxModelLen: null, default: true, simulated: false },
  ])
  expect((await api.system.status.query()).upstream).toMatchObject({ reachable: false })
})
