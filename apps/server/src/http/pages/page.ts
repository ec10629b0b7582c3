import { createHash } from 'node:crypto'
import type { FastifyReply } from 'fastify'

/** For both colour schemes: system colours, and grey lines that are seen on black and on white. The title is the hub's name, in its own direction. */
const STYLE = `:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
pre{white-space:pre-wrap;padding:.75rem;border:1px solid #8886;border-radius:.4rem;font-size:.85rem}code,pre{font-family:ui-monospace,monospace}
summary{cursor:pointer;padding:.3rem 0}summary b{display:inline-block;min-width:5rem}summary code{margin-inline-end:.6rem}
td{padding-block:.2rem;padding-inline-end:.8rem;vertical-align:top}@media(max-width:40rem){td{display:inline-block;padding-bottom:0}td:last-child{display:block;padding:0;padding-block-end:.8rem}}
h1{unicode-bidi:plaintext}h3{margin:2rem 0 .2rem}h3::first-letter{text-transform:uppercase}
h4{margin:1rem 0 .2rem}h4+p{margin-top:0}details[open]{border-inline-start:3px solid #8886;padding-inline-start:.8rem}:target{outline:2px solid;outline-offset:.2rem;scroll-margin-top:3rem}`

/** No script, no picture, no form, and nothing from another server. */
const POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`

/** Text as HTML text, or as the value of an attribute in double quotes. */
export const plain = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** A whole document; the title is text, the body is HTML. */
export const htmlPage = (title: string, body: string): string =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${plain(title)}</title><style>${STYLE}</style></head>
<body>${body}</body></html>`

/** Every page that the hub serves is sent by this. */
export const sendPage = (reply: FastifyReply, page: string): FastifyReply =>
  reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).serializer(String).send(page)
