/** HTML that is finished. */
export type Html = string

/** A run of `*`, `_` or `~`, some signs of which may turn out to be emphasis. */
export interface Run {
  readonly kind: 'run'
  readonly sign: '*' | '_' | '~'
  readonly at: number
  readonly length: number
  readonly canOpen: boolean
  readonly canClose: boolean
  /** Number of signs that are still text. */
  count: number
  /** Tags that begin after the run, outermost first, and tags that end before it, innermost first. */
  readonly opens: Tag[]
  readonly closes: Tag[]
  previous: Run | undefined
  next: Run | undefined
}

export interface Tag {
  readonly kind: 'open' | 'close'
  readonly html: Html
  readonly isLink?: boolean
  /** Shown instead of the tag when there are too many tags. */
  readonly source: string
}

/** A complete unit: a formula, an image, an address that is a link by itself. */
export interface Embed {
  readonly kind: 'embed'
  readonly html: Html
  /** The same without elements, for use inside links, where no other link may stand. */
  readonly plain: Html
}

/** `[` or `![` that nothing has closed. */
export interface Bracket {
  readonly kind: 'bracket'
  readonly source: string
  readonly at: number
  hidden: boolean
  /** Whether it is known to be text. */
  decided: boolean
}

export type Piece = Html | Run | Tag | Embed | Bracket

/** A place at which the text before it can be shown for good, if nothing is open there. */
export interface Mark {
  readonly at: number
  readonly piece: number
}
