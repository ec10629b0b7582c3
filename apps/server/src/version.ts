import manifest from '../package.json' with { type: 'json' }

/** From this package's package.json. An import, so that it is also in a bundle. */
export const version: string = manifest.version
