/** HTML that is finished. */
export type Html = string

/** A run of `*`, `_` or `~`, some of which may turn out to be emphasis. */
export interface Run {
  readonly kind: 'run'
  readonly sign: '*' | '_' | '~'
  readonly at: number
  readonly length: number
  readonly canOpen: boolean
  readonly canClose: boolean
  /** Signs that are still text. */
  count: number
  /** Tags that begin behind it, outermost first, and end before it, innermost first. */
  readonly opens: Tag[]
  readonly closes: Tag[]
  previous: Run | undefined
  next: Run | undefined
}

export interface Tag {
  readonly kind: 'open' | 'close'
  readonly html: Html
  readonly isLink?: boolean
  /** What stands there instead when there are too many tags. */
  readonly source: string
}

/** Something whole: a formula, an image, an address that is a link by itself. */
export interface Embed {
  readonly kind: 'embed'
  readonly html: Html
  /** The same without elements, for the inside of links, where no other link may be. */
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

/** A place where the text before can be shown for good, if nothing is open there. */
export interface Mark {
  readonly at: number
  readonly piece: number
}
