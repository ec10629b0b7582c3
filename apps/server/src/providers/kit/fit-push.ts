import type { Message } from '../../domain/message.ts'
import { fitJson, fitsJson } from './fit-json.ts'

/** A message without some of its links. */
export type Slim = Omit<Message, 'image' | 'url'> & { image?: string | undefined; url?: string | undefined }

type Make = (message: Slim, body: string) => object

/** What a push loses, in this order, where it would leave the text too little room: picture and buttons, then the link. */
function builds(message: Message, make: Make): [(body: string) => object, ...((body: string) => object)[]] {
  const withoutPicture = { ...message, image: undefined, actions: [] }
  const build = (some: Slim) => (body: string) => make(some, body)
  return [build(message), build(withoutPicture), build({ ...withoutPicture, url: undefined })]
}

/** A push of at most `limit` bytes of JSON. */
export const fitPush = (message: Message, limit: number, make: Make): string => fitJson(message.text, limit, ...builds(message, make))

/** Id and number of the inbox entry, which a message gets after it was rendered. */
const ENTRY = 200

/** Whether the whole text is sent; for `capabilities.fits`. */
export const fitsPush =
  (limit: number, make: Make) =>
  (message: Message): boolean =>
    fitsJson(message.text, limit - ENTRY, ...builds(message, make))
