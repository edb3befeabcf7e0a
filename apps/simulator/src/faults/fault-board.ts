import { faultSchema, type Fault, type Outage, type RequestFault } from './fault.ts'

interface ArmedFault {
  readonly fault: RequestFault
  remaining: number
}

const isOutage = (fault: Fault): fault is Outage =>
  fault.kind === 'engine-dead' || fault.kind === 'tunnel-down'

/** Holds the faults that are set. Requests take them from here. */
export class FaultBoard {
  #armed: ArmedFault[] = []
  readonly #outages = new Map<Outage['kind'], Outage>()
  readonly #watchers: ((outage: Outage['kind']) => void)[] = []

  /** Sets a fault. @throws {ZodError} if it is invalid */
  add(fault: Fault): Fault {
    const parsed = faultSchema.parse(fault)
    if (isOutage(parsed)) {
      this.#outages.set(parsed.kind, parsed)
      for (const watcher of this.#watchers) watcher(parsed.kind)
    } else this.#armed.push({ fault: parsed, remaining: parsed.times ?? Infinity })
    return parsed
  }

  clear(): void {
    this.#armed = []
    this.#outages.clear()
  }

  /** The faults that are set, each with the remaining `times`. */
  list(): Fault[] {
    const armed = this.#armed.map(({ fault, remaining }) =>
      remaining === Infinity ? fault : { ...fault, times: remaining },
    )
    return [...armed, ...this.#outages.values()]
  }

  has(outage: Outage['kind']): boolean {
    return this.#outages.has(outage)
  }

  /** Registers a function that is called when an outage begins. */
  onOutage(watcher: (outage: Outage['kind']) => void): void {
    this.#watchers.push(watcher)
  }

  /** Takes the first fault that matches a chat with this last user message, and counts it as used. */
  take(message: string): RequestFault | undefined {
    const at = this.#armed.findIndex(
      ({ fault }) => fault.match === undefined || message.includes(fault.match),
    )
    const armed = this.#armed[at]
    if (armed === undefined) return undefined
    armed.remaining--
    if (armed.remaining === 0) this.#armed.splice(at, 1)
    return armed.fault
  }
}
