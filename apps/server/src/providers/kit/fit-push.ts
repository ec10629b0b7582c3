import type { Message } from '../../domain/message.ts'
import { fitJson } from './fit-json.ts'

/** A message without some of its links. */
export type Slim = Omit<Message, 'image' | 'url'> & { image?: string | undefined; url?: string | undefined }

/** A push of at most `limit` bytes of JSON: picture and buttons are dropped first, then the link, where they would leave the text too little room. */
export function fitPush(message: Message, limit: number, make: (message: Slim, body: string) => object): string {
  const withoutPicture = { ...message, image: undefined, actions: [] }
  const build = (some: Slim) => (body: string) => make(some, body)
  return fitJson(message.text, limit, build(message), build(withoutPicture), build({ ...withoutPicture, url: undefined }))
}
