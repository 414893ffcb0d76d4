import type { Engine } from './engine.ts';
import { fabric } from './fabric.ts';
import { kafka } from './kafka.ts';
import { mongo } from './mongo.ts';

export interface Sizes {
  /** Kafka brokers: 1, or 3 to survive the loss of one. Fixed when the data is made. */
  brokers: number;
  /** Fabric organisations, each with a peer and a chaincode server. Fixed when the data is made, as the next. */
  orgs: number;
  /** Fabric orderers: 1, or 3 to survive the loss of one. */
  orderers: number;
}

export const defaultSizes: Sizes = { brokers: 1, orgs: 2, orderers: 3 };

/** Every engine that the kit knows; a further one is a file beside this and a line here. */
export const engines = {
  mongo: () => mongo,
  kafka: ({ brokers }) => kafka(brokers),
  fabric: ({ orgs, orderers }) => fabric(orgs, orderers),
} satisfies Record<string, (sizes: Sizes) => Engine>;

export type EngineName = keyof typeof engines;
export const engineNames = Object.keys(engines) as EngineName[];
