import { filters as liquid } from 'liquidjs'
import type { FilterHandler } from './filter.ts'
import { moneyFormat, readerOf } from './reader.ts'

const isDecimal = (text: string): text is `${number}` => /^[+-]?\d+(\.\d+)?$/.test(text)

/**
 * `{{ data.price | money: data.currency }}`: the amount (major units) in the format of the reader's locale, with the decimals of the currency.
 * The digits are read as they are written (`1.005` is no binary fraction) and rounded once. A value that is not a number is unchanged.
 */
const money: FilterHandler = function (value, currency) {
  const written = typeof value === 'number' && Number.isFinite(value) ? String(value) : typeof value === 'string' ? value.trim().replace(/^\+/, '') : ''
  // `1e21` is a number too, though no amount that a person writes.
  const amount = isDecimal(written) ? written : typeof value === 'number' && Number.isFinite(value) ? value : null
  if (amount === null) return value
  const { locale } = readerOf(this.context.globals)
  const format = moneyFormat(locale, typeof currency === 'string' ? currency.trim().toUpperCase() : '') ?? moneyFormat(locale, '')
  return format?.format(amount) ?? value
}

/** 15 digits are exact in a double; what a sum has behind them is an artefact of its binary form, as in 0.30000000000000004. */
const clean = (result: unknown): unknown =>
  typeof result === 'number' && Number.isFinite(result) && !Number.isInteger(result) ? Number(result.toPrecision(15)) : result

const isGenerator = (value: unknown): value is Generator => typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value

/** Liquid's own arithmetic, whose result prints as a person would write it. */
function arithmetic(name: string): FilterHandler {
  const own = liquid[name]
  const handler = typeof own === 'function' ? own : own?.handler
  if (handler === undefined) throw new Error(`Liquid has no filter ${name}`)
  return function (value, ...options) {
    const result: unknown = Reflect.apply(handler, this, [value, ...options])
    return isGenerator(result) ? later(result) : clean(result)
  }
}

function* later(result: Generator): Generator {
  return clean(yield* result)
}

export const numberFilters: Record<string, FilterHandler> = {
  money,
  ...Object.fromEntries(['plus', 'minus', 'times', 'divided_by', 'modulo', 'sum'].map((name) => [name, arithmetic(name)])),
}
