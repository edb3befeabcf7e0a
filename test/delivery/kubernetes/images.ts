// Builds images of this checkout and pushes them to a registry in the cluster's network.
import { chmodSync, globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bundleProgram } from '../../../scripts/bundle/bundle.ts'
import { programs } from '../../../scripts/bundle/programs.ts'
import { buildWeb } from '../../../scripts/web-build.ts'
import { type ControlPlane, NODE_ADDRESS } from '../cluster/control-plane.ts'

export type ImageName = 'web' | 'api' | 'simulator' | 'loadgen'

const repository = join(import.meta.dirname, '../../..')
/** The registry that the manifests call `registry.example`: see ../cluster/config/containerd.toml. */
export const REGISTRY = `${NODE_ADDRESS}:5000`
const BASE = 'localhost/slicechat/runtime-base'

/** The Dockerfile with finished bundles instead of its build stage. The part `images` tests that stage. */
function dockerfile(): string {
  const whole = readFileSync(join(repository, 'Dockerfile'), 'utf8')
  const replaced = whole.replace(
    /^FROM \$\{BUILD_BASE\} AS build$[^]*?(?=^FROM \$\{RUNTIME_BASE\} AS runtime$)/m,
    'FROM scratch AS build\nCOPY . /out/\n\n',
  )
  if (replaced === whole) throw new Error('The Dockerfile has no stage `build` before `runtime`.')
  return replaced
}

/** Makes everything in a folder readable by all, as the build stage does. */
function openToAll(folder: string): void {
  for (const name of globSync('**/*', { cwd: folder })) {
    const path = join(folder, name)
    chmodSync(path, statSync(path).isDirectory() ? 0o755 : 0o644)
  }
}

export class Images {
  readonly #cluster: ControlPlane
  readonly #folder: string

  private constructor(cluster: ControlPlane) {
    this.#cluster = cluster
    this.#folder = join(cluster.box.rig, 'images')
  }

  /** Starts the registry and makes the bundles and the base of the images. */
  static async prepare(cluster: ControlPlane): Promise<Images> {
    const images = new Images(cluster)
    images.#writeStorage()
    await images.#startRegistry()
    buildWeb()
    for (const name of ['web', 'api', 'simulator', 'loadgen'] as const)
      await bundleProgram(programs[name], images.#at(`context/app/${name}`))
    mkdirSync(images.#at('context/data'))
    openToAll(images.#at('context'))
    writeFileSync(images.#at('Dockerfile'), dockerfile())
    await images.#run([`deploy/image/base`, 'runtime'])
    return images
  }

  #at(name: string): string {
    return join(this.#folder, name)
  }

  #writeStorage(): void {
    mkdirSync(this.#at('tmp'), { recursive: true })
    const [graph, run] = [this.#at('graph'), this.#at('run')]
    const storage = `driver = "overlay"\ngraphroot = "${graph}"\nrunroot = "${run}"`
    writeFileSync(this.#at('storage.conf'), `[storage]\n${storage}\n`)
  }

  async #startRegistry(): Promise<void> {
    const config = {
      version: '0.1',
      storage: { filesystem: { rootdirectory: this.#at('registry') } },
      http: { addr: REGISTRY },
      log: { level: 'warn' },
    }
    writeFileSync(this.#at('registry.yml'), JSON.stringify(config))
    this.#cluster.startPart('registry', ['docker-registry', 'serve', this.#at('registry.yml')])
    await this.#cluster.until(
      'the registry answers',
      async () => (await this.#cluster.box.get('node', `http://${REGISTRY}/v2/`)) === 200,
    )
  }

  /** Runs a program in the box, in the folder of the repository. @throws with its last ten lines if it fails */
  async #run(command: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const { code, stdout, stderr } = await this.#cluster.box.run(
      'node',
      ['env', `--chdir=${repository}`, ...command],
      { env: { CONTAINERS_STORAGE_CONF: this.#at('storage.conf'), TMPDIR: this.#at('tmp'), ...env } },
    )
    if (code === 0) return
    const said = `${stdout}${stderr}`.trim().split('\n').slice(-10).join('\n')
    throw new Error(`${command.slice(0, 2).join(' ')} … failed:\n${said}`)
  }

  /**
   * Builds a target of the Dockerfile and pushes it.
   * @param change instructions after its own, for an image that differs from ours
   * @returns what manifests call it, `registry.example/bootcamp/slicechat-NAME@sha256:…`
   */
  async push(name: ImageName, change = ''): Promise<string> {
    const dockerfile = readFileSync(this.#at('Dockerfile'), 'utf8')
    return this.#push(`slicechat-${name}`, this.#at('context'), `${dockerfile}\nFROM ${name}\n${change}\n`)
  }

  /**
   * Builds an image of another program and pushes it.
   * @param fill copies its files to the folder that it is given, and returns a Dockerfile that uses them
   */
  async pushFrom(name: string, fill: (context: string, base: string) => string): Promise<string> {
    const context = this.#at(`${name}.context`)
    mkdirSync(context, { recursive: true })
    return this.#push(name, context, fill(context, BASE))
  }

  /**
   * Makes both bases of the Dockerfile and pushes them.
   * @param env variables with which npm reaches its registry
   * @returns the references under which a pod of this cluster pulls them
   */
  async pushBases(env: NodeJS.ProcessEnv): Promise<Record<'RUNTIME_BASE' | 'BUILD_BASE', string>> {
    await this.#run(['deploy/image/base'], env)
    const push = async (name: string): Promise<string> => {
      const image = `${REGISTRY}/lib/${name}`
      await this.#run([
        'buildah',
        'push',
        '--tls-verify=false',
        `localhost/slicechat/${name}`,
        `docker://${image}`,
      ])
      return image
    }
    return { RUNTIME_BASE: await push('runtime-base'), BUILD_BASE: await push('build-base') }
  }

  async #push(name: string, context: string, dockerfile: string): Promise<string> {
    const image = `localhost/${name}`
    const file = this.#at(`${name}.Dockerfile`)
    writeFileSync(file, dockerfile)
    const build = ['buildah', 'build', '--isolation=chroot', '--format=docker', '--timestamp=0', '--quiet']
    const options = [`--build-arg=RUNTIME_BASE=${BASE}`, `--file=${file}`, `--tag=${image}`]
    await this.#run([...build, ...options, context])
    const digest = this.#at('digest')
    const push = ['buildah', 'push', '--tls-verify=false', `--digestfile=${digest}`]
    await this.#run([...push, image, `docker://${REGISTRY}/bootcamp/${name}:rehearsal`])
    return `registry.example/bootcamp/${name}@${readFileSync(digest, 'utf8').trim()}`
  }
}
