import { FP_Decimal } from 'fhirpath';

/**
 * A FHIR resource from its JSON, decimals with the precision that they are written with: 1.0 is not 1, which decides
 * on the boundaries of a value.
 * @throws SyntaxError where it is no JSON
 */
export function parseResource(json: string): { resourceType: string; id?: string } {
  return JSON.parse(json, function precise(this: unknown, _key: string, value: unknown, context?: { source?: string }) {
    return typeof value === 'number' && /[.eE]/.test(context?.source ?? '')
      ? FP_Decimal.getDecimal(context!.source!)
      : value;
  } as (this: unknown, key: string, value: unknown) => unknown);
}
