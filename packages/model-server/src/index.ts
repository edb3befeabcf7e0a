export { type Chunk, parseChunk } from './chunk.ts'
export { ChunkReader } from './chunk-reader.ts'
export { EventDecoder } from './event-decoder.ts'
