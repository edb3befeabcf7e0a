/** The exit codes of the process; docs/loadgen.md gives their meanings. */
export const EXIT = {
  met: 0,
  /** Something failed, or the client was saturated, so that the figures are its own. */
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
