const { PATH, HOME, NODE_COMPILE_CACHE } = process.env

/** What processes of the tests take over from their environment; nothing else in it may change what they do. */
export const inherited = { PATH, HOME, NODE_COMPILE_CACHE }
