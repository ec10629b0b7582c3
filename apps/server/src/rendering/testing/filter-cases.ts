/** A template of one filter, its `data.x`, and what a reader in Los Angeles whose locale is English sees. */
export type FilterCase = [source: string, x: unknown, shown: string]

const DAY = '2026-04-01'
const WALL = '2026-04-01T10:00:00'
const INSTANT = '2026-04-01T10:00:00Z'
const SECONDS = Date.UTC(2026, 3, 1, 10) / 1000

const times: FilterCase[] = [
  // A calendar date is the same day everywhere and has no time of day.
  ['{{ data.x | local_time: "medium", "none" }}', DAY, 'Apr 1, 2026'],
  ['{{ data.x | local_time }}', DAY, 'Apr 1, 2026'],
  ['{{ data.x | local_time: "full", "full" }}', DAY, 'Wednesday, April 1, 2026'],
  ['{{ data.x | local_time: "none", "short" }}', DAY, 'Apr 1, 2026'],
  ['{{ data.x | date: "%Y-%m-%d" }}', DAY, '2026-04-01'],
  ['{{ data.x | date: "%d.%m.%Y %H:%M" }}', DAY, '01.04.2026'],
  ['{{ data.x | date: "%b %-d at %-l:%M %P" }}', DAY, 'Apr 1'],
  ['{{ data.x | date: "On %A, %H:%M." }}', DAY, 'On Wednesday'],
  ['{{ data.x | date: "%H:%M" }}', DAY, ''],
  ['{{ data.x | date }}', DAY, 'Wednesday, April 1, 2026'],
  ['{{ data.x | date: "%c" }}', DAY, 'Apr 1, 2026'],
  ['{{ data.x | date_to_xmlschema }}', DAY, '2026-04-01'],
  ['{{ data.x | date_to_rfc822 }}', DAY, 'Wed, 01 Apr 2026'],
  ['{{ data.x | date_to_string }}', DAY, '01 Apr 2026'],
  ['{{ data.x | date_to_long_string: "ordinal" }}', DAY, '1st April 2026'],
  ['{{ data.x | date_to_string: "ordinal", "US" }}', DAY, 'Apr 1st, 2026'],
  ['{{ data.x | local_time }}', '2026/4/1', 'Apr 1, 2026'],
  ['{{ data.x | local_time: "none", "short" }}', '2026-04-01 12:30 am', '12:30 AM'],
  ['{{ data.x | local_time: "none", "short" }}', '2026-04-01 0:30 pm', '2026-04-01 0:30 pm'],
  ['{{ data.x | date: "%d %H:%M" }}', '2026-04-01T24:00', '02 00:00'],
  ['{{ data.x | date: "%d %H:%M" }}', '2026-04-01T24:01', '2026-04-01T24:01'],
  ['{{ data.x | date: "%d %H:%M" }}', '2026-04-01T10:00:00+05:60', '2026-04-01T10:00:00+05:60'],
  ...['11th', '12th', '13th', '21st', '22nd', '23rd', '24th', '30th'].map(
    (day): FilterCase => ['{{ data.x | date_to_string: "ordinal" }}', `2026-04-${day.slice(0, 2)}`, `${day} Apr 2026`],
  ),
  ['{{ data.x | date: "%I %l %p" }}', '2026-04-01T12:05', '12 12 PM'],
  ['{{ data.x | date: "%I %l %p" }}', '2026-04-01T00:05', '12 12 AM'],
  // The last day of an ISO week, and the first of the next.
  ['{{ data.x | date: "%G-%V" }}', '2026-01-04', '2026-01'],
  ['{{ data.x | date: "%G-%V" }}', '2026-01-05', '2026-02'],
  ['{{ data.x | date: "%G-%V" }}', '2027-01-03', '2026-53'],
  // A leap second is a time, and a second after it is none.
  ['{{ data.x | date: "%Y-%m-%d %H:%M:%S" }}', '2016-12-31T23:59:60Z', '2016-12-31 16:00:00'],
  ['{{ data.x | date: "%Y-%m-%d %H:%M:%S" }}', '2016-12-31T23:59:61Z', '2016-12-31T23:59:61Z'],
  ['{{ data.x | local_time }}', '1 April 2026', 'Apr 1, 2026'],
  ['{{ data.x | local_time }}', 'Apr 1st, 2026', 'Apr 1, 2026'],
  ['{{ data.x | local_time }}', '2026-04-01Z', 'Apr 1, 2026'],
  // A time without a zone stays as it stands.
  ['{{ data.x | local_time }}', WALL, 'Apr 1, 2026, 10:00 AM'],
  ['{{ data.x | local_time: "short", "full" }}', WALL, '4/1/26, 10:00:00 AM'],
  ['{{ data.x | date: "%F %T%z %Z" }}', WALL, '2026-04-01 10:00:00 '],
  ['{{ data.x | date: "%H:%M", "Asia/Tokyo" }}', WALL, '10:00'],
  ['{{ data.x | date_to_xmlschema }}', WALL, WALL],
  ['{{ data.x | date_to_rfc822 }}', WALL, 'Wed, 01 Apr 2026 10:00:00 -0000'],
  ['{{ data.x | date_to_string }}', WALL, '01 Apr 2026'],
  ['{{ data.x | date_to_long_string }}', WALL, '01 April 2026'],
  ['{{ data.x | local_time }}', '2026-04-01 10:00', 'Apr 1, 2026, 10:00 AM'],
  ['{{ data.x | date: "%H:%M" }}', '2026-03-08 02:30', '02:30'],
  ['{{ data.x | date: "%H:%M" }}', 'April 1, 2026 2:30 pm', '14:30'],
  ['{{ data.x | date: "%F %R" }}', '2011-12-30T12:00', '2011-12-30 12:00'],
  // An instant is shown on the reader's clock; the zones have gaps of their own.
  ['{{ data.x | local_time }}', INSTANT, 'Apr 1, 2026, 3:00 AM'],
  ['{{ data.x | local_time: "short", "long" }}', INSTANT, '4/1/26, 3:00:00 AM PDT'],
  ['{{ data.x | local_time }}', '2026-04-01T02:00:00+02:00', 'Mar 31, 2026, 5:00 PM'],
  ['{{ data.x | date }}', INSTANT, 'Wednesday, April 1, 2026 at 3:00 am -0700'],
  ['{{ data.x | date: "%F %T.%L%:z %Z" }}', '2026-04-01T10:00:00.123456Z', '2026-04-01 03:00:00.123-07:00 PDT'],
  ['{{ data.x | date: "%F %T%z", "Asia/Kolkata" }}', INSTANT, '2026-04-01 15:30:00+0530'],
  ['{{ data.x | date: "%F %T%z", -330 }}', INSTANT, '2026-04-01 15:30:00+0530'],
  ['{{ data.x | date: "%F %T%z", "+05:30" }}', INSTANT, '2026-04-01 15:30:00+0530'],
  ['{{ data.x | date: "%F %T", "Pacific/Apia" }}', '2011-12-30T09:59:59Z', '2011-12-29 23:59:59'],
  ['{{ data.x | date: "%F %T" }}', '2026-03-08T09:59:59Z', '2026-03-08 01:59:59'],
  ['{{ data.x | date: "%F %T" }}', '2026-03-08T10:00:00Z', '2026-03-08 03:00:00'],
  ['{{ data.x | date: "%c" }}', INSTANT, 'Apr 1, 2026, 3:00:00 AM'],
  ['{{ data.x | date: "%x %X" }}', INSTANT, '4/1/26 3:00:00 AM'],
  ['{{ data.x | date: "%s" }}', INSTANT, String(SECONDS)],
  ['{{ data.x | date: "%a %^b %j %U %V %G %u %w %y %C %e|%-d|%_m|%03d|%q|%%|%D" }}', INSTANT, 'Wed APR 091 13 14 2026 3 3 26 20  1|1| 4|001|st|%|04/01/26'],
  ['{{ data.x | date_to_xmlschema }}', INSTANT, '2026-04-01T03:00:00-07:00'],
  ['{{ data.x | date_to_rfc822 }}', INSTANT, 'Wed, 01 Apr 2026 03:00:00 -0700'],
  ['{{ data.x | date_to_string }}', '2026-04-01T02:00:00Z', '31 Mar 2026'],
  ['{{ data.x | date_to_long_string: "ordinal" }}', '2026-04-01T02:00:00Z', '31st March 2026'],
  ['{{ data.x | date: "%T" }}', 'Wed, 01 Apr 2026 10:00:00 GMT', '03:00:00'],
  ['{{ data.x | date: "%T" }}', 'Wed, 01 Apr 2026 10:00:00 +0200', '01:00:00'],
  ['{{ data.x | date: "%T" }}', 'Wed Apr 01 2026 10:00:00 GMT+0200 (Central European Summer Time)', '01:00:00'],
  ['{{ data.x | date: "%F" }}', '-000001', '1969-12-31'],
  // Seconds and milliseconds, as numbers and as digits, to every filter.
  ...['date: "%F %T"', 'local_time', 'date_to_string', 'date_to_long_string', 'date_to_xmlschema', 'date_to_rfc822'].flatMap((filter) => {
    const shown = {
      'date: "%F %T"': '2026-04-01 03:00:00',
      local_time: 'Apr 1, 2026, 3:00 AM',
      date_to_string: '01 Apr 2026',
      date_to_long_string: '01 April 2026',
      date_to_xmlschema: '2026-04-01T03:00:00-07:00',
      date_to_rfc822: 'Wed, 01 Apr 2026 03:00:00 -0700',
    }[filter]!
    const values = [SECONDS, SECONDS * 1000, String(SECONDS), String(SECONDS * 1000), SECONDS + 0.5]
    return values.map((x): FilterCase => [`{{ data.x | ${filter} }}`, x, shown])
  }),
  ['{{ data.x | date: "%F" }}', 99_999_999_999, '5138-11-16'],
  ['{{ data.x | date: "%F" }}', 100_000_000_000, '1973-03-03'],
  // What is not a time is unchanged, in every filter.
  ...['soon', 'Build 7', '', '2026-02-30', '2026-13-01', '2026-04-01T25:00:00Z', '04/01/2026', '10:00', '2026-04-01T10:00:00+99:00', 1e300, true].flatMap((x) =>
    ['local_time', 'date: "%F"', 'date_to_string', 'date_to_long_string', 'date_to_xmlschema', 'date_to_rfc822'].map(
      (filter): FilterCase => [`{{ data.x | ${filter} }}`, x, String(x)],
    ),
  ),
  ['{{ data.x | local_time }}|{{ data.x | date: "%F" }}', null, '|'],
]

const numbers: FilterCase[] = [
  ['{{ data.x | money: "EUR" }}', 1234.5, '€1,234.50'],
  ['{{ data.x | money: "EUR" }}', '12.50', '€12.50'],
  ['{{ data.x | money: "EUR" }}', ' +12.5 ', '€12.50'],
  ['{{ data.x | money: "usd" }}', 1.005, '$1.01'],
  ['{{ data.x | money: "USD" }}', -0.001, '$0.00'],
  ['{{ data.x | money: "USD" }}', -5, '-$5.00'],
  ['{{ data.x | money: "JPY" }}', 1234.5, '¥1,235'],
  ['{{ data.x | money: "KWD" }}', '1.2345', 'KWD\u00a01.235'],
  ['{{ data.x | money: "EUR" }}', '1234567890123456.78', '€1,234,567,890,123,456.78'],
  ['{{ data.x | money: "nonsense" }}', 3, '3.00'],
  ['{{ data.x | money }}', 3, '3.00'],
  ['{{ data.x | money: "EUR" }}', '0x10', '0x10'],
  ['{{ data.x | money: "EUR" }}', '1,50', '1,50'],
  ['{{ data.x | money: "EUR" }}', 'free', 'free'],
  ['{{ data.x | money: "EUR" }}', '', ''],
  ['{{ data.x }}', 0.1, '0.1'],
  ['{{ data.x }}', 1e21, '1e+21'],
  ['{{ data.x }}', -0, '0'],
  ['{{ data.x }}', 9_007_199_254_740_991, '9007199254740991'],
  ['{{ data.x }}', 1234567.891, '1234567.891'],
  ['{{ data.x | plus: 0.2 }}', 0.1, '0.3'],
  ['{{ data.x | minus: 0.1 }}', 0.3, '0.2'],
  ['{{ data.x | times: 100 }}', 4.35, '435'],
  ['{{ data.x | divided_by: 3 }}', 10, '3.33333333333333'],
  ['{{ data.x | modulo: 0.1 }}', 0.35, '0.05'],
  ['{{ data.x | sum }}', [0.1, 0.2, 0.3], '0.6'],
  ['{{ data.x | round: 2 }}', 1.005, '1.01'],
  ['{{ data.x | times: -1 }}', 0, '0'],
  ['{{ data.x | plus: 1 }}', 9_007_199_254_740_990, '9007199254740991'],
]

const A = 'A & B <c> "d" \'e\' &amp; &lt;'
const texts: FilterCase[] = [
  ...['escape', 'escape_once', 'xml_escape', 'escape | escape', 'escape_once | upcase | downcase | escape'].map(
    (filters): FilterCase => [`{{ data.x | ${filters} }}`, filters.includes('case') ? A.toLowerCase() : A, filters.includes('case') ? A.toLowerCase() : A],
  ),
  ['{{ data.x | newline_to_br }}', 'a\n<b>', 'a\n<b>'],
  ['{{ data.x | newline_to_br | escape }}', 'a\n<b>', 'a\n<b>'],
  ['{{ data.x | strip_html }}', '<b>a</b> & c', 'a & c'],
  ['{{ data.x | strip_newlines }}', 'a\nb', 'ab'],
  ['{{ data.x | url_encode }}', 'a b&c', 'a+b%26c'],
  ['{{ data.x | cgi_escape }}', 'a b&c', 'a+b%26c'],
  ['{{ data.x | uri_escape }}', 'a b&c', 'a%20b&c'],
  ['{{ data.x | url_decode }}', 'a+b%26c', 'a b&c'],
  ['{{ data.x | json }}', { a: '<&>' }, '{"a":"<&>"}'],
  ['{{ data.x | jsonify }}', '<&>', '"<&>"'],
  ['{{ data.x | inspect }}', '<&>', '"<&>"'],
  ['{{ data.x | default: "none" | escape }}', '', 'none'],
  ['{{ data.x | append: "&" }}', '<', '<&'],
  ['{{ data.x | replace: "&", "&amp;" }}', 'a & b', 'a &amp; b'],
]

const cuts: FilterCase[] = [
  ['{{ data.x | truncate: 8 }}', 'ab👩‍👩‍👧‍👦cdefgh', 'ab...'],
  ['{{ data.x | truncate: 6, "…" }}', 'xxxxe\u0301y', 'xxxx…'],
  ['{{ data.x | truncate }}', 'y'.repeat(60), `${'y'.repeat(47)}...`],
  ['{{ data.x | truncate: 5, "" }}', 'letters', 'lette'],
  ['{{ data.x | truncate: 2 }}', 'letters', '...'],
  ['{{ data.x | truncate: 20 }}', 'short', 'short'],
  ['{{ data.x | truncate: 6 }}', '👍👍👍👍👍👍', '👍👍👍👍👍👍'],
  ['{{ data.x | truncate: 5 }}', '👍👍👍👍👍👍', '👍👍...'],
  ['{{ data.x | slice: -9, 2 }}', 'letters', ''],
  ['{{ data.x | slice: 0 }}', '👩‍👩‍👧‍👦 Ana', '👩‍👩‍👧‍👦'],
  ['{{ data.x | slice: 1, 2 }}', 'a🇩🇪e\u0301b', '🇩🇪e\u0301'],
  ['{{ data.x | slice: -2, 2 }}', 'letters', 'rs'],
  ['{{ data.x | slice: 1, 2 | join: "," }}', ['a', 'b', 'c', 'd'], 'b,c'],
]

export const FILTER_CASES: FilterCase[] = [...times, ...numbers, ...texts, ...cuts]
