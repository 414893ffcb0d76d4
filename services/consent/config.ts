import { type BasePolicy, type Deployment, pcfPolicies } from '../../contracts/rules/state.ts';
import type { Config } from '../../kernel/config.ts';
import { Failure } from '../../kernel/errors.ts';

/** Variables of the consent service. */
export const consentConfig = {
  CONSENT_BASE_POLICY: {
    type: 'string',
    default: 'break-glass-only',
    doc: 'who may read where no consent speaks: break-glass-only, deny, normal or all-normal (IHE PCF)',
  },
  CONSENT_ZONE: { type: 'string', default: '+00:00', doc: 'offset of the zone in which a date is a day, as +01:00' },
  CONSENT_AUTHOR_READS: {
    type: 'flag',
    default: true,
    doc: 'an organisation may read for treatment what it wrote itself',
  },
  CONSENT_LABEL_CEILING: {
    type: 'flag',
    default: true,
    doc: 'restricted and sensitive data is covered only by a provision that names its label',
  },
  CONSENT_PURPOSES: {
    type: 'string',
    default: '',
    doc: 'purposes besides v3 PurposeOfUse, as system|code, separated by commas',
  },
  CONSENT_GROUPS: {
    type: 'string',
    default: '',
    doc: 'groups that care teams of tokens stand for, as Group/<id>, separated by commas',
  },
  CONSENT_REMIND_DAYS: {
    type: 'integer',
    default: 7,
    doc: 'days before the end of a period when its patient is reminded; of a short one, its last quarter',
  },
  BREAK_GLASS_MINUTES: { type: 'integer', default: 240, doc: 'how long break-glass lasts where nobody asks for less' },
  BREAK_GLASS_MAX_MINUTES: { type: 'integer', default: 720, doc: 'how long break-glass may last at most' },
  BREAK_GLASS_LOGIN_AGE: {
    type: 'integer',
    default: 300,
    doc: 'seconds since the login, at most, when break-glass is declared',
  },
  BREAK_GLASS_SWEEP_MS: {
    type: 'milliseconds',
    default: 30_000,
    doc: 'how often break-glass that has run out is taken down as ended; decisions know it by the clock',
  },
  WATCH_RECHECK_MS: {
    type: 'milliseconds',
    default: 5_000,
    doc: 'how often an open watch asks again anyway: mandates end elsewhere, and a wake-up may be lost',
  },
  LEDGER_RECONCILE_MS: {
    type: 'milliseconds',
    default: 3_600_000,
    doc: 'how often the ledger is compared with what the events come to',
  },
  SHARING_ERASE_DAYS: {
    type: 'integer',
    default: 30,
    doc: 'days a recipient has to attest deletion after a sharing agreement was ended early',
  },
} as const;

export interface ConsentConfig extends Config<typeof consentConfig> {
  /** Public address of the platform, without a slash at its end. */
  baseUrl: string;
}

/** What of the configuration decides. Throws Failure `invalid` for what is not understood. */
export function deploymentOf(config: ConsentConfig): Deployment {
  return {
    zone: zoneOf(config.CONSENT_ZONE),
    basePolicy: basePolicyOf(config.CONSENT_BASE_POLICY),
    policies: pcfPolicies,
    authorReads: config.CONSENT_AUTHOR_READS,
    labelCeiling: config.CONSENT_LABEL_CEILING,
    purposes: listOf(config.CONSENT_PURPOSES),
    groups: listOf(config.CONSENT_GROUPS),
    fhirBase: `${config.baseUrl}/fhir`,
  };
}

function basePolicyOf(name: string): BasePolicy {
  const known = Object.values(pcfPolicies);
  const found = known.find((each) => each === name);
  if (found) return found;
  throw new Failure('invalid', `CONSENT_BASE_POLICY: "${name}" is none of ${known.join(', ')}`);
}

/** Minutes east of UTC. */
function zoneOf(offset: string): number {
  const [, sign, hours, minutes] = /^([+-])([01]\d):([0-5]\d)$/.exec(offset) ?? [];
  if (!sign) throw new Failure('invalid', `CONSENT_ZONE: "${offset}" is no offset such as +01:00`);
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) || 0;
}

const listOf = (text: string) => text.split(',').flatMap((item) => item.trim() || []);
