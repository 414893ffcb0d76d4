import type { Engine } from './engine.ts';
import { mongo } from './mongo.ts';

/** Every engine that the kit knows; a further one is a file beside this and a line here. */
export const engines = { mongo } satisfies Record<string, Engine>;

export type EngineName = keyof typeof engines;
export const engineNames = Object.keys(engines) as EngineName[];
