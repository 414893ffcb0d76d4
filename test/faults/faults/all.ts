import { deliveryFaults } from './delivery.ts';
import { diskFaults } from './disk.ts';
import { fabricFaults } from './fabric.ts';
import type { Fault } from './fault.ts';
import { kafkaFaults } from './kafka.ts';
import { mongoFault } from './mongo.ts';
import { serviceFaults } from './services.ts';

/** Every fault there is; a further one is a file beside this, and a line here. */
export const allFaults: readonly Fault[] = [
  ...serviceFaults,
  mongoFault,
  ...kafkaFaults,
  ...fabricFaults,
  ...deliveryFaults,
  ...diskFaults,
];
