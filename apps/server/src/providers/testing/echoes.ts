const NAMES = ['message', 'Message', 'error', 'description', 'msg', 'reason', 'code', 'errcode', 'id', 'name', '__type', 'error-text', 'detail', 'title']

/** A response with one text in every place where vendors put messages. */
export const sayingOnly = (word: string): object => ({ ...Object.fromEntries(NAMES.map((name) => [name, word])), errors: [{ message: word }] })

/** Refusals that echo the request, in every place where vendors put messages. */
export function echoes(secrets: string[]): (string | object)[] {
  const said = `Not you: ${secrets.join(' ')}`
  const errors = [{ message: said, field: said }, said]
  return [
    { ...Object.fromEntries(NAMES.map((name) => [name, said])), errors },
    { error: { code: said, message: said, status: said, details: errors }, parameters: { description: said } },
    said,
  ]
}
