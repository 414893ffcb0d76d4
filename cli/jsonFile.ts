import { readFile } from 'node:fs/promises';
import { Failure } from '../kernel/errors.ts';

/** The JSON document of a file. Throws Failure `not-found` where it cannot be read, `structure` where it is no JSON. */
export async function jsonFile(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new Failure('not-found', `${path} cannot be read.`, { cause });
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Failure('structure', `${path} is not well-formed JSON.`, { cause });
  }
}
