import { type RawBuilder, sql } from 'kysely'
import { DELIVERY_STATES, type DeliveryState } from '../domain/delivery.ts'

/** `deliveries.state`: the place of the state in `DELIVERY_STATES`. New states are added at its end, or old rows would change theirs. */
export type StateCode = number & { readonly stateCode: unique symbol }

const CODES = new Map(DELIVERY_STATES.map((state, code) => [state, code as StateCode]))

export const codeOf = (state: DeliveryState): StateCode => CODES.get(state)!

/** The state of a row; a code that this version does not know, perhaps of a newer one, is an error. */
export function stateOf(code: StateCode): DeliveryState {
  const state = DELIVERY_STATES[code]
  if (state === undefined) throw new Error(`A delivery is in state ${code}, which this version does not know`)
  return state
}

/** As a literal: SQLite uses a partial index only when the statement contains its condition. */
export const stateLit = (state: DeliveryState): RawBuilder<StateCode> => sql.lit(codeOf(state))

/** `… in ${stateList('queued', 'held')}` */
export const stateList = (...states: readonly DeliveryState[]): RawBuilder<StateCode> => sql`(${sql.join(states.map(stateLit))})`
