/**
 * A path of the application that reports events, such as `/orders/5`. `//host` and `/\host` are other sites for a browser, and white space and
 * controls are dropped by URL parsers, which would then see another target than we do.
 */
export const isApplicationPath = (text: string): boolean => /^\/(?![/\\])[^\s\\\u0000-\u001f\u007f]*$/.test(text)

/** The absolute URL of a path below the application's address; its own path is kept: `/orders/5` below `https://a.example/shop` is `https://a.example/shop/orders/5`. */
export const applicationUrlOf = (applicationUrl: string, path: string): string => new URL(applicationUrl.replace(/(?<!\/)\/+$/, '') + path).href

/** Why a path is refused while the hub does not know where the application is. A path is never one of the hub itself. */
export const NO_APPLICATION_URL =
  'is a path, and CARILLON_APPLICATION_URL is not set: set it to the address of your application, or give an absolute http(s) URL'
