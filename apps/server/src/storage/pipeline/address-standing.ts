import type { Standing } from '../../routing/standing.ts'

/** A bare address is reached by mail. */
export const addressStanding = (id: string): Standing => ({
  recipient: id,
  active: true,
  places: new Map([['email', [{ id, addressHash: id.slice('adr_'.length), confirmed: true, gone: false }]]]),
  routes: NO_ROUTES,
  preferences: {},
})
const NO_ROUTES: ReadonlyMap<string, boolean> = new Map()
