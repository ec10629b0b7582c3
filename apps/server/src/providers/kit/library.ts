import { DeliveryError } from './delivery-error.ts'

/**
 * A library that is imported when it is first used. Its failure is ours, not the vendor's: files that were replaced or removed while the hub runs, or
 * no memory. Without this a provider would take it for a failure of the connection.
 */
export const library = <T>(load: () => Promise<T>): Promise<T> =>
  load().catch((error: unknown) => {
    throw new DeliveryError('temporary', 'A part of the hub could not be loaded. If its files were replaced while it runs, start it again', {
      code: 'provider_bug',
      scope: 'message',
      cause: error,
    })
  })
