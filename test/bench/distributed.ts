import { engineNames } from '../../deploy/native/engines.ts';
import { anchorFigures } from './distributedAnchors.ts';
import { onEngines } from './distributedEngines.ts';
import { fhirFigures } from './distributedFhir.ts';
import { pathFigures } from './distributedPath.ts';
import type { Bench } from './figures.ts';

/** The platform on real engines, everything on this machine; each part on engines of its own, the ledger's one organisation being one log's. */
export const bench: Bench = async (report) => {
  await onEngines(['fabric'], (engines) => anchorFigures(engines, report));
  await onEngines(engineNames, (engines) => pathFigures(engines, report));
  await onEngines(engineNames, (engines) => fhirFigures(engines, report));
};
