import manifest from '../package.json' with { type: 'json' }

/** From this package's package.json. An import, so that it is also in a bundle. */
export const version: string = manifest.version

/** For people: in a bundle with the commit or the time that it was built from, because sources between two releases have one version. */
export const fullVersion: string = 'origin' in manifest && typeof manifest.origin === 'string' ? `${version} (${manifest.origin})` : version
