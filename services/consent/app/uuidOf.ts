/** A UUID that is the same for the same keyed hash. @param mac hex, at least 32 digits */
export const uuidOf = (mac: string): string =>
  [mac.slice(0, 8), mac.slice(8, 12), mac.slice(12, 16), mac.slice(16, 20), mac.slice(20, 32)].join('-');
