import { type Context, type Emitter, ForTag, type Liquid, type Parser, TablerowTag, type TagToken, type TopLevelToken } from 'liquidjs'
import { RenderError } from './render-error.ts'

/** Nodes that the loops of one template may go through together: far more than a message shows, and some 50 ms. */
const MOST_LOOPED = 100_000

const LOOPED = 'carillon.looped'

/** A loop goes over data of others, and loops within loops multiply it. So nodes are counted: LiquidJS itself only looks at the clock. */
function spend(context: Context, nodes: number): void {
  const looped = context.getRegister(LOOPED, 0) + nodes
  context.setRegister(LOOPED, looped)
  if (looped > MOST_LOOPED)
    throw new RenderError(
      'template',
      `Its loops go through more than ${MOST_LOOPED.toLocaleString('en')} parts; show fewer entries, for example with limit: 100`,
    )
}

/** A loop of LiquidJS gives way once for each turn. */
function* counting<T, N>(loop: Generator<unknown, T, N>, context: Context, nodes: number): Generator<unknown, T, N> {
  for (let step = loop.next(); ; ) {
    if (step.done) return step.value
    spend(context, nodes)
    const sent = yield step.value
    step = loop.next(sent)
  }
}

class CountedFor extends ForTag {
  readonly #nodes: number

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    const before = rest.length
    super(token, rest, liquid, parser)
    this.#nodes = before - rest.length
  }

  override render(context: Context, emitter: Emitter): ReturnType<ForTag['render']> {
    return counting(super.render(context, emitter), context, this.#nodes)
  }
}

class CountedTablerow extends TablerowTag {
  readonly #nodes: number

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid, parser: Parser) {
    const before = rest.length
    super(token, rest, liquid, parser)
    this.#nodes = before - rest.length
  }

  override render(context: Context, emitter: Emitter): Generator<unknown, void, unknown> {
    return counting(super.render(context, emitter), context, this.#nodes)
  }
}

/** Loops that end after a bounded number of parts. They have the names of those of LiquidJS, which they replace. */
export const countedLoops = { for: CountedFor, tablerow: CountedTablerow } as const
