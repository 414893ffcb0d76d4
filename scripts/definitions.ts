import { loadDefinitions } from '../services/records/fhir/definitions.ts';

/** Prepares the FHIR definitions after an installation, so that the first start need not. */
await loadDefinitions();
