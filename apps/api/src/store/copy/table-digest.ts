import { createHash } from 'node:crypto'
import type { Database } from '../tables.ts'
import type { CopiedTable } from './copied-tables.ts'
import { portable, rowsOf } from './table-rows.ts'

/** What two equal tables have in common. */
export interface TableDigest {
  rows: number
  /** Hexadecimal. */
  digest: string
}

const MODULUS = 2n ** 256n

/**
 * Reads a whole table. The digest is the sum of the SHA-256 of all rows, so that it does not depend on their order, in which
 * databases differ.
 */
export async function digestOf(
  db: Database,
  table: CopiedTable,
  onRows: (rows: number) => void = () => undefined,
): Promise<TableDigest> {
  let sum = 0n
  let rows = 0
  for await (const batch of rowsOf(db, table)) {
    for (const row of batch) {
      const values = Object.values(portable(row, table)).map((value) =>
        value instanceof Uint8Array ? createHash('sha256').update(value).digest('hex') : value,
      )
      const hash = createHash('sha256').update(JSON.stringify(values)).digest('hex')
      sum = (sum + BigInt(`0x${hash}`)) % MODULUS
    }
    rows += batch.length
    onRows(batch.length)
  }
  return { rows, digest: sum.toString(16).padStart(64, '0') }
}
