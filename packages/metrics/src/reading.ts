/** Everything of this package that runs in a browser too: all but the registry. */
export * from './catalogue.ts'
export * from './edges.ts'
export * from './stream-meter.ts'
