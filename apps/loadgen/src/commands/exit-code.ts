/** What the process says to the program that started it; the meanings are in docs/loadgen.md. */
export const EXIT = {
  met: 0,
  /** Something failed, or the figures are the client's own: it was saturated. */
  error: 1,
  /** The command line cannot be understood (sysexits.h). */
  usage: 64,
  /** What the command line names cannot be used: scenario, target, key, witness, file (sysexits.h). */
  badConfiguration: 78,
  /** The counts of client, API and vLLM differ, and nothing explains it. */
  ledger: 98,
  /** A threshold was missed. */
  thresholds: 99,
  /** Ended by Ctrl-C; the partial run is written. */
  interrupted: 130,
} as const
