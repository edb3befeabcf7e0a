export { recordedBehaviours } from './recorded-behaviours.ts'
export { type RecordedBehaviour, RecordedServer } from './recorded-server.ts'
