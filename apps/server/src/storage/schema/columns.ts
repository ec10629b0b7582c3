/** A boolean, as both engines store it. */
export type Flag = 0 | 1

/** JSON as text. */
export type JsonText = string
