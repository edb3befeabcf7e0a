import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig, variables as apiVariables } from '../../apps/api/src/env.ts'
import { readEnv, variables as webVariables } from '../../apps/web/server/env.ts'

interface Service {
  image: string
  build?: { target: string }
  environment: Record<string, string | number>
  read_only?: boolean
  cap_drop?: string[]
}

const { services } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
  services: Record<string, Service>
}
const targets = new Set(
  [...readFileSync('Dockerfile', 'utf8').matchAll(/^FROM .+ AS (\w+)$/gm)].map(([, name]) => name),
)

/** A service's environment if the shell sets nothing: `${NAME:-default}` becomes its default. */
function withoutShell(name: string): Record<string, string> {
  const environment = Object.entries(services[name]?.environment ?? {})
  return Object.fromEntries(
    environment.map(([key, value]) => [key, String(value).replaceAll(/\$\{\w+:-(.*?)\}/g, '$1')]),
  )
}

test('compose builds targets that the Dockerfile has, and locks down each image of ours', () => {
  const built = Object.values(services).filter((service) => service.build !== undefined)
  expect(built.map(({ build }) => build?.target)).toEqual(['web', 'api', 'simulator'])
  for (const { image, build, ...service } of built) {
    expect(targets).toContain(build?.target)
    expect(image).toBe(`slicechat-${build?.target ?? ''}`)
    expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  }
})

test('compose sets variables that web and API read, to values that they take beside what the images set', () => {
  const [web, api] = [withoutShell('web'), withoutShell('api')]
  expect(webVariables).toEqual(expect.arrayContaining(Object.keys(web)))
  expect(apiVariables).toEqual(expect.arrayContaining(Object.keys(api)))
  expect(readEnv({ HOST: '0.0.0.0', ...web }).API_URL).toBe('http://api:4000')
  expect(readConfig({ HOST: '0.0.0.0', ...api }).VLLM_URL).toBe('http://simulator:8000/v1')
})
