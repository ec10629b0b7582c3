import { Type } from 'typebox'
import { SCOPES } from '../../../domain/caller.ts'
import { REASONS } from '../../../domain/decision.ts'
import { DELIVERY_STATES } from '../../../domain/delivery.ts'
import { EVENT_STATES } from '../../../domain/event.ts'
import { PRIORITIES, SEVERITIES } from '../../../domain/event-type.ts'
import { Count, named, OneOf, Optional, Strict, Text } from './base.ts'

export const Priority = OneOf(PRIORITIES)
export const Severity = OneOf(SEVERITIES)
export const EventState = OneOf(EVENT_STATES)
export const DeliveryState = OneOf(DELIVERY_STATES)
export const Reason = OneOf(REASONS)
export const Scope = OneOf(SCOPES)

export const FieldError = Strict({ pointer: Text, message: Text, severity: Optional(OneOf(['error', 'warning'])) })
/** The body of every error response. */
export const Problem = named(
  'Problem',
  Strict({ type: Text, title: Text, status: Count, detail: Text, code: Text, errors: Type.Array(FieldError), requestId: Text }, { description: 'RFC 9457' }),
)
