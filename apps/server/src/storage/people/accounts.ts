import { randomBytes } from 'node:crypto'
import type { Account } from '../../domain/caller.ts'
import type { UsersTable } from '../schema.ts'

/** The epoch of a new user: whoever gets an id that was deleted before is somebody else. */
export const newEpoch = (): string => randomBytes(12).toString('base64url')

/** Users who were stored before epochs existed have none. */
export const toAccount = ({ active, epoch }: Pick<UsersTable, 'active' | 'epoch'>): Account => ({ active: active === 1, epoch: epoch ?? '' })
