/** A boolean, as both engines store it. */
export type Flag = 0 | 1

/** JSON as text. */
export type JsonText = string

/** 16 bytes: a public id without its prefix, or the hash of an address. Read it by `dialect.publicId`, compare it by `dialect.bytesOf`. */
export type { Bytes } from '../dialects/dialect.ts'
