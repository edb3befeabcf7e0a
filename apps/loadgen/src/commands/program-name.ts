/** How this program is called: through npm in its repository, by its own name where it is installed. */
export const PROGRAM_NAME = process.argv[1]?.endsWith('main.ts') ? 'npm run loadgen --' : 'slicechat-loadgen'
