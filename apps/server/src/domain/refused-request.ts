/** A request that the HTTP edge refused, and who asked: never the key itself. */
export interface RefusedRequest {
  /** An error code. */
  code: string
  status: number
  /** The public part of the key; null when none in its form was presented. */
  key: string | null
  address: string
  method: string
  /** The route as it is registered, without ids; undefined for an address that is none. */
  route: string | undefined
}
