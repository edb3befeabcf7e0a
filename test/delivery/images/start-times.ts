import { freePorts } from '../../stack/free-ports.ts'
import { Container } from './container.ts'
import { type Images, type ImageStore, RUNTIME_BASE } from './image-store.ts'

const ROUNDS = 5
/** The smallest HTTP server in Node, with whose start time all others are compared. */
const BARE = "require('http').createServer((_, answer) => answer.end()).listen(process.env.PORT, '127.0.0.1')"

/** How one program is started, and the addresses that answer with 200 when it is ready. */
interface Start {
  name: string
  image: string
  env: Record<string, string>
  args?: string[]
  ready: string[]
}

export const local = (port: number, path = ''): string => `http://127.0.0.1:${port}${path}`

/**
 * Measures the milliseconds from the start of each container's first process until it is ready, and those of a bare Node on the same
 * base. Each value is the median of five. The programs take turns, so that a slow phase of the machine slows all of them.
 */
export async function startTimes(store: ImageStore, images: Images): Promise<Record<string, number>> {
  const [sim = 0, api = 0, metrics = 0, web = 0, bare = 0] = await freePorts(5)
  const loopback = { HOST: '127.0.0.1' }
  const ports = { WEB_PORT: `${web}`, API_PORT: `${api}`, METRICS_PORT: `${metrics}`, SIM_PORT: `${sim}` }
  const starts: Start[] = [
    {
      name: 'bare Node',
      image: RUNTIME_BASE,
      env: { PORT: `${bare}` },
      args: ['-e', BARE],
      ready: [local(bare)],
    },
    {
      name: 'slicechat-simulator',
      image: images['slicechat-simulator'],
      env: { SIM_HOST: '127.0.0.1', SIM_PORT: `${sim}`, SIM_DCGM_PORT: 'off' },
      ready: [local(sim, '/health')],
    },
    {
      name: 'slicechat-api',
      image: images['slicechat-api'],
      env: { ...loopback, PORT: `${api}`, METRICS_PORT: `${metrics}`, VLLM_URL: local(sim, '/v1') },
      ready: [local(api, '/readyz')],
    },
    {
      name: 'slicechat-web',
      image: images['slicechat-web'],
      env: { ...loopback, PORT: `${web}`, API_URL: local(api) },
      ready: [local(web, '/healthz')],
    },
    {
      name: 'slicechat',
      image: images.slicechat,
      env: { ...loopback, SIM_DCGM_PORT: 'off', ...ports },
      ready: [local(web, '/healthz'), local(api, '/readyz')],
    },
  ]
  const times = new Map(starts.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, image: reference, env, args = [], ready } of starts) {
      await using container = await Container.start(store, reference, env, ...args)
      times.get(name)?.push(await container.untilReady(...ready))
    }
  const median = (values: number[]): number => values.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? NaN
  return Object.fromEntries([...times].map(([name, values]) => [name, Math.round(median(values))]))
}
