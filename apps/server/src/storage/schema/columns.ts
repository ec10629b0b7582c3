/** A boolean, as both engines store it. */
export type Flag = 0 | 1

/** JSON as text. */
export type JsonText = string

/** 16 bytes: a public id without its prefix, or the hash of an address. No value of it leaves storage: read it by `dialect.publicId`, compare it by `dialect.bytesOf`. */
export type Bytes = { readonly bytes: unique symbol }
