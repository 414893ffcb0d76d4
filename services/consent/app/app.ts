import type { Deployment } from '../../../contracts/rules/state.ts';
import type { Clock, Ids } from '../../../kernel/clock.ts';
import type { Keyring } from '../../../kernel/keys/keyring.ts';
import type { Ledger } from '../../../kernel/ledger/port.ts';
import type { Metrics } from '../../../kernel/telemetry.ts';
import type { Views } from '../../../kernel/views/port.ts';
import type { Projector } from '../../../kernel/views/projection.ts';
import type { ConsentServiceEvent } from '../domain/event.ts';
import type { AgreementStreams } from './agreementStreams.ts';
import { type Agreements, agreements as agreementsOf } from './agreements.ts';
import { agreementViews } from './agreementViews.ts';
import { type BreakGlass, breakGlass } from './breakGlass.ts';
import { type BreakGlassReport, breakGlassReport } from './breakGlassReport.ts';
import type { Mandates } from './caller.ts';
import type { Changes } from './changes.ts';
import { type Consenting, consenting } from './consenting.ts';
import { type Consents, consents } from './consents.ts';
import { type Decisions, decisions } from './decisions.ts';
import type { Directory } from './directory.ts';
import { type ConsentDoor, consentDoor } from './door.ts';
import { requireKnown } from './grantees.ts';
import { idempotency } from './idempotency.ts';
import type { Organizations, People } from './identity.ts';
import { type Notifications, notifications } from './notifications.ts';
import { type Previews, previews } from './preview.ts';
import { probesOf } from './probes.ts';
import { reading } from './reading.ts';
import { type Reminders, reminders } from './reminders.ts';
import { type RevokeAll, revokeAll } from './revokeAll.ts';
import type { Settle } from './settle.ts';
import type { ConsentLog, PatientStreams } from './streams.ts';
import { suspensions as suspensionsOf } from './suspensions.ts';
import { type Transfers, transfers as transfersOf } from './transfers.ts';
import { whereabouts as whereaboutsOf } from './views.ts';
import { type Watch, watch } from './watch.ts';

/** What consent can do; REST and gRPC both call only this. */
export interface ConsentApp {
  decisions: Decisions;
  consenting: Consenting;
  watch: Watch;
  consents: Consents;
  revokeAll: RevokeAll;
  previews: Previews;
  breakGlass: BreakGlass;
  breakGlassReport: BreakGlassReport;
  notifications: Notifications;
  reminders: Reminders;
  door: ConsentDoor;
  agreements: Agreements;
  transfers: Transfers;
}

export function consentApp(parts: {
  log: ConsentLog;
  streams: PatientStreams;
  projector: Projector<ConsentServiceEvent>;
  views: Views;
  keyring: Keyring;
  mandates: Mandates;
  people: People;
  directory: Directory;
  organizations: Organizations;
  agreements: AgreementStreams;
  settle: Settle;
  ledger: Ledger;
  deployment: Deployment;
  changes: Changes;
  /** How often an open watch asks again anyway, milliseconds. */
  recheck: number;
  limits: { minutes: number; maxMinutes: number; loginAge: number };
  /** How long a recipient has to delete after an agreement was ended early, milliseconds. */
  grace: number;
  clock: Clock;
  ids: Ids;
  metrics: Metrics;
}): ConsentApp {
  const { log, views, keyring } = parts;
  const whereabouts = whereaboutsOf(views, keyring);
  const suspensions = suspensionsOf(log);
  const known = requireKnown(parts.directory);
  const all = { ...parts, whereabouts, suspensions, known, reading: reading(parts) };
  const decided = decisions(all);
  const alone = consents({ ...all, once: idempotency(parts) });
  const agreements = agreementsOf({ ...all, agreementViews: agreementViews(views), consents: alone });
  const stated = endingAgreements(alone, agreements);
  return {
    decisions: decided,
    consenting: consenting({ ...parts, decisions: decided }),
    watch: watch({ ...parts, decisions: decided }),
    consents: stated,
    revokeAll: endingAll(revokeAll({ ...all, consents: alone }), agreements),
    previews: previews({ ...all, probes: probesOf(parts.directory, parts.people, parts.deployment) }),
    breakGlass: breakGlass(all),
    breakGlassReport: breakGlassReport(all),
    notifications: notifications(all),
    reminders: reminders(all),
    door: consentDoor({ ...all, consents: stated }),
    agreements,
    transfers: transfersOf(all),
  };
}

/** What is revoked takes the agreements with it that rest on it. */
function endingAgreements(consents: Consents, agreements: Agreements): Consents {
  return {
    ...consents,
    async revoke(caller, consent, reason, key) {
      const receipt = await consents.revoke(caller, consent, reason, key);
      await agreements.revoked(caller, consent);
      return receipt;
    },
    async restate(caller, consent, change) {
      const receipt = await consents.restate(caller, consent, change);
      if (change.revoke) await agreements.revoked(caller, consent);
      return receipt;
    },
  };
}

const endingAll =
  (revokeAll: RevokeAll, agreements: Agreements): RevokeAll =>
  async (caller, patient, reason) => {
    const receipts = await revokeAll(caller, patient, reason);
    for (const { consent } of receipts) await agreements.revoked(caller, consent);
    return receipts;
  };
