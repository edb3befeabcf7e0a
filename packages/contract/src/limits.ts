/** Largest allowed sizes of inputs; anything larger is a mistake or an attack. */
export const LIMITS = {
  /** Length of a message in UTF-16 code units. */
  messageChars: 200_000,
  messages: 1_000,
  titleChars: 200,
  /** Streams that are open at once on one socket. A load test has them all on one. */
  streamsPerSocket: 5_000,
  stopStrings: 4,
  stopChars: 200,
  importMessages: 10_000,
  /** Length of a run's JSON. A soak of four hours with its witnesses needs about a third of it. */
  runChars: 24 * 1024 * 1024,
} as const
