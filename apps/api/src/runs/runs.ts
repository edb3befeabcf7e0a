import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import type { Page, RunSummary } from '@slicechat/contract'
import type { Run } from '@slicechat/run'
import type { z } from 'zod'
import { CodedError } from '../errors.ts'
import type { list } from '../input.ts'
import type { RunStore } from '../store/runs.ts'
import { toSummary } from './verdict.ts'

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** Loads the analysis with the first upload: at startup it would take a fifth of the API's time to become ready. */
const loadIntake = () => Promise.all([import('./histogram-check.ts'), import('./summary.ts')])

/** The load test runs that one owner uploaded. Each is stored whole, compressed, next to its summary for the list. */
export class Runs {
  readonly #owner: string
  readonly #store: RunStore

  constructor(owner: string, store: RunStore) {
    this.#owner = owner
    this.#store = store
  }

  /** Lists runs, newest first; `query` searches names. */
  async list(call: z.infer<typeof list>): Promise<Page<RunSummary>> {
    const { items, nextCursor } = await this.#store.list(this.#owner, call)
    return { items: items.map(toSummary), nextCursor }
  }

  /**
   * Stores a run. Storing the same run again changes nothing; a stored run is never overwritten by another one.
   * @returns `added`: whether the run is new
   * @throws {CodedError} BAD_INPUT
   */
  async upload(run: Run): Promise<{ id: string; added: boolean }> {
    const [{ checkHistograms }, { summaryOf }] = await loadIntake()
    await checkHistograms(run)
    const text = JSON.stringify(run)
    const digest = createHash('sha256').update(text).digest('hex')
    const added = await this.#store.add(this.#owner, summaryOf(run), digest, await pack(text))
    if (!added && (await this.#store.digest(this.#owner, run.id)) !== digest)
      throw new CodedError(
        'BAD_INPUT',
        'run.id: another run with this id is stored; remove that one first, or compare under a new id.',
        { field: 'run.id' },
      )
    return { id: run.id, added }
  }

  /** @throws {CodedError} NOT_FOUND */
  async get(id: string): Promise<Run> {
    return JSON.parse(String(await unpack(await this.#store.content(this.#owner, id)))) as Run
  }

  /** @throws {CodedError} NOT_FOUND */
  remove(id: string): Promise<void> {
    return this.#store.remove(this.#owner, id)
  }
}
