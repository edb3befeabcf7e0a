const { PATH, HOME, NODE_COMPILE_CACHE } = process.env

/** Variables that processes of the tests inherit. No other variable of the environment may change their behaviour. */
export const inherited = { PATH, HOME, NODE_COMPILE_CACHE }
