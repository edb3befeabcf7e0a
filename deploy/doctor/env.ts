/** Folder in which the command was typed. npm and pnpm run scripts in the repository's folder instead. */
export const workingFolder = process.env['INIT_CWD'] ?? process.cwd()
