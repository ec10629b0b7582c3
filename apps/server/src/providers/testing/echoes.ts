const NAMES = ['message', 'Message', 'error', 'description', 'msg', 'reason', 'code', 'errcode', 'id', 'name', '__type', 'error-text', 'detail', 'title']

/** An answer that says one word in every place where vendors put words. */
export const sayingOnly = (word: string): object => ({ ...Object.fromEntries(NAMES.map((name) => [name, word])), errors: [{ message: word }] })

/** Refusals that repeat what they were sent, in every place where vendors put words. */
export function echoes(secrets: string[]): (string | object)[] {
  const said = `Not you: ${secrets.join(' ')}`
  const errors = [{ message: said, field: said }, said]
  return [
    { ...Object.fromEntries(NAMES.map((name) => [name, said])), errors },
    { error: { code: said, message: said, status: said, details: errors }, parameters: { description: said } },
    said,
  ]
}
