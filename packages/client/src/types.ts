// The contract: what goes over the wire, as plain interfaces. A test in the server keeps its schemas equal to these.
export type * from './types/catalogue.ts'
export type * from './types/deliveries.ts'
export type * from './types/devices.ts'
export type * from './types/events.ts'
export type * from './types/forms.ts'
export type * from './types/operations.ts'
export type * from './types/people.ts'
export type * from './types/words.ts'
