/**
 * The tables whose rows belong to an owner. A test compares the list with the columns of the store: what the first admin takes
 * over, and what is removed with a person, must be all of it.
 */
export const OWNED_TABLES = ['conversations', 'generations', 'runs', 'usage_days'] as const
