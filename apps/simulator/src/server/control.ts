import { z } from 'zod'
import { faultSchema } from '../faults/fault.ts'
import type { SimulatorContext } from '../simulator-context.ts'
import type { Exchange } from '../http/exchange.ts'

/** Serves `/sim/faults`: POST sets a fault, GET lists the faults that are set, DELETE clears all. */
export function handleFaults({ faults }: SimulatorContext, exchange: Exchange, body: string): void {
  if (exchange.method === 'DELETE') faults.clear()
  if (exchange.method === 'POST') {
    const fault = readFault(body)
    if (typeof fault === 'string') return exchange.json(400, { error: fault })
    faults.add(fault)
  }
  exchange.json(200, { faults: faults.list() })
}

function readFault(body: string) {
  let json: unknown
  try {
    json = JSON.parse(body)
  } catch {
    return 'the body is not JSON'
  }
  const parsed = faultSchema.safeParse(json)
  return parsed.success ? parsed.data : z.prettifyError(parsed.error)
}
