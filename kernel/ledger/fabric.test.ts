import { test } from 'node:test';
import pino from 'pino';
import { systemClock } from '../clock.ts';
import { readConfig } from '../config.ts';
import { ledgerConformance } from './conformance.ts';
import { fabricLedger } from './fabric.ts';
import { fabricConfig } from './fabricConfig.ts';
import { researchConformance } from './researchConformance.ts';
import { sharingConformance } from './sharingConformance.ts';

if (!process.env.FABRIC_GATEWAYS) test('fabric', (t) => t.skip('NOT RUN: fabric (npm run test:engines)'));
else {
  const log = pino({ level: 'silent' });
  const open = () => fabricLedger({ config: readConfig(process.env, fabricConfig), clock: systemClock, log });
  ledgerConformance('fabric', open);
  sharingConformance('fabric', open);
  researchConformance('fabric', open);
}
